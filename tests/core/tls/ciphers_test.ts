import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  DEFAULT_SUITES,
  planSuites,
  suitesOf,
  withoutChoice,
} from "../../../src/core/tls/ciphers.ts";

Deno.test("the default suites have forward secrecy and AEAD", () => {
  for (const { name, version } of DEFAULT_SUITES) {
    assert(/GCM|CHACHA20_POLY1305/.test(name), name);
    assert(version === "TLSv1.3" || name.startsWith("TLS_ECDHE_"), name);
  }
});

Deno.test("planSuites() keeps the order of preference, and takes a name once", () => {
  const names = [
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  ];
  assertEquals(planSuites(names).map(({ name }) => name), names.slice(0, 2));
  assert(planSuites(undefined) === DEFAULT_SUITES);
});

Deno.test("planSuites() names the registered suite that is nearest to OpenSSL's name", () => {
  assertThrows(
    () => planSuites(["ECDHE-RSA-AES128-GCM-SHA256"]),
    TypeError,
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  );
  assertThrows(() => planSuites([]), TypeError, "without any");
  assertThrows(() => planSuites("HIGH"), TypeError, "give an array");
});

Deno.test("withoutChoice() refuses to leave out one suite of a version, and takes all or none", () => {
  const tls13 = suitesOf("TLSv1.3", DEFAULT_SUITES);
  const refusal = (suites: typeof tls13) =>
    withoutChoice("Deno", "TLSv1.3", suites);
  assertEquals(refusal(tls13), undefined);
  assertEquals(refusal([]), undefined);
  assert(
    refusal(tls13.slice(1))!.includes(`cannot leave ${tls13[0].name} out`),
  );
  const ccm = planSuites(["TLS_AES_128_CCM_SHA256"]);
  assertEquals(refusal(ccm), "Deno has no TLS_AES_128_CCM_SHA256");
});
