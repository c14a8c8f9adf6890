/**
 * The two directions of a connection as web streams.
 *
 * Each stream is backed by one object of a class. Closures, or a getter in an object
 * literal, would be created anew for each connection.
 *
 * @module
 */
import type { Chunk } from "../../api/stream.ts";
import {
  byteReadable,
  type ByteSink,
  type ByteSource,
  byteWritable,
} from "./piping.ts";
import type { ReadQueue } from "./read_queue.ts";
import type { ChunkTaker } from "./readers.ts";

/** Error reason of reads from a stream that was cancelled. */
const CANCELLED =
  "its readable was cancelled, as `break` does in a loop; readChunk() goes on";

/**
 * Creates the stream of incoming bytes.
 *
 * Nothing is read before it is requested. Cancelling the stream removes a pending pull
 * from the read queue, so that the bytes go to the next read.
 *
 * @param done Called once, when the stream has ended, failed or been cancelled.
 */
export function readableOf(
  reads: ReadQueue,
  done: () => void,
): ReadableStream<Chunk> {
  return byteReadable(new Source(reads, done));
}

class Source implements ByteSource, ChunkTaker {
  fresh = true;
  #cancelled = false;
  readonly #reads: ReadQueue;
  readonly #done: () => void;
  #controller!: ReadableStreamDefaultController<Chunk>;
  /** How many requested chunks are pending. */
  #asked = 0;
  #ended = false;

  constructor(reads: ReadQueue, done: () => void) {
    this.#reads = reads;
    this.#done = done;
  }

  start(controller: ReadableStreamDefaultController<Chunk>): void {
    this.#controller = controller;
  }

  // Returns no promise. The stream would use it only to allow the next pull, which
  // `enqueue` allows as well.
  pull(): void {
    if (this.#asked === 0) this.#ask();
  }

  reserve(): void {
    // If a chunk is already in the stream, the read takes it and needs no request.
    const isThere = this.#controller.desiredSize! < 0;
    if (!isThere && !this.#ended && !this.#cancelled) this.#ask();
  }

  giveBack(): void {
    this.#asked = 0;
    this.#reads.cancel(this);
  }

  #ask(): void {
    this.fresh = false;
    this.#asked++;
    this.#reads.request(this);
  }

  get cancelled(): Error | undefined {
    return this.#cancelled ? this.#reads.refusal(CANCELLED) : undefined;
  }

  cancel(): void {
    this.fresh = false;
    this.#cancelled = true;
    this.#reads.cancel(this);
    this.#done();
  }

  resolve(chunk: Chunk | null): void {
    this.#asked--;
    if (chunk === null) this.end();
    else this.#controller.enqueue(chunk);
  }

  reject(error: unknown): void {
    this.#asked--;
    this.end(error);
  }

  read(): Promise<Chunk | null> {
    return this.#reads.readChunk();
  }

  end(error?: unknown): void {
    this.fresh = false;
    if (this.#ended) return;
    this.#ended = true;
    if (error === undefined) this.#controller.close();
    else this.#controller.error(error);
    this.#done();
  }
}

/** The calls of a connection that its writable uses. */
export interface StreamSink {
  write(chunk: Uint8Array): Promise<unknown>;
  /** Whether a write is pending. */
  readonly writeWaits: boolean;
  /** Whether `closeWrite` waits for writes or for a handshake. */
  readonly endWaits: boolean;
  closeWrite(): Promise<void>;
  reset(): void;
}

/**
 * Creates the stream of outgoing bytes.
 *
 * @param done Called once, when the stream has been closed or has failed.
 */
export function writableOf(
  sink: StreamSink,
  done: () => void,
): WritableStream<Uint8Array> {
  return byteWritable(new Target(sink, done));
}

class Target implements ByteSink {
  readonly #sink: StreamSink;
  readonly #done: () => void;
  #controller!: WritableStreamDefaultController;
  /** Whether the abort listener is registered. */
  #listens = false;
  readonly #failed = (error: unknown) => {
    this.#done();
    throw error;
  };

  constructor(sink: StreamSink, done: () => void) {
    this.#sink = sink;
    this.#done = done;
  }

  start(controller: WritableStreamDefaultController): void {
    this.#controller = controller;
  }

  write(chunk: Uint8Array): Promise<void> {
    const writing = this.#sink.write(chunk);
    // A stream calls abort() only after the pending write has settled, which may never
    // happen if the peer does not read. The listener is added only if a write is
    // pending: on Node it would be most of the cost of a stream.
    if (this.#sink.writeWaits) this.#listen();
    return writing.then(undefined, this.#failed) as Promise<void>;
  }

  close(): Promise<void> {
    // A pending end delays abort() in the same way.
    if (this.#sink.endWaits) this.#listen();
    return this.#sink.closeWrite().then(this.#done, this.#failed);
  }

  /** Resets the connection, because a FIN would make truncated data look complete. */
  abort(): void {
    this.#sink.reset();
  }

  #listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    this.#controller.signal.addEventListener("abort", () => this.abort());
  }

  send(chunk: Chunk): Promise<unknown> {
    return this.#sink.write(chunk);
  }

  fail(error: unknown): void {
    this.#controller.error(error);
    this.#done();
  }
}
