/**
 * A strict parser of X.509 certificates of version 3 (RFC 5280 §4).
 *
 * A malformed certificate is refused as a whole, even for an extension that is not used
 * here: some verifiers trust what they cannot parse.
 *
 * @module
 */
import {
  type PublicKey,
  readAlgorithm,
  readKey,
  type SignatureAlgorithm,
  weakHash,
} from "./certificate_keys.ts";
import { contextTag, DerError, DerReader, sameBytes, TAG } from "./der.ts";
import { type GeneralName, readName, readNames } from "./general_names.ts";
import { type NameConstraints, readConstraints } from "./name_constraints.ts";

/** AuthorityKeyIdentifier (RFC 5280 §4.2.1.1). */
export interface IssuerKey {
  readonly id: Uint8Array | undefined;
  /** The issuer of the issuer's own certificate, and its serial number. */
  readonly issuers: readonly GeneralName[];
  readonly serial: Uint8Array | undefined;
}

/** The fields of a certificate. Views refer to the bytes that it was read from. */
export interface Certificate {
  readonly der: Uint8Array;
  /** The part that is signed. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  /** `undefined` if it is too weak or not known. */
  readonly algorithm: SignatureAlgorithm | undefined;
  /** Whether the hash of the signature has collisions. */
  readonly isForgeable: boolean;
  /** Names in DER; equal names have equal bytes. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since 1970, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array;
  /** `undefined` if it is too weak or not known. */
  readonly key: PublicKey | undefined;
  /** Why `algorithm` or `key` is `undefined`. */
  readonly weakness: { algorithm?: string; key?: string };
  readonly isCa: boolean;
  /** How many CAs may follow in the path. */
  readonly pathLength: number;
  /**
   * Bit 0 is the highest of the first byte (RFC 5280 §4.2.1.3); `undefined` for any
   * use.
   */
  readonly keyUsage: Uint8Array | undefined;
  /** OIDs; `undefined` for any purpose. */
  readonly purposes: readonly string[] | undefined;
  /** The subject alternative names. */
  readonly names: readonly GeneralName[];
  readonly constraints: NameConstraints | undefined;
  /** Distinguishes several keys of one name. */
  readonly keyId: Uint8Array | undefined;
  readonly serial: Uint8Array;
  /** Identifies the issuer's key, if the certificate says so. */
  readonly issuerKey: IssuerKey | undefined;
  /** OIDs of critical extensions. */
  readonly critical: readonly string[];
  /** OIDs of critical extensions that are not supported. */
  readonly unknown: readonly string[];
}

/** A well-formed certificate of an older version, which cannot be an anchor. */
export class OldVersionError extends DerError {}

/** No certificate is larger, and some verifiers have the same limit. */
const MAX_BYTES = 0xffff;

const VERSION_1 = 0;
const VERSION_3 = 2;
/** A bit of KeyUsage, in its first byte. */
const DIGITAL_SIGNATURE = 0x80;

/** OIDs of extensions (RFC 5280 §4.2.1). */
const SUBJECT_KEY_ID = "2.5.29.14";
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const NAME_CONSTRAINTS = "2.5.29.30";
const CRL_POINTS = "2.5.29.31";
const POLICIES = "2.5.29.32";
const AUTHORITY_KEY_ID = "2.5.29.35";
const EXTENDED_KEY_USAGE = "2.5.29.37";
/** RFC 6962 §3.3. */
const TRANSPARENCY = "1.3.6.1.4.1.11129.2.4.2";

/**
 * Reads a certificate.
 *
 * @throws {OldVersionError} version 1 or 2
 * @throws {DerError} malformed
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
  const version = readVersion(body);
  const serial = body.integer();
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
  const weakness: Certificate["weakness"] = {};
  const key = orWeakness(weakness, "key", readKey(spki));
  if (version < VERSION_3) throw ofOldVersion(version, body);
  const extensions = readExtensions(body);
  body.end();

  return {
    der,
    signed,
    signature,
    serial,
    algorithm: orWeakness(weakness, "algorithm", readAlgorithm(algorithm)),
    isForgeable: weakHash(algorithm) !== undefined,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki,
    key,
    weakness,
    ...extensions,
  };
}

/** Returns a value, or records why it is missing. */
function orWeakness<T extends object>(
  weakness: Certificate["weakness"],
  what: keyof Certificate["weakness"],
  found: T | string,
): T | undefined {
  if (typeof found !== "string") return found;
  weakness[what] = found;
  return undefined;
}

/** @returns The encoded version: 0 for version 1. */
function readVersion(body: DerReader): number {
  const field = body.optional(contextTag(0, true));
  const version = field?.count() ?? VERSION_1;
  field?.end();
  // DER omits the default value.
  const isDefault = field !== undefined && version === VERSION_1;
  if (isDefault || version > VERSION_3) {
    throw new DerError(wrongVersion(version));
  }
  return version;
}

/**
 * Creates the error for versions 1 and 2, which have no extensions (RFC 5280 §4.1.2.9).
 */
function ofOldVersion(version: number, body: DerReader): DerError {
  const reason = wrongVersion(version);
  return body.done ? new OldVersionError(reason) : new DerError(reason);
}

function wrongVersion(version: number): string {
  return `it is of version ${version + 1}, which has to be 3`;
}

