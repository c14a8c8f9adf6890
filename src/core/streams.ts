/**
 * A connection's two directions as web streams.
 *
 * @module
 */
import type { Chunk } from "../types.ts";
import {
  ByteReadable,
  ByteWritable,
  type Inlet,
  type Outlet,
} from "./piping.ts";
import type { ChunkTaker, ReadQueue } from "./read_queue.ts";

/**
 * The incoming bytes. Nothing is read ahead of demand, and a pull that is
 * still waiting when the stream is cancelled gives its place up, so that the
 * bytes go to whoever reads next.
 *
 * @param done Called once, when the stream has ended, failed or been cancelled.
 */
export function readableOf(
  reads: ReadQueue,
  done: () => void,
): ReadableStream<Chunk> {
  let taker: ChunkTaker;
  let controller: ReadableStreamDefaultController<Chunk>;
  /** Whether `taker` waits for a chunk. */
  let waiting = false;
  /** Whether the stream has been asked for anything, or is over. */
  let used = false;
  const end = (error?: unknown) => {
    used = true;
    if (error === undefined) controller.close();
    else controller.error(error);
    done();
  };
  const inlet: Inlet = {
    get fresh() {
      return !used;
    },
    read: () => reads.readChunk(),
    end,
  };
  return new ByteReadable(inlet, {
    start(begun) {
      controller = begun;
      taker = {
        resolve(chunk) {
          waiting = false;
          if (chunk === null) end();
          else controller.enqueue(chunk);
        },
        reject(error) {
          waiting = false;
          end(error);
        },
      };
    },
    // No promise tells the stream when the chunk has come: it would only learn
    // by it that it may ask again, which `enqueue` lets it do as well.
    pull() {
      if (waiting) return;
      used = true;
      waiting = true;
      reads.request(taker);
    },
    cancel() {
      used = true;
      reads.cancel(taker);
      done();
    },
  });
}

/** The ways in which a stream writes. */
export interface StreamSink {
  write(chunk: Uint8Array): Promise<unknown>;
  /** Whether a write waits. */
  readonly writeWaits: boolean;
  closeWrite(): Promise<void>;
  close(): void;
}

/**
 * The outgoing bytes.
 *
 * @param done Called once, when the stream has been closed, or has failed.
 */
export function writableOf(
  sink: StreamSink,
  done: () => void,
): WritableStream<Uint8Array> {
  const failed = (error: unknown) => {
    done();
    throw error;
  };
  let controller: WritableStreamDefaultController;
  /** Whether an abort is heard while a write waits. */
  let listens = false;
  const outlet: Outlet = {
    write: (chunk) => sink.write(chunk),
    fail(error) {
      controller.error(error);
      done();
    },
  };
  return new ByteWritable(outlet, {
    start(begun) {
      controller = begun;
    },
    write(chunk) {
      const writing = sink.write(chunk);
      // A stream calls abort() only once the write under way has settled; one
      // that waits for the peer may never do so by itself. Where none has to
      // wait, the listener would be most of what a stream costs on Node.
      if (sink.writeWaits && !listens) {
        listens = true;
        controller.signal.addEventListener("abort", () => sink.close());
      }
      return writing.then(undefined, failed);
    },
    close() {
      return sink.closeWrite().then(done, failed);
    },
    abort() {
      sink.close();
    },
  });
}
