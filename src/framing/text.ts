/**
 * Frames of text: lines, lines of JSON, netstrings, and bytes before a delimiter.
 *
 * @module
 */
import type { Chunk, Writable } from "../api/stream.ts";
import { checkNumber } from "../core/options/check_number.ts";
import { shown } from "../core/shown.ts";
import { bytesWanted, encoded, isBytes } from "../core/stream/bytes.ts";
import { DelimiterSearch } from "../core/stream/delimiter.ts";
import {
  type Codec,
  copyOf,
  type Decoded,
  type Frame,
  FramingError,
} from "./codec.ts";

/** The limit of a codec. */
export interface LimitOptions {
  /** The most bytes of a message, 1 or more. Defaults to 65,536. */
  maxBytes?: number | undefined;
}

const DEFAULT_MAX_BYTES = 65_536;

/**
 * Makes a codec of bytes that end with a delimiter, which is no part of a message.
 *
 * @param delimiter 1 byte or more; a string stands for its UTF-8.
 * @throws {TypeError | RangeError} an argument that makes no sense
 */
export function delimited(
  delimiter: Uint8Array | string,
  options: LimitOptions = {},
): Codec<Uint8Array> {
  const bytes = typeof delimiter === "string" ? encoded(delimiter) : delimiter;
  if (!isBytes(bytes)) {
    throw bytesWanted("delimit by", delimiter, "a Uint8Array, or a string");
  }
  if (bytes.byteLength === 0) {
    throw new RangeError("Cannot delimit by no bytes: give 1 byte or more");
  }
  return new Delimited(bytes.slice(), limitOf(options));
}

function limitOf({ maxBytes = DEFAULT_MAX_BYTES }: LimitOptions): number {
  return checkNumber("use maxBytes", maxBytes, { least: 1 });
}

class Delimited implements Codec<Uint8Array> {
  readonly maxBytes: number;
  readonly delimiter: Uint8Array;
  readonly #maxMessage: number;

  constructor(delimiter: Uint8Array, maxMessage: number) {
    this.delimiter = delimiter;
    this.#maxMessage = maxMessage;
    this.maxBytes = maxMessage + delimiter.byteLength;
  }

  decode(bytes: Uint8Array): Decoded<Chunk> {
    const size = new DelimiterSearch(this.delimiter).find(bytes);
    const message = size - this.delimiter.byteLength;
    if (size === -1) {
      if (bytes.byteLength < this.maxBytes) return { missing: 1 };
    } else if (message <= this.#maxMessage) {
      return { message: copyOf(bytes.subarray(0, message)), size };
    }
    throw new FramingError(
      "EMSGSIZE",
      `no delimiter within maxBytes, ${this.#maxMessage} bytes`,
    );
  }

  encode(message: Uint8Array): readonly Uint8Array[] {
    if (message.byteLength > this.#maxMessage) {
      throw new FramingError(
        "EMSGSIZE",
        `the message has ${message.byteLength} bytes, and maxBytes is ${this.#maxMessage}`,
      );
    }
    if (new DelimiterSearch(this.delimiter).find(message) !== -1) {
      throw new FramingError("EBADMSG", "the message holds the delimiter");
    }
    return [message, this.delimiter];
  }
}

/**
 * Makes a codec of lines of UTF-8, which end with LF or CRLF; LF is sent. The last line
 * may have no end of line.
 *
 * @throws {TypeError | RangeError} an option that makes no sense
 */
export function lines(options: LimitOptions = {}): Codec<string> {
  return new Lines(limitOf(options));
}

/** An LF, which no message of a line may hold. */
const LF = 10;
const CR = 13;
const NEWLINE = new Uint8Array([LF]);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

class Lines implements Codec<string> {
  readonly maxBytes: number;
  readonly delimiter = NEWLINE;
  readonly #maxMessage: number;

  constructor(maxMessage: number) {
    this.#maxMessage = maxMessage;
    // CRLF behind it.
    this.maxBytes = maxMessage + 2;
  }

