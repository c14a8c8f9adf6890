/**
 * A strict reader of DER (X.690 §8 to §11), for certificates.
 *
 * Each value has exactly one encoding in DER. Any other is refused, so that all readers
 * decode the same bytes alike.
 *
 * @module
 */

/** Universal tags, including the bit of constructed ones (X.690 §8.1.2). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Returns the tag of a context-specific element `[number]`. */
export function contextTag(number: number, constructed: boolean): number {
  return 0x80 | (constructed ? 0x20 : 0) | number;
}

/** Bytes that are not DER, or not the expected DER. */
export class DerError extends Error {}

/** Reads the elements of a range of bytes, in order. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  /** Whether all bytes have been read. */
  get done(): boolean {
    return this.#at === this.#end;
  }

  /** The tag of the next element; -1 at the end. */
  get tag(): number {
    return this.done ? -1 : this.#bytes[this.#at];
  }

  /** The remaining bytes, as a view. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#end);
  }

  /** Reads an element. @returns Its contents. */
  read(tag: number): DerReader {
    if (this.tag !== tag) {
      throw new DerError(
        this.done
          ? `it ends where tag ${hex(tag)} is due`
          : `it has tag ${hex(this.tag)} where ${hex(tag)} is due`,
      );
    }
    return this.any();
  }

  /** Reads an element if it is the next one. */
  optional(tag: number): DerReader | undefined {
    return this.tag === tag ? this.any() : undefined;
  }

  /** Reads the next element, of any tag. @returns Its contents. */
  any(): DerReader {
    const from = this.#skipHead();
    return new DerReader(this.#bytes, from, this.#at);
  }

  /** Reads an element. @returns All of its bytes, including the header, as a view. */
  whole(tag: number): Uint8Array {
    const from = this.#at;
    this.read(tag);
    return this.#bytes.subarray(from, this.#at);
  }

  /** Requires that all bytes have been read. */
  end(): void {
    if (!this.done) throw new DerError("bytes follow where it has to end");
  }

  /** Reads a BOOLEAN (X.690 §11.1). */
  boolean(): boolean {
    const { rest } = this.read(TAG.boolean);
    if (rest.length !== 1 || (rest[0] !== 0 && rest[0] !== 0xff)) {
      throw new DerError("a BOOLEAN is neither 00 nor FF");
    }
    return rest[0] === 0xff;
  }

  /** Reads an INTEGER (X.690 §8.3). @returns Its bytes, in two's complement. */
  integer(): Uint8Array {
    const { rest } = this.read(TAG.integer);
    const isPadded = rest.length > 1 &&
      ((rest[0] === 0 && rest[1] < 0x80) ||
        (rest[0] === 0xff && rest[1] >= 0x80));
    if (rest.length === 0 || isPadded) {
      throw new DerError("an INTEGER is not in its shortest form");
    }
    return rest;
  }

  /** Reads an INTEGER in the range 0..2147483647. */
  count(): number {
    const bytes = this.integer();
    if (bytes[0] >= 0x80 || bytes.length > 4) {
      throw new DerError("an INTEGER is out of range");
    }
    return bytes.reduce((value, byte) => value << 8 | byte, 0);
  }

  /** Reads an OBJECT IDENTIFIER (X.690 §8.19). @returns In dotted decimals. */
  oid(): string {
    const { rest } = this.read(TAG.oid);
    const isWhole = rest.length > 0 && rest[rest.length - 1] < 0x80;
    const arcs: number[] = [];
    let value = 0;
    for (let at = 0; at < rest.length; at++) {
      // An arc starts after a byte without the continuation bit; a leading 0x80 is
      // padding.
      if (rest[at] === 0x80 && (at === 0 || rest[at - 1] < 0x80)) {
        throw new DerError("an OBJECT IDENTIFIER is malformed");
      }
      value = value * 128 + (rest[at] & 0x7f);
      if (rest[at] >= 0x80) continue;
      arcs.push(value);
      value = 0;
    }
    if (!isWhole) throw new DerError("an OBJECT IDENTIFIER is malformed");
    // An arc can be as long as a UUID. The OID is then represented by its bytes.
    if (arcs.some((arc) => arc > Number.MAX_SAFE_INTEGER)) {
      return `hex ${Array.from(rest, hex).join("")}`;
    }
    const [first, ...others] = arcs;
    const root = Math.min(2, Math.floor(first / 40));
    return [root, first - 40 * root, ...others].join(".");
  }

  /** Reads a BIT STRING (X.690 §11.2). @returns Its bytes; the unused bits are 0. */
  bits(): Uint8Array {
    const { rest } = this.read(TAG.bitString);
    const [unused] = rest;
    const used = rest.subarray(1);
    const spare = (1 << unused) - 1;
    if (
      rest.length === 0 || unused > (used.length === 0 ? 0 : 7) ||
      (used[used.length - 1] & spare) !== 0
    ) throw new DerError("a BIT STRING is malformed");
    return used;
  }

  /** Reads a BIT STRING of whole bytes, such as a key or a signature. */
  octets(): Uint8Array {
    const [unused] = new DerReader(this.#bytes, this.#at, this.#end)
      .read(TAG.bitString).rest;
    if (unused !== 0) {
      throw new DerError("a BIT STRING does not end with a whole byte");
    }
    return this.bits();
  }

  /**
   * Reads a UTCTime or GeneralizedTime (RFC 5280 §4.1.2.5). @returns Milliseconds since
   * 1970.
   */
  time(): number {
    const isShort = this.tag === TAG.utcTime;
    const { rest } = this.read(isShort ? TAG.utcTime : TAG.generalizedTime);
    const text = String.fromCharCode(...rest);
    const [, year, month, day, hour, minute, second] =
      (isShort
        ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
        : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(text)
        ?.map(Number) ?? [];
    if (year === undefined) throw new DerError("a time is malformed");
    const date = new Date(0);
    date.setUTCFullYear(
      isShort ? year + (year < 50 ? 2000 : 1900) : year,
      month - 1,
      day,
    );
    date.setUTCHours(hour, minute, second);
    // There is no February 30 and no hour 24.
    if (
      date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day ||
      date.getUTCHours() !== hour || date.getUTCMinutes() !== minute ||
      date.getUTCSeconds() !== second
    ) throw new DerError("a time is no time");
    return date.getTime();
  }

  /** Skips an element. @returns Where its contents begin. */
  #skipHead(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    const end = this.#end;
    if (at + 2 > end) throw new DerError("an element is cut short");
    if ((bytes[at++] & 0x1f) === 0x1f) {
      throw new DerError("a tag has more than one byte");
    }
    let length = bytes[at++];
    if (length >= 0x80) {
      const count = length & 0x7f;
      // 0 is the indefinite form, which DER forbids; no element here has 16 MiB.
      if (count === 0 || count > 3 || at + count > end) {
        throw new DerError("a length is malformed");
      }
      length = 0;
      for (let i = 0; i < count; i++) length = length << 8 | bytes[at++];
      if (length < 0x80 || length < 1 << 8 * (count - 1)) {
        throw new DerError("a length is not in its shortest form");
      }
    }
    if (at + length > end) throw new DerError("an element is cut short");
    this.#at = at + length;
    return at;
  }
}

/** Whether two ranges hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function hex(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(2, "0");
}
