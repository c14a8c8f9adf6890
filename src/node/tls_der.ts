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
  /** Whether its names can be read, if it has any. */
  readonly isNamed: boolean;
  /** Whether its basicConstraints can be read, if it has any. */
  readonly isConstrained: boolean;
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
  if (signed?.tag !== BITS || rest.length > 0) throw malformed("a certificate");
  const fields = inside(tbs);
  if (fields[0]?.tag === 0xa0) fields.shift(); // The version.
  const [serial, inner, issuer, validity, subject, key, ...optional] = fields;
  if (serial?.tag !== INTEGER || inside(validity).length !== 2) {
    throw malformed("a certificate");
  }
  if (!same(inner.value, algorithm.value)) {
    throw new Error("it names two algorithms for its signature");
  }
  inside(issuer);
  inside(subject);
  const extensions = readExtensions(optional);
  return {
    isSelfIssued: same(issuer.value, subject.value),
    signature: readSignature(algorithm),
    key: readKey(key),
    extensions,
    signs: readable(extensions, "2.5.29.15", ([usage]) => {
      const [unused, first] = usage.value;
      return usage.tag === BITS && unused < 8 && (first & 0x80) !== 0;
    }),
    isNamed: readable(extensions, "2.5.29.17", ([names]) => {
      const all = inside(names);
      return all.length > 0 && all.every(({ tag }) => tag >> 6 === 2);
    }),
    isConstrained: readable(extensions, "2.5.29.19", ([constraints]) => {
      const [first, second, ...more] = inside(constraints).map(({ tag }) =>
        tag
      );
      return more.length === 0 && (first ?? BOOLEAN) <= INTEGER &&
        (second ?? INTEGER) === INTEGER;
    }),
  };
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
  if (bits?.tag !== BITS) throw malformed("a key");
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
  const all = optional.find(({ tag }) => tag === 0xa3);
  if (all === undefined) return extensions;
  for (const extension of inside(nodes(all.value)[0])) {
    const [name, ...rest] = inside(extension);
    const value = rest.pop();
    if (value?.tag !== OCTETS) throw malformed("an extension");
    if (extensions.has(oid(name))) {
      throw new Error(`it has the extension ${oid(name)} twice`);
    }
    extensions.set(oid(name), {
      critical: rest[0]?.tag === BOOLEAN && rest[0].value[0] !== 0,
      value: value.value,
    });
  }
  return extensions;
}

/** Whether an extension is as it has to be, or is not there. */
function readable(
  extensions: ReadonlyMap<string, Extension>,
  name: string,
  isRight: (value: Node[]) => boolean,
): boolean {
  const extension = extensions.get(name);
  if (extension === undefined) return true;
  try {
    const value = nodes(extension.value);
    return value.length === 1 && isRight(value);
  } catch {
    return false; // It is not DER.
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
  let number = 0;
  for (const byte of node.value) {
    number = number * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(number);
      number = 0;
    }
  }
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
