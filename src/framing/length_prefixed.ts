/**
 * Frames behind their length: a number of 1, 2, 3, 4 or 8 bytes, or a varint.
 *
 * @module
 */
import { checkNumber } from "../core/options/check_number.ts";
import { checkFlag } from "../core/options/stream.ts";
import { shown } from "../core/shown.ts";
import type { Chunk } from "../api/stream.ts";
import { type Codec, copyOf, type Decoded, FramingError } from "./codec.ts";

/** How {@linkcode lengthPrefixed} lays out frames. */
export interface LengthPrefixedOptions {
  /**
   * The size of the length field: 1, 2, 3, 4 or 8 bytes, or `"varint"`, an unsigned
   * LEB128 of at most 10 bytes, as Protocol Buffers use. Defaults to 4.
   */
  bytes?: 1 | 2 | 3 | 4 | 8 | "varint" | undefined;
  /** Whether the least significant byte is first. Off by default: network order. */
  littleEndian?: boolean | undefined;
  /** Whether the length counts its own field, and the bytes before it. Off by default. */
  includesLength?: boolean | undefined;
  /** Bytes before the length field, which belong to the message. Defaults to 0. */
  offset?: number | undefined;
  /** Added to the length that is received, subtracted from the one sent. Defaults to 0. */
  adjust?: number | undefined;
  /** The most bytes of a message, 1 or more. Defaults to 1,048,576. */
  maxBytes?: number | undefined;
}

const DEFAULT_MAX_BYTES = 1 << 20;
const MAX_VARINT_BYTES = 10;
const FIXED = [1, 2, 3, 4, 8];

/**
 * Makes a codec of frames behind their length. A message is the bytes behind the length
 * field; with `offset`, the bytes before it come first in the message.
 *
 * @throws {TypeError | RangeError} an option that makes no sense
 */
export function lengthPrefixed(
  options: LengthPrefixedOptions = {},
): Codec<Uint8Array> {
  const { bytes = 4, littleEndian, includesLength, offset = 0, adjust = 0 } =
    options;
  if (bytes !== "varint" && !FIXED.includes(bytes)) {
    throw new TypeError(
      `Cannot use length fields of ${
        shown(bytes)
      } bytes: give 1, 2, 3, 4, 8 or "varint"`,
    );
  }
  return new LengthPrefixed({
    field: bytes,
    littleEndian: checkFlag("littleEndian", littleEndian, false),
    includesLength: checkFlag("includesLength", includesLength, false),
    offset: checkNumber("use offset", offset, { least: 0, most: 65_536 }),
    adjust: checkNumber("use adjust", adjust, { least: -65_536, most: 65_536 }),
    maxMessage: checkNumber(
      "use maxBytes",
      options.maxBytes ?? DEFAULT_MAX_BYTES,
      { least: 1 },
    ),
  });
}

interface Layout {
  readonly field: number | "varint";
  readonly littleEndian: boolean;
  readonly includesLength: boolean;
  readonly offset: number;
  readonly adjust: number;
  readonly maxMessage: number;
}

class LengthPrefixed implements Codec<Uint8Array> {
  readonly maxBytes: number;
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
    const { field, maxMessage } = layout;
    this.maxBytes = maxMessage +
      (field === "varint" ? MAX_VARINT_BYTES : field);
  }

  decode(bytes: Uint8Array): Decoded<Chunk> {
    const { field, offset, includesLength, adjust, maxMessage } = this.#layout;
    const length = field === "varint"
      ? readVarint(bytes, offset)
      : readFixed(bytes, offset, field, this.#layout.littleEndian);
    if (length === undefined) {
      const least = offset + (field === "varint" ? 1 : field);
      return { missing: Math.max(least - bytes.byteLength, 1) };
    }
    const head = offset + length.size;
    // A length beyond 2^53 is inexact here, and above every limit.
    const body = Number(length.value) + adjust - (includesLength ? head : 0);
    if (body < 0) {
      throw new FramingError(
        "EBADMSG",
        `the length ${length.value} is below that of its own field`,
      );
    }
    if (offset + body > maxMessage) {
      throw new FramingError(
        "EMSGSIZE",
        `a message of ${
          offset + body
        } bytes comes, and maxBytes is ${maxMessage}`,
      );
    }
    const size = head + body;
    if (bytes.byteLength < size) return { missing: size - bytes.byteLength };
    if (offset === 0) {
      return { message: copyOf(bytes.subarray(head, size)), size };
    }
    const message = new Uint8Array(offset + body);
    message.set(bytes.subarray(0, offset));
    message.set(bytes.subarray(head, size), offset);
    return { message, size };
  }

  encode(message: Uint8Array): readonly Uint8Array[] {
    const { field, offset, includesLength, adjust, maxMessage, littleEndian } =
      this.#layout;
    const { byteLength } = message;
    if (byteLength > maxMessage) {
      throw new FramingError(
        "EMSGSIZE",
        `the message has ${byteLength} bytes, and maxBytes is ${maxMessage}`,
      );
    }
    if (byteLength < offset) {
      throw new FramingError(
        "EBADMSG",
        `the message has ${byteLength} bytes, and ${offset} stand before its length`,
      );
    }
    const body = byteLength - offset - adjust;
    const length = field === "varint"
      ? varint(body, includesLength ? offset : undefined)
      : fixed(
        body + (includesLength ? offset + field : 0),
        field,
        littleEndian,
      );
    if (offset === 0) return [length, message];
    return [message.subarray(0, offset), length, message.subarray(offset)];
  }
}

interface Length {
  readonly value: number | bigint;
  readonly size: number;
}

function readFixed(
  bytes: Uint8Array,
  at: number,
  size: number,
  littleEndian: boolean,
): Length | undefined {
  if (bytes.byteLength < at + size) return undefined;
  let value = 0;
  for (let i = 0; i < size; i++) {
    value = value * 256 + bytes[at + (littleEndian ? size - 1 - i : i)];
  }
  return { value, size };
}

function readVarint(bytes: Uint8Array, at: number): Length | undefined {
  let value = 0;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    if (at + i >= bytes.byteLength) return undefined;
    const byte = bytes[at + i];
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, size: i + 1 };
  }
  throw new FramingError(
    "EBADMSG",
    `a varint has more than ${MAX_VARINT_BYTES} bytes`,
  );
}

function fixed(
  value: number,
  size: number,
  littleEndian: boolean,
): Uint8Array {
  if (value < 0 || value >= 256 ** size) {
    throw new FramingError(
      "EMSGSIZE",
      `the length ${value} does not fit into ${size} bytes`,
    );
  }
  const bytes = new Uint8Array(size);
  let left = value;
  for (let i = size - 1; i >= 0; i--) {
    bytes[littleEndian ? size - 1 - i : i] = left % 256;
    left = Math.floor(left / 256);
  }
  return bytes;
}

/** @param included The bytes that the length counts beside its own; none if `undefined`. */
function varint(body: number, included: number | undefined): Uint8Array {
  const write = (value: number) => {
    const bytes: number[] = [];
    let left = value;
    do {
      const rest = Math.floor(left / 128);
      bytes.push((left % 128) | (rest > 0 ? 0x80 : 0));
      left = rest;
    } while (left > 0);
    return new Uint8Array(bytes);
  };
  if (body < 0) {
    throw new FramingError("EBADMSG", `the length ${body} is below 0`);
  }
  if (included === undefined) return write(body);
  // The length counts its own bytes, whose number depends on it.
  for (let size = 1;; size++) {
    const bytes = write(body + included + size);
    if (bytes.byteLength <= size) return bytes;
  }
}
