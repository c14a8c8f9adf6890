/**
 * What of a certificate's DER (RFC 5280 §4.1) decides whether an end can use it,
 * and `node:crypto` does not tell.
 *
 * @module
 */

/** A certificate, as far as it is looked at. */
export interface Certificate {
  /** Whether its issuer has the subject's name: a root. */
  readonly isSelfIssued: boolean;
  readonly signature: {
    readonly algorithm: string;
    /** The hash, if it is RSA-PSS. */
    readonly pssHash: string;
  };
  readonly key: {
    readonly algorithm: string;
    /** Missing where the curve has no name. */
    readonly curve: string | undefined;
    /** 0 for other keys. */
    readonly rsaBits: number;
  };
  readonly extensions: ReadonlyMap<string, Extension>;
  /** Whether keyUsage allows what TLS does. */
  readonly signs: boolean;
}

interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

interface Node {
  readonly tag: number;
  readonly value: Uint8Array;
}

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BITS = 0x03;
const OCTETS = 0x04;
const OID = 0x06;
const SEQUENCE = 0x30;
const SET = 0x31;
const UTF8 = 0x0c;
/** Strings of UTF-8, ASCII and its parts, T.61 and UTF-16; also bits, for an identifier. */
const TEXTS = [UTF8, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1c, 0x1e, BITS];

/** Whether it is one value, and nothing behind it. */
export function isOne(der: Uint8Array): boolean {
  try {
    return nodes(der).length === 1;
  } catch {
    return false; // It is not DER.
  }
}

/** @throws {Error} it is not well-formed */
export function readCertificate(der: Uint8Array): Certificate {
  const outer = nodes(der);
  if (outer.length !== 1) throw malformed("one certificate");
  const [tbs, algorithm, signed, ...rest] = inside(outer[0]);
  if (signed?.tag !== BITS || signed.value[0] !== 0 || rest.length > 0) {
    throw malformed("a certificate");
  }
  const fields = inside(tbs);
  const isV3 = fields[0]?.tag === 0xa0 && isVersion3(fields.shift()!);
  const [serial, inner, issuer, validity, subject, key, ...optional] = fields;
  const times = inside(validity);
  if (serial?.tag !== INTEGER || times.length !== 2 || !times.every(isTime)) {
    throw malformed("a certificate");
  }
  // Identifiers of the two sides, which nothing uses, and extensions.
  if (!optional.every(({ tag }) => [0x81, 0x82, 0xa3].includes(tag))) {
    throw malformed("a certificate");
  }
  inside(inner);
  if (!same(inner.value, algorithm.value)) {
    throw new Error("it names two algorithms for its signature");
  }
  for (const name of [issuer, subject]) inside(name).forEach(checkNamePart);
  const extensions = readExtensions(optional);
  if (extensions.size > 0 && !isV3) throw malformed("a certificate");
  for (const [oid, { name, fits }] of Object.entries(SHAPES)) {
    const extension = extensions.get(oid);
    if (extension !== undefined && !isShaped(extension, fits)) {
      throw new Error(`its ${name} cannot be read`);
    }
  }
  return {
    isSelfIssued: same(issuer.value, subject.value),
    signature: readSignature(algorithm),
    key: readKey(key),
    extensions,
    signs: signs(extensions.get(KEY_USAGE)),
  };
}

const KEY_USAGE = "2.5.29.15";

/** How what runtimes read has to be (RFC 5280 §4.2.1). */
const SHAPES: {
  readonly [oid: string]: { name: string; fits(value: Node): boolean };
} = {
  [KEY_USAGE]: {
    name: "keyUsage",
    fits: ({ tag, value }) => tag === BITS && value.length > 1 && value[0] < 8,
  },
  "2.5.29.17": {
    name: "subjectAltName",
    fits: (names) => all(names, ({ tag }) => tag >> 6 === 2),
  },
  "2.5.29.19": {
    name: "basicConstraints",
    fits(constraints) {
      const tags = inside(constraints).map(({ tag }) => tag).join();
      return ["", `${BOOLEAN}`, `${INTEGER}`, `${BOOLEAN},${INTEGER}`]
        .includes(tags);
    },
  },
  "2.5.29.30": {
    name: "nameConstraints",
    fits: (trees) => all(trees, ({ tag }) => tag === 0xa0 || tag === 0xa1),
  },
  "2.5.29.31": {
    name: "cRLDistributionPoints",
    fits: (points) => all(points, ({ tag }) => tag === SEQUENCE),
  },
  "2.5.29.37": {
    name: "extKeyUsage",
    fits: (purposes) => all(purposes, (purpose) => oid(purpose) !== ""),
  },
};

/** Whether a SEQUENCE holds something, all of which fits. */
function all(sequence: Node, fits: (node: Node) => boolean): boolean {
  const found = inside(sequence);
  return found.length > 0 && found.every(fits);
}

function isShaped(
  { value }: Extension,
  fits: (value: Node) => boolean,
): boolean {
  try {
    const found = nodes(value);
    return found.length === 1 && fits(found[0]);
  } catch {
    return false; // It is not DER.
  }
}

