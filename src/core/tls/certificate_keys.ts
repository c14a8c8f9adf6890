/**
 * The keys and signatures in certificates that are strong enough, on every runtime: RSA
 * of at least 2,048 bits, P-256, P-384, P-521 and Ed25519; SHA-256, SHA-384 and SHA-512
 * (RFC 4055, RFC 5480, RFC 5758, RFC 8410).
 *
 * @module
 */
import { contextTag, DerReader, TAG } from "./der.ts";

/** The algorithm by which a certificate is signed. */
export interface SignatureAlgorithm {
  readonly kind: "ecdsa" | "rsa" | "rsa-pss" | "ed25519";
  /** `undefined` if the algorithm names no hash. */
  readonly hash: "sha256" | "sha384" | "sha512" | undefined;
}

/** A public key; `"rsa-pss"` is for RSASSA-PSS only (RFC 4055 §1.2). */
export interface PublicKey {
  readonly kind: "ec" | "rsa" | "rsa-pss" | "ed25519";
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array;
}

const RSA = "1.2.840.113549.1.1.1";
const RSA_PSS = "1.2.840.113549.1.1.10";
const MGF1 = "1.2.840.113549.1.1.8";
const EC = "1.2.840.10045.2.1";
const ED25519 = "1.3.101.112";

/** Rules for the keys that not every runtime supports. */
export interface KeyRules {
  readonly maxRsaBits: number;
  readonly rsaPss: boolean;
}

/** Rules for the keys of peers. Verifying a signature takes long with longer keys. */
const OF_PEERS: KeyRules = { maxRsaBits: 16_384, rsaPss: false };

/** Shorter keys are too weak (RFC 9325 §4.5). */
const MIN_RSA_BITS = 2048;

/** Named curves (RFC 5480 §2.1.1.1), and the bytes of a coordinate. */
const CURVES: ReadonlyMap<string, number> = new Map([
  ["1.2.840.10045.3.1.7", 32],
  ["1.3.132.0.34", 48],
  ["1.3.132.0.35", 66],
]);
const UNCOMPRESSED_POINT = 4;

/** Hashes by OID (RFC 4055 §2.1), with the salt length of RSASSA-PSS. */
const HASHES: ReadonlyMap<
  string,
  { hash: NonNullable<SignatureAlgorithm["hash"]>; salt: number }
> = new Map([
  ["2.16.840.1.101.3.4.2.1", { hash: "sha256", salt: 32 }],
  ["2.16.840.1.101.3.4.2.2", { hash: "sha384", salt: 48 }],
  ["2.16.840.1.101.3.4.2.3", { hash: "sha512", salt: 64 }],
]);

/** Signature algorithms without parameters. */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ["1.2.840.10045.4.3.2", { kind: "ecdsa", hash: "sha256" }],
  ["1.2.840.10045.4.3.3", { kind: "ecdsa", hash: "sha384" }],
  ["1.2.840.10045.4.3.4", { kind: "ecdsa", hash: "sha512" }],
  ["1.2.840.113549.1.1.11", { kind: "rsa", hash: "sha256" }],
  ["1.2.840.113549.1.1.12", { kind: "rsa", hash: "sha384" }],
  ["1.2.840.113549.1.1.13", { kind: "rsa", hash: "sha512" }],
  [ED25519, { kind: "ed25519", hash: undefined }],
]);

/** The names of other kinds of keys and curves, which are refused. */
const REFUSED_KEYS: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10040.4.1", "DSA"],
  ["1.3.101.110", "X25519"],
  ["1.3.101.111", "X448"],
  ["1.3.101.113", "Ed448"],
  ["1.2.840.10045.3.1.1", "P-192"],
  ["1.3.132.0.33", "P-224"],
  ["1.3.132.0.10", "secp256k1"],
  ["1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"],
  ["1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"],
  ["1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"],
]);

/** Hashes with collisions (RFC 6151, RFC 9155), by the OID that uses them. */
const WEAK_HASHES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.1.2", "MD2"],
  ["1.2.840.113549.1.1.3", "MD4"],
  ["1.2.840.113549.1.1.4", "MD5"],
  ["1.2.840.113549.1.1.5", "SHA-1"],
  ["1.3.14.3.2.29", "SHA-1"],
  ["1.2.840.10045.4.1", "SHA-1"],
  ["1.2.840.10040.4.3", "SHA-1"],
  // The hash itself, in RSASSA-PSS.
  ["1.3.14.3.2.26", "SHA-1"],
]);

