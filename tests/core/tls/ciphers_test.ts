import { assertEquals, assertThrows } from "@std/assert";
import {
  DEFAULT_SUITES,
  planSuites,
  suitesOf,
  withoutChoice,
} from "../../../src/core/tls/ciphers.ts";

const names = (given?: unknown) => planSuites(given).map(({ name }) => name);

Deno.test("planSuites() gives the default suites: AEAD with forward secrecy, TLS 1.3 first", () => {
  assertEquals(planSuites(undefined), DEFAULT_SUITES);
  assertEquals(
    DEFAULT_SUITES.map(({ version }) => version),
    [...Array(3).fill("TLSv1.3"), ...Array(6).fill("TLSv1.2")],
  );
  for (const { name } of DEFAULT_SUITES) {
    const isStrong =
      /^TLS_(ECDHE_(RSA|ECDSA)_WITH_)?(AES|CHACHA20)/.test(name) &&
      /GCM|POLY1305/.test(name);
    assertEquals(isStrong, true, name);
  }
});

Deno.test("planSuites() keeps the caller's order, and drops duplicates", () => {
  const given = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_AES_256_GCM_SHA384",
  ];
  assertEquals(names([...given, given[0]]), given);
});

Deno.test("planSuites() has the name of each suite in OpenSSL", () => {
  const known = {
    TLS_AES_128_CCM_SHA256: "TLS_AES_128_CCM_SHA256",
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256:
      "ECDHE-ECDSA-CHACHA20-POLY1305",
    TLS_RSA_WITH_AES_256_CBC_SHA: "AES256-SHA",
  };
  assertEquals(
    planSuites(Object.keys(known)).map(({ openssl }) => openssl),
    Object.values(known),
  );
});

Deno.test("planSuites() throws TypeError with the nearest suite when a name is not known", () => {
  const near = {
    "ECDHE-RSA-AES128-GCM-SHA256": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "AES256-SHA": "TLS_RSA_WITH_AES_256_CBC_SHA",
    TLS_AES_256_GCM: "TLS_AES_256_GCM_SHA384",
    tls_chacha20_poly1305: "TLS_CHACHA20_POLY1305_SHA256",
    HIGH: "TLS_AES_256_GCM_SHA384",
  };
  for (const [given, name] of Object.entries(near)) {
    assertThrows(
      () => planSuites([given]),
      TypeError,
      `it is not known; the nearest is "${name}"`,
    );
  }
});

Deno.test("planSuites() throws TypeError when it is given no list of names", () => {
  assertThrows(() => planSuites([]), TypeError, "ciphers without any");
  assertThrows(() => planSuites("HIGH"), TypeError, 'ciphers "HIGH"');
  for (const name of ["", 5, undefined]) {
    assertThrows(() => planSuites([name]), TypeError, "give registered names");
  }
});

Deno.test("suitesOf() gives the suites of one version", () => {
  assertEquals(
    [suitesOf("TLSv1.3", DEFAULT_SUITES).length, suitesOf("TLSv1.2", [])],
    [3, []],
  );
  for (const { version } of suitesOf("TLSv1.2", DEFAULT_SUITES)) {
    assertEquals(version, "TLSv1.2");
  }
});

Deno.test("withoutChoice() allows all suites of a version, or none", () => {
  const reason = (...given: string[]) =>
    withoutChoice("Bun", "TLSv1.3", planSuites(given));
  const all = suitesOf("TLSv1.3", DEFAULT_SUITES).map(({ name }) => name);
  assertEquals(reason(...all.toReversed()), undefined);
  assertEquals(reason("TLS_RSA_WITH_AES_256_CBC_SHA"), undefined);
  assertEquals(
    reason(...all, "TLS_AES_128_CCM_SHA256"),
    "Bun has no TLS_AES_128_CCM_SHA256",
  );
  assertEquals(
    reason(all[0], all[1]),
    "Bun cannot leave TLS_AES_128_GCM_SHA256 out of ciphers: it uses all of TLS 1.3, or none",
  );
});
