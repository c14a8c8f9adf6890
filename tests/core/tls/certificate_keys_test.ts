import { assertEquals, assertThrows } from "@std/assert";
import {
  readAlgorithm,
  readKey,
  weakHash,
} from "../../../src/core/tls/certificate_keys.ts";
import { DerError } from "../../../src/core/tls/der.ts";
import {
  bitString,
  bytes,
  integer,
  NULL,
  oid,
  sequence,
} from "../../chains/der.ts";
import { algorithmOf, key, type KeyKind, pss } from "../../chains/keys.ts";

const RSA = oid("1.2.840.113549.1.1.1");
const EC = oid("1.2.840.10045.2.1");
const P256 = oid("1.2.840.10045.3.1.7");
const ED25519 = oid("1.3.101.112");

/** Writes an RSA key with a modulus of so many bits. */
function rsa(bits: number, exponent = 65537): Uint8Array {
  const modulus = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
  if (bits % 8 !== 0) modulus[0] >>= 8 - bits % 8;
  const positive = bits % 8 === 0 ? bytes(0, ...modulus) : modulus;
  const { length } = positive;
  const number = bytes(2, 0x82, length >> 8, length & 255, ...positive);
  return sequence(
    sequence(RSA, NULL),
    bitString(sequence(number, integer(exponent))),
  );
}

Deno.test("readKey() accepts RSA from 2,048 bits, P-256, P-384, P-521 and Ed25519", () => {
  const kinds: [KeyKind, string][] = [
    ["RSA-2048", "rsa"],
    ["RSA-3072", "rsa"],
    ["P-256", "ec"],
    ["P-384", "ec"],
    ["P-521", "ec"],
    ["Ed25519", "ed25519"],
  ];
  for (const [kind, expected] of kinds) {
    const { spki } = key(kind, "read");
    assertEquals(readKey(spki), { kind: expected, spki } as never, kind);
  }
});

Deno.test("readKey() returns the reason for other keys", () => {
  const kinds: [KeyKind, string][] = [
    ["RSA-1024", "its RSA key has 1024 bits; it has to have 2048..16384"],
    ["RSA-2040", "its RSA key has 2040 bits"],
    [
      "P-224",
      "its key is on the curve P-224; it has to be RSA of 2048..16384 bits",
    ],
    ["secp256k1", "its key is on the curve secp256k1"],
    ["Ed448", "its key is of the kind Ed448"],
    ["RSA-PSS-2048", "its key is for RSA-PSS alone"],
  ];
  for (const [kind, reason] of kinds) {
    const found = readKey(key(kind, "read").spki);
    assertEquals(String(found).slice(0, reason.length), reason);
  }
});

Deno.test("readKey() counts the bits of the modulus, 2048..16384", () => {
  const isRead = (bits: number) => typeof readKey(rsa(bits)) !== "string";
  assertEquals(
    [2047, 2048, 2049, 16_384, 16_385].map(isRead),
    [false, true, true, true, false],
  );
});

Deno.test("readKey() refuses an exponent that is even, 1, or longer than 32 bits", () => {
  for (const exponent of [1, 4]) {
    assertEquals(
      readKey(rsa(2048, exponent)),
      "its RSA key has an unusable exponent",
    );
  }
  assertEquals(typeof readKey(rsa(2048, 3)), "object");
});

Deno.test("readKey() accepts RSA-PSS by rules that allow it", () => {
  const { spki } = key("RSA-PSS-2048", "read");
  const rules = { maxRsaBits: 4096, rsaPss: true };
  assertEquals(readKey(spki, rules), { kind: "rsa-pss", spki });
  assertEquals(
    readKey(rsa(4104), rules),
    "its RSA key has 4104 bits; it has to have 2048..4096",
  );
});