/** Returns the hash of an AlgorithmIdentifier, if it has collisions. */
export function weakHash(der: Uint8Array): string | undefined {
  const fields = new DerReader(der).read(TAG.sequence);
  const oid = fields.oid();
  if (oid !== RSA_PSS) return WEAK_HASHES.get(oid);
  const hashing = fields.read(TAG.sequence).optional(contextTag(0, true));
  // RFC 4055 §3.1: the default is SHA-1.
  return hashing === undefined
    ? "SHA-1"
    : WEAK_HASHES.get(hashing.read(TAG.sequence).oid());
}

/** Reads an AlgorithmIdentifier. @returns The algorithm, or why it is refused. */
export function readAlgorithm(der: Uint8Array): SignatureAlgorithm | string {
  const fields = new DerReader(der).read(TAG.sequence);
  const oid = fields.oid();
  const weak = weakHash(der);
  if (weak !== undefined) {
    return `it is signed with ${weak}, which can be forged`;
  }
  if (oid === RSA_PSS) return readPss(fields);
  const algorithm = ALGORITHMS.get(oid);
  if (algorithm === undefined) {
    return `it is signed with ${oid}, which is not known`;
  }
  // RFC 4055 §5 has NULL for RSA, and accepts its absence. RFC 5758 §3.2 and RFC 8410
  // §3 have no parameters.
  if (algorithm.kind === "rsa" && !fields.done) readNull(fields);
  fields.end();
  return algorithm;
}

function readNull(fields: DerReader): void {
  fields.read(TAG.null).end();
}

/** RFC 4055 §3.1: one hash for both, and a salt of the same length. */
function readPss(fields: DerReader): SignatureAlgorithm | string {
  const unusual = "its RSASSA-PSS parameters are unusual";
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

/** Reads a SubjectPublicKeyInfo. @returns The key, or why it is refused. */
export function readKey(
  spki: Uint8Array,
  rules: KeyRules = OF_PEERS,
): PublicKey | string {
  const fields = new DerReader(spki).read(TAG.sequence);
  const algorithm = fields.read(TAG.sequence);
  const key = fields.octets();
  fields.end();
  const oid = algorithm.oid();
  if (oid === RSA) {
    readNull(algorithm);
    algorithm.end();
    return readRsa("rsa", spki, key, rules);
  }
  if (oid === RSA_PSS && rules.rsaPss) {
    algorithm.optional(TAG.sequence);
    algorithm.end();
    return readRsa("rsa-pss", spki, key, rules);
  }
  if (oid === EC) {
    if (algorithm.tag !== TAG.oid) {
      return "its curve is given by explicit parameters; it has to be named";
    }
    const curve = algorithm.oid();
    algorithm.end();
    const size = CURVES.get(curve);
    if (size === undefined) {
      return `its key is on the curve ${named(curve)}; ${allowed(rules)}`;
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
    ? `its key is for RSA-PSS alone; ${allowed(rules)}`
    : `its key is of the kind ${named(oid)}; ${allowed(rules)}`;
}

function named(oid: string): string {
  return REFUSED_KEYS.get(oid) ?? oid;
}

function allowed({ maxRsaBits }: KeyRules): string {
  return `it has to be RSA of ${MIN_RSA_BITS}..${maxRsaBits} bits, P-256, P-384, P-521 or Ed25519`;
}

function readRsa(
  kind: "rsa" | "rsa-pss",
  spki: Uint8Array,
  key: Uint8Array,
  { maxRsaBits }: KeyRules,
): PublicKey | string {
  const all = new DerReader(key);
  const fields = all.read(TAG.sequence);
  all.end();
  const modulus = fields.integer();
  const exponent = fields.integer();
  fields.end();
  const bits = bitLength(modulus);
  if (bits < MIN_RSA_BITS || bits > maxRsaBits) {
    return `its RSA key has ${bits} bits; it has to have ${MIN_RSA_BITS}..${maxRsaBits}`;
  }
  const isOdd = (exponent[exponent.length - 1] & 1) === 1;
  return isOdd && bitLength(exponent) >= 2 && exponent.length <= 5
    ? { kind, spki }
    : "its RSA key has an unusable exponent";
}

/** Returns how many bits a positive number has; 0 for any other. */
function bitLength(number: Uint8Array): number {
  const [first] = number;
  if (first >= 0x80) return 0;
  const bytes = first === 0 ? number.subarray(1) : number;
  return bytes.length === 0 ? 0 : 8 * bytes.length - Math.clz32(bytes[0]) + 24;
}
