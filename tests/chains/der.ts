/**
 * Writes DER (X.690), and what is no DER, for certificates under test.
 *
 * @module
 */

/** Encoded bytes. */
export type Der = Uint8Array<ArrayBuffer>;

/** Universal tags that certificates use. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Joins pieces. */
export function join(...pieces: readonly Uint8Array[]): Der {
  const whole = new Uint8Array(
    pieces.reduce((total, { length }) => total + length, 0),
  );
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Bytes given one by one. */
export function bytes(...values: readonly number[]): Der {
  return Uint8Array.from(values);
}

/** Bytes written as hexadecimal, blanks allowed. */
export function hex(text: string): Der {
  const digits = text.replace(/\s+/g, "");
  return Uint8Array.from(
    digits.match(/../g) ?? [],
    (pair) => parseInt(pair, 16),
  );
}

/** Text as bytes, one for each character: ISO 8859-1. */
export function latin1(text: string): Der {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** One element: tag, length, content. */
export function element(tag: number, ...content: readonly Uint8Array[]): Der {
  const body = join(...content);
  return join(bytes(tag), length(body.length), body);
}

/** The shortest length, as DER demands. */
function length(count: number): Der {
  if (count < 0x80) return bytes(count);
  const digits: number[] = [];
  for (let rest = count; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff);
  return bytes(0x80 | digits.length, ...digits);
}

/** An element whose length takes one octet more than it needs: BER, no DER. */
export function longElement(tag: number, content: Uint8Array): Der {
  const short = length(content.length);
  const digits = short.length === 1 ? short : short.subarray(1);
  return join(bytes(tag, 0x81 + digits.length, 0), digits, content);
}

/** An element of indefinite length: BER, no DER. */
export function indefiniteElement(tag: number, content: Uint8Array): Der {
  return join(bytes(tag, 0x80), content, bytes(0, 0));
}

/** What an element holds. */
export function contentOf(der: Uint8Array): Der {
  const first = der[1];
  return der.slice(first < 0x80 ? 2 : 2 + (first & 0x7f));
}

/** The elements within an element. */
export function partsOf(der: Uint8Array): Der[] {
  const parts: Der[] = [];
  let rest = contentOf(der);
  while (rest.length > 0) {
    const octets = rest[1] < 0x80 ? 0 : rest[1] & 0x7f;
    const count = octets === 0
      ? rest[1]
      : rest.subarray(2, 2 + octets).reduce((all, digit) => all * 256 + digit);
    const end = 2 + octets + count;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return parts;
}

export function sequence(...content: readonly Uint8Array[]): Der {
  return element(TAG.sequence, ...content);
}

export function set(...content: readonly Uint8Array[]): Der {
  return element(TAG.set, ...content);
}

/** A whole number from 0 to 2^31 - 1. */
export function integer(value: number): Der {
  const digits: number[] = [];
  for (let rest = value; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff);
  if (digits.length === 0 || digits[0] > 0x7f) digits.unshift(0);
  return element(TAG.integer, bytes(...digits));
}

export function boolean(value: boolean): Der {
  return element(TAG.boolean, bytes(value ? 0xff : 0));
}

export function octetString(...content: readonly Uint8Array[]): Der {
  return element(TAG.octetString, ...content);
}

/** A string of bits, of which the last octet leaves some unused. */
export function bitString(content: Uint8Array, unused = 0): Der {
  return element(TAG.bitString, bytes(unused), content);
}

export const NULL: Der = element(TAG.null);

/** An object identifier written with dots. */
export function oid(dotted: string): Der {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  return element(
    TAG.oid,
    join(...[first * 40 + second, ...rest].map(base128)),
  );
}

function base128(value: number): Der {
  const digits = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest >>>= 7) {
    digits.unshift((rest & 0x7f) | 0x80);
  }
  return bytes(...digits);
}

export function utf8String(text: string): Der {
  return element(TAG.utf8String, new TextEncoder().encode(text));
}

export function ia5String(text: string): Der {
  return element(TAG.ia5String, latin1(text));
}

/** A context-specific element that holds whole elements: `[number] EXPLICIT`. */
export function explicit(
  number: number,
  ...content: readonly Uint8Array[]
): Der {
  return element(0xa0 | number, ...content);
}

/** A context-specific element in place of a primitive one: `[number] IMPLICIT`. */
export function implicit(number: number, content: Uint8Array): Der {
  return element(0x80 | number, content);
}

/** `YYMMDDHHMMSSZ`: RFC 5280 §4.1.2.5.1, for the years 1950 to 2049. */
export function utcTime(date: Date | string): Der {
  return element(
    TAG.utcTime,
    latin1(typeof date === "string" ? date : digitsOf(date).slice(2)),
  );
}

/** `YYYYMMDDHHMMSSZ`: RFC 5280 §4.1.2.5.2, from the year 2050 on. */
export function generalizedTime(date: Date | string): Der {
  return element(
    TAG.generalizedTime,
    latin1(typeof date === "string" ? date : digitsOf(date)),
  );
}

/** A time in the form that RFC 5280 §4.1.2.5 asks for. */
export function time(date: Date): Der {
  return date.getUTCFullYear() < 2050 ? utcTime(date) : generalizedTime(date);
}

/** A date as its digits and a Z. */
export function digitsOf(date: Date): string {
  return date.toISOString().replace(/\.\d+|[^\dZ]/g, "");
}