Deno.test("readKey() refuses a compressed point, explicit curve parameters, and a short Ed25519 key", () => {
  const cases: [Uint8Array, string][] = [
    [
      sequence(sequence(EC, P256), bitString(bytes(2, ...Array(32).fill(1)))),
      "its key is no uncompressed point of its curve",
    ],
    [
      sequence(sequence(EC, P256), bitString(bytes(4, ...Array(63).fill(1)))),
      "its key is no uncompressed point of its curve",
    ],
    [
      sequence(sequence(EC, P256), bitString(bytes(2, ...Array(64).fill(1)))),
      "its key is no uncompressed point of its curve",
    ],
    [
      sequence(sequence(EC, sequence()), bitString(bytes(4))),
      "its curve is given by explicit parameters; it has to be named",
    ],
    [
      sequence(sequence(ED25519), bitString(bytes(1))),
      "its Ed25519 key has not 32 bytes",
    ],
  ];
  for (const [spki, reason] of cases) assertEquals(readKey(spki), reason);
});

Deno.test("readKey() throws DerError for wrong parameters", () => {
  const content = bitString(new Uint8Array(32));
  assertThrows(
    () => readKey(sequence(sequence(ED25519, NULL), content)),
    DerError,
  );
  assertThrows(() => readKey(sequence(sequence(RSA), content)), DerError);
  assertThrows(
    () => readKey(sequence(sequence(EC, P256, NULL), content)),
    DerError,
  );
});

Deno.test("readAlgorithm() accepts SHA-256, SHA-384 and SHA-512, and Ed25519", () => {
  const known = {
    "ecdsa-sha256": { kind: "ecdsa", hash: "sha256" },
    "ecdsa-sha384": { kind: "ecdsa", hash: "sha384" },
    "ecdsa-sha512": { kind: "ecdsa", hash: "sha512" },
    "rsa-sha256": { kind: "rsa", hash: "sha256" },
    "rsa-sha384": { kind: "rsa", hash: "sha384" },
    "rsa-sha512": { kind: "rsa", hash: "sha512" },
    "pss-sha256": { kind: "rsa-pss", hash: "sha256" },
    "pss-sha512": { kind: "rsa-pss", hash: "sha512" },
    "Ed25519": { kind: "ed25519", hash: undefined },
  } as const;
  for (const [name, algorithm] of Object.entries(known)) {
    assertEquals(
      readAlgorithm(algorithmOf(name as keyof typeof known)),
      algorithm,
    );
  }
  const absent = algorithmOf("rsa-sha256", null);
  assertEquals(readAlgorithm(absent), known["rsa-sha256"]);
});

Deno.test("readAlgorithm() returns the reason for hashes with collisions, and for unknown ones", () => {
  const cases = {
    "rsa-md5": "it is signed with MD5, which can be forged",
    "rsa-sha1": "it is signed with SHA-1, which can be forged",
    "ecdsa-sha1": "it is signed with SHA-1, which can be forged",
    "pss-sha1": "it is signed with SHA-1, which can be forged",
    "rsa-sha224": "it is signed with 1.2.840.113549.1.1.14, which is not known",
    "Ed448": "it is signed with 1.3.101.113, which is not known",
  } as const;
  for (const [name, reason] of Object.entries(cases)) {
    const algorithm = algorithmOf(name as keyof typeof cases);
    assertEquals(readAlgorithm(algorithm), reason);
  }
});

Deno.test("readAlgorithm() refuses RSASSA-PSS with two hashes, or another salt length", () => {
  for (const unusual of [{ mgfHash: "sha384" }, { salt: 20 }]) {
    assertEquals(
      readAlgorithm(algorithmOf("pss-sha256", pss("sha256", unusual))),
      "its RSASSA-PSS parameters are unusual",
    );
  }
});

Deno.test("readAlgorithm() throws DerError for parameters that have to be absent", () => {
  assertThrows(
    () => readAlgorithm(algorithmOf("ecdsa-sha256", NULL)),
    DerError,
  );
  assertThrows(() => readAlgorithm(algorithmOf("Ed25519", NULL)), DerError);
  const wrong = algorithmOf("rsa-sha256", integer(1));
  assertThrows(() => readAlgorithm(wrong), DerError);
});

Deno.test("weakHash() names the hash, which is SHA-1 by default in RSASSA-PSS", () => {
  assertEquals(weakHash(algorithmOf("rsa-md5")), "MD5");
  assertEquals(weakHash(algorithmOf("pss-sha256", sequence())), "SHA-1");
  assertEquals(weakHash(algorithmOf("pss-sha256")), undefined);
});
