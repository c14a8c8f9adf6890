/**
 * X.509 certificates of version 3 (RFC 5280 §4), read strictly.
 *
 * A certificate that is not well-formed is refused as a whole, extensions that are
 * of no concern included: some verifiers trust what they cannot parse.
 *
 * @module
 */
import { contextTag, DerError, DerReader, sameBytes, TAG } from "./der.ts";
import { type GeneralName, readNames } from "./general_names.ts";
import { type NameConstraints, readConstraints } from "./name_constraints.ts";

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

/** What a certificate says. Views are of the bytes that it was read from. */
export interface Certificate {
  readonly der: Uint8Array;
  /** The part that is signed. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  /** `undefined` for one that is too weak, or not known. */
  readonly algorithm: SignatureAlgorithm | undefined;
  /** Names in DER; equal names have equal bytes. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since 1970, both included. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** `undefined` for one that is too weak, or not known. */
  readonly key: PublicKey | undefined;
  /** Why there is no `algorithm`, or no `key`. */
  readonly weakness: { algorithm?: string; key?: string };
  readonly isCa: boolean;
  /** How many CAs may follow. */
  readonly pathLength: number;
  /** Bit 0 is the first byte's highest (RFC 5280 §4.2.1.3); `undefined` for any use. */
  readonly keyUsage: Uint8Array | undefined;
  /** OIDs; `undefined` for any purpose. */
  readonly purposes: readonly string[] | undefined;
  /** The subject alternative names. */
  readonly names: readonly GeneralName[];
  readonly constraints: NameConstraints | undefined;
  /** Critical extensions that are not understood. */
  readonly unknown: readonly string[];
}

/** More is in no certificate, and some verifiers stop there. */
const MAX_BYTES = 0xffff;

const VERSION_3 = 2;

/** OIDs of extensions (RFC 5280 §4.2.1). */
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const NAME_CONSTRAINTS = "2.5.29.30";
const CRL_POINTS = "2.5.29.31";
const POLICIES = "2.5.29.32";
const EXTENDED_KEY_USAGE = "2.5.29.37";
/** RFC 6962 §3.3. */
const TRANSPARENCY = "1.3.6.1.4.1.11129.2.4.2";

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

/**
 * Reads a certificate.
 *
 * @throws {DerError} it is not well-formed, or not of version 3
 */
export function readCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_BYTES) {
    throw new DerError(`it has ${der.length} bytes, ${MAX_BYTES} at most`);
  }
  const all = new DerReader(der);
  const outer = all.read(TAG.sequence);
  all.end();
  const signed = outer.whole(TAG.sequence);
  const algorithm = outer.whole(TAG.sequence);
  const signature = outer.octets();
  outer.end();

  const body = new DerReader(signed).read(TAG.sequence);
  readVersion(body);
  body.integer(); // The serial number.
  if (!sameBytes(body.whole(TAG.sequence), algorithm)) {
    throw new DerError("it names two signature algorithms");
  }
  const issuer = readDistinguishedName(body, "issuer");
  const validity = body.read(TAG.sequence);
  const notBefore = validity.time();
  const notAfter = validity.time();
  validity.end();
  const subject = readDistinguishedName(body, undefined);
  const spki = body.whole(TAG.sequence);
  const extensions = readExtensions(body);
  body.end();

  const weakness: Certificate["weakness"] = {};
  return {
    der,
    signed,
    signature,
    algorithm: orWeakness(weakness, "algorithm", readAlgorithm(algorithm)),
    issuer,
    subject,
    notBefore,
    notAfter,
    key: orWeakness(weakness, "key", readKey(spki)),
    weakness,
    ...extensions,
  };
}

/** A value, or `undefined` and why. */
function orWeakness<T extends object>(
  weakness: Certificate["weakness"],
  what: keyof Certificate["weakness"],
  found: T | string,
): T | undefined {
  if (typeof found !== "string") return found;
  weakness[what] = found;
  return undefined;
}

function readVersion(body: DerReader): void {
  const field = body.optional(contextTag(0, true));
  const version = field?.count() ?? 0;
  field?.end();
  if (version !== VERSION_3) {
    throw new DerError(`it is of version ${version + 1}, which has to be 3`);
  }
}

