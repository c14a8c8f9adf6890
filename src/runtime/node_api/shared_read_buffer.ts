/**
 * Reading without a buffer for each chunk.
 *
 * Node can be told to read into a buffer of ours (the option `onread`), which
 * all sockets share: what is in there is dealt with before the next one reads.
 * To allocate and free 64 KiB for each message costs a quarter of all that Node
 * does for it. Chunks that fill the buffer are handed on as they are, and the
 * socket reads into another one: to copy them would cost as much as it spares.
 *
 * Node takes the option for sockets that connect, and for those that it accepts
 * it has none. To them is done what the option would have done, if this Node
 * still keeps it in the way that was found in 24; otherwise they are read as usual.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";
import type { Chunk } from "../../api/stream.ts";
import { HAS_FALSE_EOF } from "./false_eof.ts";

/** As much as Node reads at once otherwise. */
const BUFFER_BYTES = 64 * 1024;

/** From here on a chunk is worth the buffer that it came in. */
const LARGE_CHUNK_BYTES = 48 * 1024;

/**
 * Not where a false end is to be kept out, which takes Node's own queue; nor on
 * Windows, which fills the buffers of several sockets at a time.
 */
const POSSIBLE = !HAS_FALSE_EOF && process.platform !== "win32";

let inUse = false;

/**
 * Lets sockets be read so. Bun does not: it reads 512 KiB at once, which it
 * would then copy in eight pieces.
 */
export function useSharedReadBuffer(): void {
  inUse = POSSIBLE;
}

/** What takes a socket's bytes. */
export interface Taker {
  /** What it waits for: bytes to copy into a buffer, or a chunk to keep. */
  readonly wants: "bytes" | "chunk" | undefined;
  /** @param owned Whether they may be kept; otherwise they are there during the call only. */
  take(bytes: Chunk, owned: boolean): void;
}

/** Where sockets read that have not lately filled a buffer. */
let shared: Chunk | undefined;

/** Where the socket that has just read reads next, unless into the same buffer. */
let next: Chunk | undefined;

/** Asked by Node after each read, and when the socket is made. */
const nextBuffer = () => next as Chunk;

/** Passes on what a socket has read, and chooses what it reads into next. */
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

/** Takes the bytes of a socket that is made with it. */
export class SharedReadBuffer {
  /** Set before there are any. */
  taker: Taker | undefined;

  /** An readBuffer, where there is to be one. */
  static create(): SharedReadBuffer | undefined {
    return inUse ? new SharedReadBuffer() : undefined;
  }

  /** What the socket is to be made with, right afterwards. */
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

/** Where a socket keeps the parts of the option. */
interface Keys {
  readonly buffer: symbol;
  readonly callback: symbol;
  readonly nextBuffer: symbol;
}

/** `null` where they were not found. */
let keys: Keys | null | undefined;

/**
 * Lets a socket that was accepted, and has not read yet, do so with `callback`.
 *
 * @returns Whether it does.
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

/** Looks where sockets that are made with the option keep it. */
function findKeys(): Keys | null {
  const { buffer: next, callback } = new SharedReadBuffer().onread();
  const keys = {
    buffer: keyOf(shared, { buffer: shared!, callback }),
    callback: keyOf(callback, { buffer: shared!, callback }),
    nextBuffer: keyOf(next, { buffer: next, callback }),
  };
  return Object.values(keys).includes(undefined) ? null : keys as Keys;
}

/** The one property of a socket made with `onread` that is `part` of it. */
function keyOf(part: unknown, onread: OnReadOpts): symbol | undefined {
  // The types for Node 20 have it for `connect` only.
  const probe = new Socket({ onread } as SocketConstructorOpts);
  const found = Object.getOwnPropertySymbols(probe).filter((symbol) =>
    (probe as unknown as Record<symbol, unknown>)[symbol] === part
  );
  probe.destroy();
  return found.length === 1 ? found[0] : undefined;
}
