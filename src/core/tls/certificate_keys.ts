/**
 * The keys and signatures of certificates that are strong enough, on every runtime:
 * RSA from 2,048 bits on, P-256, P-384, P-521 and Ed25519; SHA-256, SHA-384 and
 * SHA-512 (RFC 4055, RFC 5480, RFC 5758, RFC 8410).
 *
 * @module
 */
import { contextTag, DerReader, TAG } from "./der.ts";

/** How a certificate is signed. */
export interface SignatureAlgorithm {
  readonly kind: "ecdsa" | "rsa" | "rsa-pss" | "ed25519";
  /** `undefined` where the algorithm names none. */
  readonly hash: "sha256" | "sha384" | "sha512" | undefined;
}

/** A public key. */
export interface PublicKey {
  readonly kind: "ec" | "rsa" | "ed25519";
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array;
}

const RSA = "1.2.840.113549.1.1.1";
const RSA_PSS = "1.2.840.113549.1.1.10";
const MGF1 = "1.2.840.113549.1.1.8";
const EC = "1.2.840.10045.2.1";
const ED25519 = "1.3.101.112";

const MIN_RSA_BITS = 2048;
/** Past this a signature takes long to verify. */
const MAX_RSA_BITS = 16_384;

/** Named curves (RFC 5480 §2.1.1.1), and how many bytes a coordinate has. */
const CURVES: ReadonlyMap<string, number> = new Map([
  ["1.2.840.10045.3.1.7", 32],
  ["1.3.132.0.34", 48],
  ["1.3.132.0.35", 66],
]);
const UNCOMPRESSED_POINT = 4;

/** Hashes by OID (RFC 4055 §2.1), with what goes with them in RSASSA-PSS. */
const HASHES: ReadonlyMap<
  string,
  { hash: NonNullable<SignatureAlgorithm["hash"]>; salt: number }
> = new Map([
  ["2.16.840.1.101.3.4.2.1", { hash: "sha256", salt: 32 }],
  ["2.16.840.1.101.3.4.2.2", { hash: "sha384", salt: 48 }],
  ["2.16.840.1.101.3.4.2.3", { hash: "sha512", salt: 64 }],
]);

/** Signature algorithms without parameters of their own. */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ["1.2.840.10045.4.3.2", { kind: "ecdsa", hash: "sha256" }],
  ["1.2.840.10045.4.3.3", { kind: "ecdsa", hash: "sha384" }],
  ["1.2.840.10045.4.3.4", { kind: "ecdsa", hash: "sha512" }],
  ["1.2.840.113549.1.1.11", { kind: "rsa", hash: "sha256" }],
  ["1.2.840.113549.1.1.12", { kind: "rsa", hash: "sha384" }],
  ["1.2.840.113549.1.1.13", { kind: "rsa", hash: "sha512" }],
  [ED25519, { kind: "ed25519", hash: undefined }],
]);

/** What is refused by its name. */
const WEAK_ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.1.2", "MD2"],
  ["1.2.840.113549.1.1.4", "MD5"],
  ["1.2.840.113549.1.1.5", "SHA-1"],
  ["1.3.14.3.2.29", "SHA-1"],
  ["1.2.840.10045.4.1", "SHA-1"],
  ["1.2.840.10040.4.3", "SHA-1"],
]);

/** Reads an AlgorithmIdentifier. @returns The algorithm, or why it will not do. */
export function readAlgorithm(der: Uint8Array): SignatureAlgorithm | string {
  const fields = new DerReader(der).read(TAG.sequence);
  const oid = fields.oid();
  if (oid === RSA_PSS) return readPss(fields);
  const weak = WEAK_ALGORITHMS.get(oid);
  if (weak !== undefined) return `it is signed with ${weak}`;
  const algorithm = ALGORITHMS.get(oid);
  if (algorithm === undefined) {
    return `it is signed with ${oid}, which is not known`;
  }
  // RFC 4055 §5 has NULL for RSA, and takes nothing for it; RFC 5758 §3.2 and RFC
  // 8410 §3 have nothing.
  if (algorithm.kind === "rsa" && !fields.done) readNull(fields);
  fields.end();
  return algorithm;
}

function readNull(fields: DerReader): void {
  fields.read(TAG.null).end();
}

/** RFC 4055 §3.1: one hash for both, and a salt as long. */
function readPss(fields: DerReader): SignatureAlgorithm | string {
  const unusual = "its RSASSA-PSS parameters are unusual, or say SHA-1";
  const params = fields.read(TAG.sequence);
  fields.end();
  const hashing = params.optional(contextTag(0, true));
  const masking = params.optional(contextTag(1, true));
  const salting = params.optional(contextTag(2, true));
  if (
    hashing === undefined || masking === undefined || salting === undefined ||
    !params.done
  ) return unusual;
  const known = readHash(hashing);
  const mask = masking.read(TAG.sequence);
  const isMgf1 = mask.oid() === MGF1;
  const maskHash = isMgf1 ? readHash(mask) : undefined;
  const salt = salting.count();
  return known !== undefined && maskHash === known && salt === known.salt
    ? { kind: "rsa-pss", hash: known.hash }
    : unusual;
}

function readHash(fields: DerReader) {
  const hash = fields.read(TAG.sequence);
  const oid = hash.oid();
  if (!hash.done) readNull(hash);
  return HASHES.get(oid);
}

/** Reads a SubjectPublicKeyInfo. @returns The key, or why it will not do. */
export function readKey(spki: Uint8Array): PublicKey | string {
  const fields = new DerReader(spki).read(TAG.sequence);
  const algorithm = fields.read(TAG.sequence);
  const key = fields.octets();
  fields.end();
  const oid = algorithm.oid();
  if (oid === RSA) {
    readNull(algorithm);
    algorithm.end();
    return readRsa(spki, key);
  }
  if (oid === EC) {
    if (algorithm.tag !== TAG.oid) return "its curve has no name";
    const curve = algorithm.oid();
    algorithm.end();
    const size = CURVES.get(curve);
    if (size === undefined) {
      return `its key is on curve ${curve}; it has to be P-256, P-384 or P-521`;
    }
    return key.length === 1 + 2 * size && key[0] === UNCOMPRESSED_POINT
      ? { kind: "ec", spki }
      : "its key is no uncompressed point of its curve";
  }
  if (oid === ED25519) {
    algorithm.end();
    return key.length === 32
      ? { kind: "ed25519", spki }
      : "its Ed25519 key has not 32 bytes";
  }
  return oid === RSA_PSS
    ? "its key is for RSA-PSS alone, which not every runtime can use"
    : `its key is of kind ${oid}, which is not known`;
}

function readRsa(spki: Uint8Array, key: Uint8Array): PublicKey | string {
  const all = new DerReader(key);
  const fields = all.read(TAG.sequence);
  all.end();
  const modulus = fields.integer();
  const exponent = fields.integer();
  fields.end();
  const bits = bitLength(modulus);
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
    return `its RSA key has ${bits} bits; it has to have ${MIN_RSA_BITS}..${MAX_RSA_BITS}`;
  }
  const isOdd = (exponent[exponent.length - 1] & 1) === 1;
  return isOdd && bitLength(exponent) >= 2 && exponent.length <= 5
    ? { kind: "rsa", spki }
    : "its RSA key has an unusable exponent";
}

/** How many bits a positive number has; 0 for any other. */
function bitLength(number: Uint8Array): number {
  const [first] = number;
  if (first >= 0x80) return 0;
  const bytes = first === 0 ? number.subarray(1) : number;
  return bytes.length === 0 ? 0 : 8 * bytes.length - Math.clz32(bytes[0]) + 24;
}
