/**
 * The kinds of pending reads, and how each is served.
 *
 * @module
 */
import type { SocketError } from "../../api/errors.ts";
import type { Chunk } from "../../api/stream.ts";
import type { ErrorDetails } from "../errno.ts";
import { PendingCall } from "../wait/pending_call.ts";
import { lostRoomMeanwhile } from "./bytes.ts";
import type { Need } from "./needs.ts";
import type { Store } from "./store.ts";

/** A pending request for a chunk: of a call, or of a stream that pulls. */
export interface ChunkTaker {
  /** Absent: a chunk request has no buffer to fill. */
  readonly into?: undefined;
  resolve(chunk: Chunk | null): void;
  reject(error: unknown): void;
}

/** A pending call that reads into a buffer. */
export type ReadCall = PendingCall<number | null> & {
  readonly into: Uint8Array;
};

/** A pending call that reads a chunk. */
export type PendingChunk = PendingCall<Chunk | null> & ChunkTaker;

/** A pending call that waits for what it needs. */
export class NeedCall<T> extends PendingCall<T | null> {
  readonly need: Need<T>;

  constructor(need: Need<T>) {
    super();
    this.need = need;
  }
}

/** Any pending read. */
export type Reader = ReadCall | ChunkTaker | NeedCall<unknown>;

/** The end of reading: FIN (`null`) or an error. */
export type End = { readonly error: Error | null };

/** Fills the buffer of a pending read. @returns How many bytes it took. */
export function fill(call: ReadCall, bytes: Uint8Array): number {
  const { into } = call;
  const room = into.byteLength;
  if (room === 0) {
    call.reject(lostRoomMeanwhile("read"));
    return 0;
  }
  const taken = Math.min(room, bytes.byteLength);
  into.set(taken === bytes.byteLength ? bytes : bytes.subarray(0, taken));
  call.resolve(taken);
  return taken;
}

/** Serves a read of stored bytes. @returns How many it took. */
export function serveFrom(store: Store, reader: ReadCall | ChunkTaker): number {
  if (reader.into === undefined) {
    const chunk = store.takeChunk();
    reader.resolve(chunk);
    return chunk.byteLength;
  }
  if (reader.into.byteLength === 0) {
    reader.reject(lostRoomMeanwhile("read"));
    return 0;
  }
  const taken = store.take(reader.into);
  reader.resolve(taken);
  return taken;
}

/**
 * The size of what a read needs: `undefined` while it waits, `null` at EOF without a
 * byte.
 *
 * @param fail Makes an error of the connection.
 * @throws {SocketError} EMSGSIZE, over `maxBytes`; EOF, too few; or the end's error
 */
export function sizeOf(
  need: Need<unknown>,
  store: Store | undefined,
  end: End | undefined,
  fail: (code: string, details: ErrorDetails) => SocketError,
): number | null | undefined {
  const stored = store?.bytes ?? 0;
  if (stored > 0) {
    const size = need.find(store!);
    if (size !== undefined && size <= need.maxBytes) return size;
    if (size !== undefined || stored >= need.maxBytes) {
      throw fail("EMSGSIZE", {
        reason:
          `no end within maxBytes, ${need.maxBytes} bytes; the bytes stay for the next read`,
      });
    }
  }
  if (end === undefined) return undefined;
  if (end.error !== null) throw end.error;
  if (stored === 0) return null;
  const size = need.atEnd(store!);
  if (size !== undefined) return size;
  throw fail("EOF", {
    reason:
      `the peer ended after ${stored} bytes of what was to be read; they stay for the next read`,
    received: stored,
  });
}
