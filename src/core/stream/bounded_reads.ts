/**
 * The reads that wait for what they need: their arguments, checked, and their needs.
 *
 * @module
 */
import type {
  BoundedReadOptions,
  Chunk,
  ReadLineOptions,
  WaitOptions,
} from "../../api/stream.ts";
import { checkNumber } from "../options/check_number.ts";
import {
  checkNames,
  type OptionNames,
  OPTIONS,
} from "../options/option_names.ts";
import { ownOption } from "../options/own_options.ts";
import { checkFlag } from "../options/stream.ts";
import { checkLimits } from "../wait/pending_call.ts";
import { bytesWanted, isBytes, isLost, lostRoom } from "./bytes.ts";
import { Exactly, Line, Peek, Until } from "./needs.ts";
import type { ReadQueue } from "./read_queue.ts";

const LINE_BYTES = 65_536;
const EXACT_BYTES = 16 * 1024 * 1024;

/** See `Conn.readExactly`. */
export async function readExactly(
  reads: ReadQueue,
  size: number | Uint8Array,
  options?: BoundedReadOptions,
): Promise<Uint8Array | null> {
  const { maxBytes, limits } = bounded(
    options,
    OPTIONS.boundedRead,
    EXACT_BYTES,
  );
  if (typeof size !== "number" && !isBytes(size)) {
    throw bytesWanted(
      "read exactly",
      size,
      "a number of bytes, or a Uint8Array to fill",
    );
  }
  const into = typeof size === "number" ? undefined : size;
  if (into !== undefined && isLost(into)) throw lostRoom("read");
  const bytes = sizeOf("read exactly", into?.byteLength ?? size, 0, maxBytes);
  if (bytes === 0) return into ?? new Uint8Array(0);
  return await reads.readNeeded(new Exactly(bytes, into), limits);
}

/** See `Conn.peek`. */
export async function peek(
  reads: ReadQueue,
  size: number,
  options?: BoundedReadOptions,
): Promise<Chunk | null> {
  const { maxBytes, limits } = bounded(
    options,
    OPTIONS.boundedRead,
    EXACT_BYTES,
  );
  const bytes = sizeOf("peek at", size, 1, maxBytes);
  return await reads.readNeeded(new Peek(bytes), limits);
}

/** See `Conn.readUntil`. */
export async function readUntil(
  reads: ReadQueue,
  delimiter: Uint8Array | string,
  options?: BoundedReadOptions,
): Promise<Chunk | null> {
  const { maxBytes, limits } = bounded(
    options,
    OPTIONS.boundedRead,
    LINE_BYTES,
  );
  const bytes = typeof delimiter === "string"
    ? new TextEncoder().encode(delimiter)
    : delimiter;
  if (!isBytes(bytes)) {
    throw bytesWanted("read until", delimiter, "a Uint8Array, or a string");
  }
  if (bytes.byteLength === 0) {
    throw new RangeError(
      "Cannot read until a delimiter of no bytes: give 1 byte or more",
    );
  }
  // Copied: the caller may change its bytes while the read waits.
  return await reads.readNeeded(new Until(bytes.slice(), maxBytes), limits);
}

/** See `Conn.readLine`. */
export function readLine(
  reads: ReadQueue,
  options?: ReadLineOptions,
): Promise<string | null> {
  try {
    const { maxBytes, limits } = bounded(options, OPTIONS.readLine, LINE_BYTES);
    const fatal = options === undefined
      ? false
      : checkFlag("fatal", ownOption(options, "fatal"), false);
    return reads.readNeeded(new Line(maxBytes, fatal), limits);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** See `Conn.lines`. Hand-written: an async generator costs three microtasks per line. */
export class Lines implements AsyncIterableIterator<string> {
  readonly #reads: ReadQueue;
  readonly #options: ReadLineOptions | undefined;
  #isOver = false;

  constructor(reads: ReadQueue, options: ReadLineOptions | undefined) {
    this.#reads = reads;
    this.#options = options;
  }

  next(): Promise<IteratorResult<string, undefined>> {
    return this.#isOver
      ? this.return()
      : readLine(this.#reads, this.#options).then(this.#read, this.#failed);
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#isOver = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<string> {
    return this;
  }

  readonly #read = (line: string | null): IteratorResult<string, undefined> => {
    if (line !== null) return { done: false, value: line };
    this.#isOver = true;
    return { done: true, value: undefined };
  };

  readonly #failed = (error: unknown): never => {
    this.#isOver = true;
    throw error;
  };
}

function bounded(
  options: BoundedReadOptions | undefined,
  names: OptionNames,
  byDefault: number,
): { maxBytes: number; limits: WaitOptions | undefined } {
  if (options === undefined) return { maxBytes: byDefault, limits: undefined };
  checkNames(options, names, "read");
  const isLimited = checkLimits(options);
  const given = ownOption(options, "maxBytes");
  const maxBytes = given === undefined
    ? byDefault
    : checkNumber("read with maxBytes", given, { least: 1 });
  return { maxBytes, limits: isLimited ? options : undefined };
}

function sizeOf(
  doing: string,
  size: unknown,
  least: number,
  maxBytes: number,
): number {
  const bytes = checkNumber(`${doing} this number of bytes,`, size, { least });
  if (bytes <= maxBytes) return bytes;
  throw new RangeError(
    `Cannot ${doing} ${bytes} bytes: maxBytes is ${maxBytes}; give fewer, or a larger maxBytes`,
  );
}
