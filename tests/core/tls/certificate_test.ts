import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  isSelfIssued,
  OldVersionError,
  readCertificate,
  signsHandshakes,
} from "../../../src/core/tls/certificate.ts";
import { DerError } from "../../../src/core/tls/der.ts";
import { textOf } from "../../../src/core/tls/general_names.ts";
import { days, type Order } from "../../chains/certificate.ts";
import { bytes, integer, join, sequence } from "../../chains/der.ts";
import {
  basicConstraints,
  EXTENSION,
  extension,
  extKeyUsage,
  keyUsage,
  unknown,
} from "../../chains/extensions.ts";
import { algorithmOf, key, keyIdOf } from "../../chains/keys.ts";
import { LEAF_KEY, lone, MIDDLE, ROOT } from "../../chains/parties.ts";

/** Reads a leaf that is as ordered. */
function read(order: Partial<Order> = {}) {
  return readCertificate(lone(order)[0].der);
}

Deno.test("readCertificate() reads the fields of a leaf", () => {
  const [{ der }] = lone({ names: ["a.test", "*.b.test"] });
  const certificate = readCertificate(der);
  assertEquals(certificate.names.map(textOf), ["a.test", "*.b.test"]);
  assertEquals(
    [certificate.isCa, certificate.pathLength, certificate.unknown],
    [false, Infinity, []],
  );
  assertEquals(certificate.purposes, ["1.3.6.1.5.5.7.3.1"]);
  assertEquals([...certificate.keyUsage!], [0x80]);
  assertEquals(certificate.algorithm, { kind: "ecdsa", hash: "sha256" });
  assertEquals([...certificate.spki], [...LEAF_KEY.spki]);
  assertEquals([...certificate.issuer], [...ROOT.subject]);
  assertEquals([...certificate.keyId!], [...keyIdOf(LEAF_KEY)]);
  assertEquals([...certificate.issuerKey!.id!], [...ROOT.keyId]);
  assertEquals(certificate.weakness, {});
});

Deno.test("readCertificate() reads the fields of a CA", () => {
  const { isCa, pathLength, names } = read({
    extensions: { basicConstraints: basicConstraints(true, { pathLen: 3 }) },
  });
  assertEquals([isCa, pathLength, names.length], [true, 3, 1]);
  assertEquals(readCertificate(MIDDLE.der).pathLength, Infinity);
});

Deno.test("readCertificate() reads the dates to the second", () => {
  const { notBefore, notAfter } = read({ from: days(-1), until: days(1) });
  const seconds = (count: number) => Math.floor(days(count).getTime() / 1000);
  assertEquals([notBefore / 1000, notAfter / 1000], [seconds(-1), seconds(1)]);
});

Deno.test("readCertificate() gives the reason in weakness when the key or the signature is too weak", () => {
  const short = read({ key: key("RSA-1024", "short") });
  assertEquals(short.key, undefined);
  assert(short.weakness.key?.includes("1024 bits"));
  const forgeable = read({ signature: "ecdsa-sha1" });
  assertEquals([forgeable.algorithm, forgeable.isForgeable], [undefined, true]);
  assert(forgeable.weakness.algorithm?.includes("SHA-1"));
  assertEquals(read().isForgeable, false);
});

Deno.test("readCertificate() lists critical extensions, and those that are unknown", () => {
  const { critical, unknown: strange } = read({
    more: [unknown(true, 1), unknown(false, 2)],
  });
  assertEquals(strange, ["1.3.6.1.4.1.99999.1"]);
  assertEquals(critical.includes(EXTENSION.keyUsage), true);
});

Deno.test("readCertificate() throws OldVersionError for versions 1 and 2, which have no extensions", () => {
  for (const version of [null, 1]) {
    const [{ der }] = lone({ version, only: null });
    assertThrows(() => readCertificate(der), OldVersionError, "has to be 3");
    const error = assertThrows(() => read({ version }), DerError);
    assert(!(error instanceof OldVersionError));
  }
  for (const version of [0, 3]) {
    // DER omits the default, version 1.
    const error = assertThrows(
      () => read({ version, only: null }),
      DerError,
      "version",
    );
    assert(!(error instanceof OldVersionError));
  }
});

Deno.test("readCertificate() throws DerError when a field or an extension is malformed", () => {
  const wrong: Partial<Order>[] = [
    { finish: (der) => join(der, bytes(0)) },
    { inner: algorithmOf("ecdsa-sha384") },
    { issuer: sequence() },
    { more: [unknown(false), unknown(false)] },
    { more: [extension("2.5.29.31", false, sequence())] },
    { tail: bytes(5, 0) },
    { extensions: { extKeyUsage: extKeyUsage([]) } },
    {
      extensions: { subjectAltName: extension("2.5.29.17", false, sequence()) },
    },
    {
      extensions: {
        basicConstraints: extension(
          EXTENSION.basicConstraints,
          true,
          sequence(integer(1)),
        ),
      },
    },
    { only: [] },
  ];
  for (const [at, order] of wrong.entries()) {
    assertThrows(() => read(order), DerError, undefined, `case ${at}`);
  }
});

Deno.test("readCertificate() names the extension that is malformed", () => {
  assertThrows(
    () => read({ extensions: { extKeyUsage: extKeyUsage([]) } }),
    DerError,
    "its extKeyUsage is malformed: ",
  );
});

Deno.test("readCertificate() throws DerError for more than 65535 bytes", () => {
  assertThrows(
    () => readCertificate(new Uint8Array(65536)),
    DerError,
    "it has 65536 bytes, 65535 at most",
  );
});

Deno.test("isSelfIssued() is true when subject and issuer have the same name", () => {
  assertEquals(
    [ROOT, MIDDLE].map(({ der }) => isSelfIssued(readCertificate(der))),
    [true, false],
  );
});

Deno.test("signsHandshakes() is true with digitalSignature, or for any use", () => {
  const usages = [
    keyUsage("digitalSignature", "keyEncipherment"),
    null,
    keyUsage("keyEncipherment"),
  ].map((keyUsage) => signsHandshakes(read({ extensions: { keyUsage } })));
  assertEquals(usages, [true, true, false]);
});

Deno.test("readCertificate() accepts an empty subject, and no empty issuer", () => {
  assertEquals(read({ subject: sequence() }).subject.length, 2);
  assertThrows(() => read({ issuer: sequence() }), DerError, "issuer");
});
