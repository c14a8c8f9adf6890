import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  isSelfIssued,
  OldVersionError,
  readCertificate,
  signsHandshakes,
} from "../../../src/core/tls/certificate.ts";
import { readKey } from "../../../src/core/tls/certificate_keys.ts";
import { DerError } from "../../../src/core/tls/der.ts";
import { days, leaf, root } from "../../chains/certificate.ts";
import { key } from "../../chains/keys.ts";
import { LEAF_KEY, MIDDLE, ROOT } from "../../chains/parties.ts";

const GOOD = leaf({ by: ROOT, key: LEAF_KEY, names: ["a.test", "b.test"] });

Deno.test("readCertificate() reads dates, names and the use of the key", () => {
  const certificate = readCertificate(GOOD.der);
  assertEquals(
    certificate.notBefore,
    Math.floor(days(-2).getTime() / 1000) * 1000,
  );
  assertEquals(certificate.isCa, false);
  assertEquals(certificate.purposes, ["1.3.6.1.5.5.7.3.1"]);
  assertEquals(certificate.names.length, 2);
  assertEquals(certificate.unknown, []);
  assert(signsHandshakes(certificate));
  assert(!isSelfIssued(certificate));
  assert(!signsHandshakes(readCertificate(MIDDLE.der)));
  assert(isSelfIssued(readCertificate(ROOT.der)));
});

Deno.test("readCertificate() refuses truncated bytes, and bytes behind the certificate", () => {
  const { der } = GOOD;
  for (const length of [0, 1, 10, der.length - 1]) {
    assertThrows(() => readCertificate(der.subarray(0, length)), DerError);
  }
  const behind = new Uint8Array(der.length + 1);
  behind.set(der);
  assertThrows(() => readCertificate(behind), DerError);
  assertThrows(
    () => readCertificate(new Uint8Array(70_000)),
    DerError,
    "70000",
  );
});

Deno.test("readCertificate() refuses version 1, with extensions as malformed", () => {
  const old = root({ subject: "Old", key: ROOT.key, version: null });
  const error = assertThrows(() => readCertificate(old.der), DerError);
  assert(error.message.includes("version 1"), error.message);
  assert(!(error instanceof OldVersionError));
});

Deno.test("readCertificate() keeps weak signatures and keys, and says what is weak", () => {
  const sha1 = leaf({ by: ROOT, key: LEAF_KEY, signature: "ecdsa-sha1" });
  const weak = readCertificate(sha1.der);
  assertEquals(weak.algorithm, undefined);
  assert(weak.isForgeable);
  assert(weak.weakness.algorithm!.includes("SHA-1"), weak.weakness.algorithm);
  const short = leaf({ by: ROOT, key: key("RSA-1024", "short") });
  assert(readCertificate(short.der).weakness.key!.includes("1024"));
});

Deno.test("readKey() takes P-256, P-384, Ed25519 and RSA from 2048 bits", () => {
  for (const kind of ["P-256", "P-384", "RSA-2048", "Ed25519"] as const) {
    assert(typeof readKey(key(kind, "a").spki) === "object", kind);
  }
  for (const kind of ["secp256k1", "P-224", "RSA-1024", "Ed448"] as const) {
    assertEquals(typeof readKey(key(kind, "a").spki), "string", kind);
  }
});