/** RFC 5280 §4.1.2.4. @param required What must not be empty. */
function readDistinguishedName(
  body: DerReader,
  required: string | undefined,
): Uint8Array {
  const bytes = body.whole(TAG.sequence);
  const name = new DerReader(bytes).read(TAG.sequence);
  if (name.done && required !== undefined) {
    throw new DerError(`its ${required} is empty`);
  }
  while (!name.done) {
    const set = name.read(TAG.set);
    do {
      const attribute = set.read(TAG.sequence);
      attribute.oid();
      attribute.any();
      attribute.end();
    } while (!set.done);
  }
  return bytes;
}

/** @returns The algorithm, or why it will not do. */
function readAlgorithm(der: Uint8Array): SignatureAlgorithm | string {
  const fields = new DerReader(der).read(TAG.sequence);
  const oid = fields.oid();
  if (oid === RSA_PSS) return readPss(fields);
  const weak = WEAK_ALGORITHMS.get(oid);
  if (weak !== undefined) return `it is signed with ${weak}`;
  const algorithm = ALGORITHMS.get(oid);
  if (algorithm === undefined) {
    return `it is signed with ${oid}, which is not known`;
  }
  // RFC 4055 §5 has NULL for RSA, RFC 5758 §3.2 and RFC 8410 §3 nothing.
  if (algorithm.kind === "rsa") readNull(fields);
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

/** @returns The key, or why it will not do. */
function readKey(spki: Uint8Array): PublicKey | string {
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

type Extensions = Pick<
  Certificate,
  | "isCa"
  | "pathLength"
  | "keyUsage"
  | "purposes"
  | "names"
  | "constraints"
  | "unknown"
>;

/** RFC 5280 §4.2. */
function readExtensions(body: DerReader): Extensions {
  const found = new Map<string, DerReader>();
  const unknown: string[] = [];
  const field = body.optional(contextTag(3, true));
  if (field !== undefined) {
    const list = field.read(TAG.sequence);
    field.end();
    do {
      const extension = list.read(TAG.sequence);
      const oid = extension.oid();
      const critical = extension.tag === TAG.boolean && extension.boolean();
      const value = extension.read(TAG.octetString);
      extension.end();
      if (found.has(oid)) throw new DerError(`it has extension ${oid} twice`);
      found.set(oid, value);
      if (critical && !UNDERSTOOD.has(oid)) unknown.push(oid);
    } while (!list.done);
  }
  const read = <T>(oid: string, reader: (value: DerReader) => T) => {
    const value = found.get(oid);
    if (value === undefined) return undefined;
    const result = reader(value);
    value.end();
    return result;
  };
  const { isCa, pathLength } = read(BASIC_CONSTRAINTS, readBasicConstraints) ??
    { isCa: false, pathLength: Infinity };
  // What they say is of no use here, but Deno trusts a certificate in which they are
  // malformed without its key (2.9).
  read(CRL_POINTS, (value) => value.read(TAG.sequence));
  read(TRANSPARENCY, (value) => value.read(TAG.octetString));
  return {
    isCa,
    pathLength,
    keyUsage: read(KEY_USAGE, (value) => value.bits()),
    purposes: read(EXTENDED_KEY_USAGE, readPurposes),
    names: read(SUBJECT_ALT_NAME, readNames) ?? [],
    constraints: read(NAME_CONSTRAINTS, readConstraints),
    unknown,
  };
}

/**
 * Those that are taken care of. Without a policy that is asked for, those of a
 * certificate ask for nothing (RFC 5280 §6.1.1 (c)); revocation is not looked up.
 */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  KEY_USAGE,
  SUBJECT_ALT_NAME,
  BASIC_CONSTRAINTS,
  NAME_CONSTRAINTS,
  CRL_POINTS,
  POLICIES,
  EXTENDED_KEY_USAGE,
]);

function readBasicConstraints(value: DerReader) {
  const fields = value.read(TAG.sequence);
  const isCa = fields.tag === TAG.boolean && fields.boolean();
  const hasLength = !fields.done;
  if (hasLength && !isCa) {
    throw new DerError("it limits a path, and is no CA");
  }
  const pathLength = hasLength ? fields.count() : Infinity;
  fields.end();
  return { isCa, pathLength };
}

function readPurposes(value: DerReader): string[] {
  const list = value.read(TAG.sequence);
  const purposes: string[] = [];
  do purposes.push(list.oid()); while (!list.done);
  return purposes;
}
