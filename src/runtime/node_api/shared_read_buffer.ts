/**
 * Reads the bytes of all sockets into one shared buffer, by Node's option `onread`.
 *
 * To allocate and free 64 KiB for each message costs a quarter of Node's work for it.
 * Each socket's bytes are processed before the next socket reads. A large chunk is
 * passed on with its buffer, and the socket reads into a new one. A copy would cost as
 * much as it saves.
 *
 * Node has the option for sockets that connect, but not for accepted ones. On these,
 * this module sets the private fields that the option sets, if this Node has them (seen
 * with 24). Otherwise they are read as usual.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";
import type { Chunk } from "../../api/stream.ts";
import { HAS_FALSE_EOF } from "./false_eof.ts";

/** The size of Node's own read buffers. */
const BUFFER_BYTES = 64 * 1024;

/** From this length, a chunk is passed on with its buffer. */
const LARGE_CHUNK_BYTES = 48 * 1024;

/**
 * Not with false EOF, whose detection needs Node's own queue. Not on Windows, which
 * fills the buffers of several sockets at a time.
 */
const POSSIBLE = !HAS_FALSE_EOF && process.platform !== "win32";

let inUse = false;

/**
 * Enables the shared buffer. Bun's adapter does not: Bun reads 512 KiB at once, which
 * would be copied in eight pieces.
 */
export function useSharedReadBuffer(): void {
  inUse = POSSIBLE;
}

/** The receiver of a socket's bytes. */
export interface Taker {
  /** What the pending read takes: bytes into its buffer, or a chunk to keep. */
  readonly wants: "bytes" | "chunk" | undefined;
  /**
   * @param owned Whether the receiver may keep the bytes; otherwise they are valid only
   *   during the call.
   */
  take(bytes: Chunk, owned: boolean): void;
}

/** The buffer of sockets whose last read did not fill one. */
let shared: Chunk | undefined;

/** The next buffer of the socket that has just read; `undefined` for the same buffer. */
let next: Chunk | undefined;

/** Called by Node after each read, and when the socket is created. */
const nextBuffer = () => next as Chunk;

/** Passes the bytes of a read to their receiver, and chooses the next buffer. */
export function passOn(taker: Taker, length: number, buffer: Chunk): true {
  const { wants } = taker;
  const lent = buffer === shared;
  if (length >= LARGE_CHUNK_BYTES && wants !== "bytes") {
    next = new Uint8Array(Buffer.allocUnsafeSlow(BUFFER_BYTES).buffer);
    taker.take(buffer.subarray(0, length), !lent);
  } else {
    next = lent ? undefined : shared;
    const keeps = wants === "chunk";
    taker.take(
      keeps ? buffer.slice(0, length) : buffer.subarray(0, length),
      keeps,
    );
  }
  return true;
}

/** Receives the bytes of a socket that is created with it. */
export class SharedReadBuffer {
  /** Set before the first read. */
  taker: Taker | undefined;

  /** Creates one, if the shared buffer is enabled. */
  static create(): SharedReadBuffer | undefined {
    return inUse ? new SharedReadBuffer() : undefined;
  }

  /** Returns the option `onread`; the socket must be created right afterwards. */
  onread(): OnReadOpts {
    next = shared ??= new Uint8Array(BUFFER_BYTES);
    return {
      buffer: nextBuffer,
      callback: (length, buffer) =>
        passOn(this.taker!, length, buffer as Chunk),
    };
  }
}

/** The option's `callback`, called with the socket as `this`. */
export type Callback = (this: Socket, length: number, buffer: Chunk) => true;

/** The symbols under which a socket keeps the parts of the option. */
interface Keys {
  readonly buffer: symbol;
  readonly callback: symbol;
  readonly nextBuffer: symbol;
}

/** `null` if they were not found. */
let keys: Keys | null | undefined;

/**
 * Makes an accepted socket read into the shared buffer, before its first read, and call
 * `callback`.
 *
 * @returns `false` if this is disabled or not supported.
 */
export function readWith(socket: Socket, callback: Callback): boolean {
  if (!inUse) return false;
  keys ??= findKeys();
  const { _handle: handle } = socket as unknown as {
    _handle: { useUserBuffer?(buffer: Chunk): void } | null;
  };
  if (keys === null || typeof handle?.useUserBuffer !== "function") {
    return false;
  }
  const kept = socket as unknown as Record<symbol, unknown>;
  kept[keys.buffer] = shared;
  kept[keys.callback] = callback;
  kept[keys.nextBuffer] = nextBuffer;
  handle.useUserBuffer(shared!);
  return true;
}

/** Finds the symbols, by sockets that are created with the option. */
function findKeys(): Keys | null {
  const { buffer: next, callback } = new SharedReadBuffer().onread();
  const keys = {
    buffer: keyOf(shared, { buffer: shared!, callback }),
    callback: keyOf(callback, { buffer: shared!, callback }),
    nextBuffer: keyOf(next, { buffer: next, callback }),
  };
  return Object.values(keys).includes(undefined) ? null : keys as Keys;
}

/** Returns the one symbol under which a socket created with `onread` keeps `part`. */
function keyOf(part: unknown, onread: OnReadOpts): symbol | undefined {
  // The types of Node 20 have the option for `connect` only.
  const probe = new Socket({ onread } as SocketConstructorOpts);
  const found = Object.getOwnPropertySymbols(probe).filter((symbol) =>
    (probe as unknown as Record<symbol, unknown>)[symbol] === part
  );
  probe.destroy();
  return found.length === 1 ? found[0] : undefined;
}