/** RFC 5280 §4.1.2.4. @param required The field, if it must not be empty. */
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
      checkText(attribute);
      attribute.end();
    } while (!set.done);
  }
  return bytes;
}

/** Checks the value of an attribute: a text must be valid in its encoding. */
function checkText(attribute: DerReader): void {
  const { tag } = attribute;
  const { rest } = attribute.any();
  const isSound = tag === TAG.utf8String
    ? isUtf8(rest)
    : tag === TAG.printableString || tag === TAG.ia5String
    ? rest.every((byte) => byte < 0x80)
    : true;
  if (!isSound) throw new DerError("a text in a name of it is malformed");
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

type Extensions = Pick<
  Certificate,
  | "isCa"
  | "pathLength"
  | "keyUsage"
  | "purposes"
  | "names"
  | "constraints"
  | "keyId"
  | "issuerKey"
  | "critical"
  | "unknown"
>;

/** RFC 5280 §4.2. */
function readExtensions(body: DerReader): Extensions {
  const found = new Map<string, DerReader>();
  const critical: string[] = [];
  const field = body.optional(contextTag(3, true));
  if (field !== undefined) {
    const list = field.read(TAG.sequence);
    field.end();
    do {
      const extension = list.read(TAG.sequence);
      const oid = extension.oid();
      const isCritical = extension.tag === TAG.boolean && extension.boolean();
      const value = extension.read(TAG.octetString);
      extension.end();
      if (found.has(oid)) throw new DerError(`it has extension ${oid} twice`);
      found.set(oid, value);
      if (isCritical) critical.push(oid);
    } while (!list.done);
  }
  const read = <T>(oid: string, reader: (value: DerReader) => T) => {
    const value = found.get(oid);
    return value && readExtension(oid, value, reader);
  };
  const { isCa, pathLength } = read(BASIC_CONSTRAINTS, readBasicConstraints) ??
    { isCa: false, pathLength: Infinity };
  // Their values are not used here. If they are malformed, Deno trusts the certificate
  // without proof that the peer has its key (2.9).
  read(CRL_POINTS, checkPoints);
  read(TRANSPARENCY, (value) => value.read(TAG.octetString));
  return {
    isCa,
    pathLength,
    keyUsage: read(KEY_USAGE, (value) => value.bits()),
    purposes: read(EXTENDED_KEY_USAGE, readPurposes),
    names: read(SUBJECT_ALT_NAME, readNames) ?? [],
    constraints: read(NAME_CONSTRAINTS, readConstraints),
    keyId: read(SUBJECT_KEY_ID, (value) => value.read(TAG.octetString).rest),
    issuerKey: read(AUTHORITY_KEY_ID, readIssuerKey),
    critical,
    unknown: critical.filter((oid) => !UNDERSTOOD.has(oid)),
  };
}

function readExtension<T>(
  oid: string,
  value: DerReader,
  reader: (value: DerReader) => T,
): T {
  try {
    const result = reader(value);
    value.end();
    return result;
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new DerError(`its ${NAMES.get(oid)} is malformed: ${error.message}`);
  }
}

/** Names of the extensions that are read, for errors. */
const NAMES: ReadonlyMap<string, string> = new Map([
  [SUBJECT_KEY_ID, "subjectKeyIdentifier"],
  [KEY_USAGE, "keyUsage"],
  [SUBJECT_ALT_NAME, "subjectAltName"],
  [BASIC_CONSTRAINTS, "basicConstraints"],
  [NAME_CONSTRAINTS, "nameConstraints"],
  [CRL_POINTS, "cRLDistributionPoints"],
  [AUTHORITY_KEY_ID, "authorityKeyIdentifier"],
  [EXTENDED_KEY_USAGE, "extKeyUsage"],
  [TRANSPARENCY, "list of signed certificate timestamps"],
]);

/**
 * The extensions that are supported. Policies have no effect unless one is required
 * (RFC 5280 §6.1.1 (c)); revocation is not checked.
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

function checkPoints(value: DerReader): void {
  const points = value.read(TAG.sequence);
  do points.read(TAG.sequence); while (!points.done);
}

function readPurposes(value: DerReader): string[] {
  const list = value.read(TAG.sequence);
  const purposes: string[] = [];
  do purposes.push(list.oid()); while (!list.done);
  return purposes;
}

function readIssuerKey(value: DerReader): IssuerKey {
  const fields = value.read(TAG.sequence);
  const id = fields.optional(contextTag(0, false))?.rest;
  const names = fields.optional(contextTag(1, true));
  const issuers: GeneralName[] = [];
  while (names !== undefined && !names.done) issuers.push(readName(names));
  const serial = fields.optional(contextTag(2, false))?.rest;
  fields.end();
  return { id, issuers, serial };
}

/** Whether issuer and subject have the same name, as in root certificates. */
export function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return sameBytes(subject, issuer);
}

/**
 * Whether the key may sign handshakes (RFC 8446 §4.4.2.2). With ephemeral keys, TLS 1.2
 * has no other use for it.
 */
export function signsHandshakes({ keyUsage }: Certificate): boolean {
  return keyUsage === undefined || (keyUsage[0] & DIGITAL_SIGNATURE) !== 0;
}