  decode(bytes: Uint8Array): Decoded<string> {
    const end = bytes.indexOf(LF);
    if (end === -1 && bytes.byteLength < this.maxBytes) return { missing: 1 };
    const line = bytes.subarray(0, end === -1 ? bytes.byteLength : end);
    return { message: this.#lineOf(line), size: end + 1 };
  }

  decodeEnd(bytes: Uint8Array): Frame<string> {
    return { message: this.#lineOf(bytes), size: bytes.byteLength };
  }

  /** The text before an LF, without its CR. */
  #lineOf(bytes: Uint8Array): string {
    const line = bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
    if (line.byteLength > this.#maxMessage) {
      throw new FramingError(
        "EMSGSIZE",
        `no end of line within maxBytes, ${this.#maxMessage} bytes`,
      );
    }
    return decoder.decode(line);
  }

  encode(message: string): readonly Writable[] {
    const bytes = encoded(message);
    if (bytes.includes(LF)) {
      throw new FramingError("EBADMSG", "the line holds an end of line");
    }
    if (bytes.byteLength > this.#maxMessage) {
      throw new FramingError(
        "EMSGSIZE",
        `the line has ${bytes.byteLength} bytes, and maxBytes is ${this.#maxMessage}`,
      );
    }
    return [bytes, "\n"];
  }
}

/**
 * Makes a codec of values as lines of JSON (JSON Lines). A line that is no JSON rejects
 * one `receive()`, and the next one goes on behind it; so does an empty line.
 *
 * @throws {TypeError | RangeError} an option that makes no sense
 */
export function jsonLines<T = unknown>(options: LimitOptions = {}): Codec<T> {
  return new JsonLines<T>(limitOf(options));
}

class JsonLines<T> implements Codec<T> {
  readonly maxBytes: number;
  readonly delimiter = NEWLINE;
  readonly #lines: Lines;

  constructor(maxMessage: number) {
    this.#lines = new Lines(maxMessage);
    this.maxBytes = this.#lines.maxBytes;
  }

  decode(bytes: Uint8Array): Decoded<T> {
    const found = this.#lines.decode(bytes);
    return "message" in found ? parsed(found) : found;
  }

  decodeEnd(bytes: Uint8Array): Frame<T> {
    return parsed(this.#lines.decodeEnd(bytes));
  }

  encode(message: T): readonly Writable[] {
    const line = JSON.stringify(message);
    if (line === undefined) {
      throw new FramingError("EBADMSG", "the value has no JSON, as undefined");
    }
    return this.#lines.encode(line);
  }
}

/** The value of a line. */
function parsed<T>(line: Frame<string>): Frame<T> {
  if ("error" in line) return line;
  const { message, size } = line;
  try {
    return { message: JSON.parse(message), size };
  } catch (cause) {
    const reason = `the line ${shown(message)} is not JSON`;
    return { error: new FramingError("EBADMSG", reason, { cause }), size };
  }
}

/**
 * Makes a codec of netstrings: `5:hello,` (D. J. Bernstein, 1997).
 *
 * @throws {TypeError | RangeError} an option that makes no sense
 */
export function netstrings(options: LimitOptions = {}): Codec<Uint8Array> {
  return new Netstrings(limitOf(options));
}

const COLON = 58;
const COMMA = 44;
const [ZERO, NINE] = [48, 57];

class Netstrings implements Codec<Uint8Array> {
  readonly maxBytes: number;
  readonly #maxMessage: number;

  constructor(maxMessage: number) {
    this.#maxMessage = maxMessage;
    this.maxBytes = String(maxMessage).length + maxMessage + 2;
  }

  decode(bytes: Uint8Array): Decoded<Chunk> {
    let length = 0;
    let at = 0;
    for (; at < bytes.byteLength && bytes[at] !== COLON; at++) {
      const byte = bytes[at];
      if (byte < ZERO || byte > NINE || at > 0 && bytes[0] === ZERO) {
        throw new FramingError("EBADMSG", "a netstring has a malformed length");
      }
      length = length * 10 + byte - ZERO;
      if (length > this.#maxMessage) {
        throw new FramingError(
          "EMSGSIZE",
          `a netstring over maxBytes, ${this.#maxMessage} bytes, comes`,
        );
      }
    }
    if (at === bytes.byteLength) return { missing: 1 };
    if (at === 0) {
      throw new FramingError("EBADMSG", "a netstring has no length");
    }
    const size = at + 1 + length + 1;
    if (bytes.byteLength < size) return { missing: size - bytes.byteLength };
    if (bytes[size - 1] !== COMMA) {
      throw new FramingError("EBADMSG", "a netstring ends without a comma");
    }
    return { message: copyOf(bytes.subarray(at + 1, size - 1)), size };
  }

  encode(message: Uint8Array): readonly Writable[] {
    if (message.byteLength > this.#maxMessage) {
      throw new FramingError(
        "EMSGSIZE",
        `the message has ${message.byteLength} bytes, and maxBytes is ${this.#maxMessage}`,
      );
    }
    return [`${message.byteLength}:`, message, ","];
  }
}
