/**
 * A connection's two directions as web streams.
 *
 * What stands behind a stream is one object of a class: closures, or a getter in
 * an object literal, would be made anew for each connection.
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
import type { ChunkTaker, ReadQueue } from "./read_queue.ts";

/** Why a stream gives no more bytes after it was cancelled. */
const CANCELLED =
  "its readable was cancelled, as `break` does in a loop; readChunk() goes on";

/**
 * The incoming bytes. Nothing is read ahead of demand, and a pull that is
 * still waiting when the stream is cancelled gives its place up, so that the
 * bytes go to the next read.
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
  /** How many chunks this waits for. */
  #asked = 0;
  #ended = false;

  constructor(reads: ReadQueue, done: () => void) {
    this.#reads = reads;
    this.#done = done;
  }

  start(controller: ReadableStreamDefaultController<Chunk>): void {
    this.#controller = controller;
  }

  // No promise tells the stream when the chunk has come: it would only learn
  // by it that it may ask again, which `enqueue` lets it do as well.
  pull(): void {
    if (this.#asked === 0) this.#ask();
  }

  reserve(): void {
    // Of a chunk that is there already, no other is asked for.
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

/** The ways in which a stream writes. */
export interface StreamSink {
  write(chunk: Uint8Array): Promise<unknown>;
  /** Whether a write waits. */
  readonly writeWaits: boolean;
  /** Whether `closeWrite` waits: for writes, or for a handshake. */
  readonly endWaits: boolean;
  closeWrite(): Promise<void>;
  reset(): void;
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
  return byteWritable(new Target(sink, done));
}

class Target implements ByteSink {
  readonly #sink: StreamSink;
  readonly #done: () => void;
  #controller!: WritableStreamDefaultController;
  /** Whether an abort is heard while a write waits. */
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
    // A stream calls abort() only once the write under way has settled; one
    // that waits for the peer may never do so by itself. Where none has to
    // wait, the listener would be most of what a stream costs on Node.
    if (this.#sink.writeWaits) this.#listen();
    return writing.then(undefined, this.#failed) as Promise<void>;
  }

  close(): Promise<void> {
    // The same of its end.
    if (this.#sink.endWaits) this.#listen();
    return this.#sink.closeWrite().then(this.#done, this.#failed);
  }

  /** What was written is not whole, and must not look so. */
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