/** Whether the first bit is set, digitalSignature. */
function signs(usage: Extension | undefined): boolean {
  return usage === undefined || (usage.value[3] & 0x80) !== 0;
}

function readSignature(algorithm: Node): Certificate["signature"] {
  const [name, parameters] = inside(algorithm);
  // SHA-1 is what is meant where nothing is said (RFC 4055 §3.1).
  let pssHash = "1.3.14.3.2.26";
  if (parameters?.tag === SEQUENCE) {
    const [hash] = nodes(parameters.value);
    if (hash?.tag === 0xa0) pssHash = oid(inside(nodes(hash.value)[0])[0]);
  }
  return { algorithm: oid(name), pssHash };
}

function readKey(info: Node): Certificate["key"] {
  const [algorithm, bits] = inside(info);
  const [name, parameters] = inside(algorithm);
  if (bits?.tag !== BITS || bits.value[0] !== 0) throw malformed("a key");
  let rsaBits = 0;
  if (oid(name).startsWith("1.2.840.113549.1.1.")) {
    const [modulus] = inside(nodes(bits.value.subarray(1))[0]);
    const digits = modulus.value.subarray(modulus.value[0] === 0 ? 1 : 0);
    rsaBits = digits.length * 8 - Math.clz32(digits[0]) + 24;
  }
  return {
    algorithm: oid(name),
    curve: parameters?.tag === OID ? oid(parameters) : undefined,
    rsaBits,
  };
}

function readExtensions(optional: readonly Node[]): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  const given = optional.find(({ tag }) => tag === 0xa3);
  if (given === undefined) return extensions;
  for (const extension of inside(nodes(given.value)[0])) {
    const [name, ...rest] = inside(extension);
    const value = rest.pop();
    if (value?.tag !== OCTETS || rest.length > 1) {
      throw malformed("an extension");
    }
    const [critical] = rest;
    // DER leaves out what is the default, and has one way to say "true".
    if (critical && !(critical.tag === BOOLEAN && critical.value[0] === 0xff)) {
      throw malformed("an extension");
    }
    if (extensions.has(oid(name))) {
      throw new Error(`it has the extension ${oid(name)} twice`);
    }
    extensions.set(oid(name), {
      critical: critical !== undefined,
      value: value.value,
    });
  }
  return extensions;
}

/** Whether it is the third version; the second is of no use to TLS. */
function isVersion3({ value }: Node): boolean {
  const [version, ...rest] = nodes(value);
  if (version?.tag !== INTEGER || rest.length > 0) throw malformed("a version");
  return version.value.length === 1 && version.value[0] === 2;
}

/** UTCTime or GeneralizedTime, to the second (RFC 5280 §4.1.2.5). */
function isTime({ tag, value }: Node): boolean {
  const digits = { 0x17: 12, 0x18: 14 }[tag];
  return value.length - 1 === digits && value[digits] === 0x5a &&
    value.subarray(0, digits).every((byte) => byte >= 0x30 && byte <= 0x39);
}

/** One part of a name: its attributes, each a kind and a text (RFC 5280 §4.1.2.4). */
function checkNamePart({ tag, value }: Node): void {
  const attributes = nodes(value);
  if (tag !== SET || attributes.length === 0) throw malformed("a certificate");
  for (const attribute of attributes) {
    const [kind, text, ...more] = inside(attribute);
    oid(kind);
    if (text === undefined || more.length > 0 || !TEXTS.includes(text.tag)) {
      throw malformed("a certificate");
    }
    if (text.tag === UTF8 && !isUtf8(text.value)) throw malformed("UTF-8");
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** What a SEQUENCE holds. */
function inside(node: Node | undefined): Node[] {
  if (node?.tag !== SEQUENCE) throw malformed("a certificate");
  return nodes(node.value);
}

/** All that stands one behind the other (X.690 §8.1, §10.1). */
function nodes(der: Uint8Array): Node[] {
  const found: Node[] = [];
  for (let at = 0; at < der.length;) {
    const tag = der[at++];
    let length = der[at++];
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size < 1 || size > 3 || der[at] === 0) throw malformed("DER");
      length = 0;
      for (let i = 0; i < size; i++) length = length << 8 | der[at++];
      if (length < 0x80) throw malformed("DER");
    }
    // `NaN` or `undefined` where it has ended before.
    if ((tag & 0x1f) === 0x1f || !(at + length <= der.length)) {
      throw malformed("DER");
    }
    found.push({ tag, value: der.subarray(at, at + length) });
    at += length;
  }
  return found;
}

/** An object identifier as it is written (X.690 §8.19). */
function oid(node: Node | undefined): string {
  if (node?.tag !== OID || node.value.length === 0) throw malformed("DER");
  const numbers: number[] = [];
  let number: number | undefined;
  for (const byte of node.value) {
    // No number begins with a zero.
    if (number === undefined && byte === 0x80) throw malformed("DER");
    number = (number ?? 0) * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(number);
      number = undefined;
    }
  }
  if (number !== undefined) throw malformed("DER");
  const [both, ...rest] = numbers;
  const first = Math.min(2, Math.floor(both / 40));
  return [first, both - 40 * first, ...rest].join(".");
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function malformed(what: string): Error {
  return new Error(`what it holds is not ${what}`);
}
