/**
 * Keys and signature algorithms of certificates under test.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  sign as signWith,
} from "node:crypto";
import {
  bitString,
  contentOf,
  type Der,
  explicit,
  integer,
  NULL,
  oid,
  partsOf,
  sequence,
} from "./der.ts";

/** A key pair. */
export interface Key {
  readonly kind: KeyKind;
  /** The public key: SubjectPublicKeyInfo. */
  readonly spki: Der;
  readonly privateKey: KeyObject;
}

export type KeyKind =
  | "P-256"
  | "P-384"
  | "P-521"
  | "secp256k1"
  | "P-224"
  | "RSA-512"
  | "RSA-1024"
  | "RSA-2040"
  | "RSA-2048"
  | "RSA-3072"
  | "RSA-PSS-2048"
  | "Ed25519"
  | "Ed448";

export type SignatureName =
  | `ecdsa-${"sha1" | "sha256" | "sha384" | "sha512"}`
  | `rsa-${"md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512"}`
  | `pss-${"sha1" | "sha256" | "sha384" | "sha512"}`
  | "Ed25519"
  | "Ed448";

const made = new Map<string, Key>();

/** A key by its kind and a label; the same ones mean the same key. */
export function key(kind: KeyKind, label: string): Key {
  const id = `${kind} ${label}`;
  let found = made.get(id);
  if (found === undefined) made.set(id, found = make(kind));
  return found;
}

function make(kind: KeyKind): Key {
  const { publicKey, privateKey } = generate(kind);
  const spki = Uint8Array.from(
    publicKey.export({ type: "spki", format: "der" }),
  );
  return {
    kind,
    // Written here, as runtimes differ in the parameters that they name.
    spki: kind === "RSA-PSS-2048"
      ? sequence(sequence(oid("1.2.840.113549.1.1.10")), partsOf(spki)[1])
      : spki,
    privateKey,
  };
}

function generate(kind: KeyKind) {
  switch (kind) {
    case "RSA-512":
    case "RSA-1024":
    case "RSA-2040":
    case "RSA-2048":
    case "RSA-3072":
      return generateKeyPairSync("rsa", {
        modulusLength: Number(kind.slice(4)),
      });
    case "RSA-PSS-2048":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "Ed25519":
      return generateKeyPairSync("ed25519");
    case "Ed448":
      return generateKeyPairSync("ed448");
    default:
      return generateKeyPairSync("ec", { namedCurve: kind });
  }
}

/** The private key as PKCS#8 in base64, as peers are given it. */
export function privateKeyOf({ privateKey }: Key): string {
  return Buffer.from(privateKey.export({ type: "pkcs8", format: "der" }))
    .toString("base64");
}

/** What identifies a key: the SHA-1 of its bits (RFC 5280 §4.2.1.2). */
export function keyIdOf({ spki }: Key): Der {
  const bits = contentOf(partsOf(spki)[1]).subarray(1);
  return Uint8Array.from(createHash("sha1").update(bits).digest());
}

/** The algorithm that a key signs with unless another is named. */
export function defaultSignature({ kind }: Key): SignatureName {
  switch (kind) {
    case "P-384":
      return "ecdsa-sha384";
    case "P-521":
      return "ecdsa-sha512";
    case "RSA-PSS-2048":
      return "pss-sha256";
    case "Ed25519":
    case "Ed448":
      return kind;
    default:
      return kind.startsWith("RSA") ? "rsa-sha256" : "ecdsa-sha256";
  }
}

const OIDS: Readonly<Record<string, string>> = {
  "ecdsa-sha1": "1.2.840.10045.4.1",
  "ecdsa-sha256": "1.2.840.10045.4.3.2",
  "ecdsa-sha384": "1.2.840.10045.4.3.3",
  "ecdsa-sha512": "1.2.840.10045.4.3.4",
  "rsa-md5": "1.2.840.113549.1.1.4",
  "rsa-sha1": "1.2.840.113549.1.1.5",
  "rsa-sha224": "1.2.840.113549.1.1.14",
  "rsa-sha256": "1.2.840.113549.1.1.11",
  "rsa-sha384": "1.2.840.113549.1.1.12",
  "rsa-sha512": "1.2.840.113549.1.1.13",
  "Ed25519": "1.3.101.112",
  "Ed448": "1.3.101.113",
  "sha1": "1.3.14.3.2.26",
  "sha256": "2.16.840.1.101.3.4.2.1",
  "sha384": "2.16.840.1.101.3.4.2.2",
  "sha512": "2.16.840.1.101.3.4.2.3",
};

const SALT_BYTES: Readonly<Record<string, number>> = {
  sha1: 20,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/**
 * The AlgorithmIdentifier of a signature.
 *
 * @param parameters In place of the right ones; `null` for none.
 */
export function algorithmOf(
  name: SignatureName,
  parameters?: Uint8Array | null,
): Der {
  if (name.startsWith("pss-")) {
    return sequence(
      oid("1.2.840.113549.1.1.10"),
      parameters === null ? new Uint8Array() : parameters ?? pss(name.slice(4)),
    );
  }
  const right = name.startsWith("rsa-") ? NULL : new Uint8Array();
  return sequence(
    oid(OIDS[name]),
    parameters === null ? new Uint8Array() : parameters ?? right,
  );
}

/** The parameters of RSASSA-PSS (RFC 4055 §3.1), one hash throughout. */
export function pss(
  hash: string,
  { mgfHash = hash, salt = SALT_BYTES[hash] } = {},
): Der {
  const of = (hash: string) => sequence(oid(OIDS[hash]), NULL);
  return sequence(
    explicit(0, of(hash)),
    explicit(1, sequence(oid("1.2.840.113549.1.1.8"), of(mgfHash))),
    explicit(2, integer(salt)),
  );
}

/** The signature of some bytes, without the BIT STRING around it. */
export function sign(name: SignatureName, key: Key, content: Uint8Array): Der {
  const [scheme, hash = null] = name.split("-");
  const { privateKey } = key;
  return Uint8Array.from(signWith(
    hash,
    content,
    scheme === "pss"
      ? {
        key: privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: SALT_BYTES[hash!],
      }
      : privateKey,
  ));
}

/** A signature as certificates hold it. */
export function signatureBits(signature: Uint8Array): Der {
  return bitString(signature);
}
