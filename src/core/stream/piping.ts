/**
 * Piping one connection into another, without the streams in between.
 *
 * `readable.pipeTo(writable)` asks a stream for a chunk and waits, hands it to
 * another and waits, with a dozen promises behind each. Where both ends are
 * connections their queues do it, and the streams are told only how it ended.
 *
 * @module
 */
import type { Chunk } from "../../api/stream.ts";

/** The connection behind a readable. */
export interface Inlet {
  /** What is told to uses of the stream after it was cancelled; none before. */
  readonly cancelled: Error | undefined;
  /** Whether the stream was not read from, and has not ended. */
  readonly fresh: boolean;
  /**
   * Takes the next place in the queue for a chunk, which a read of the stream is about
   * to ask for. The stream itself asks later: at first a microtask, and of several
   * reads one after the other.
   */
  reserve(): void;
  /** Gives up the places of reads that were rejected: their reader let go of the stream. */
  giveBack(): void;
  /** The next chunk; the stream knows nothing of it. */
  read(): Promise<Chunk | null>;
  /** Tells the stream that the bytes have ended, or why there are no more. */
  end(error?: unknown): void;
}

/** The connection behind a writable. */
export interface Outlet {
  /** Writes a chunk; the stream knows nothing of it. */
  send(chunk: Chunk): Promise<unknown>;
  /** Tells the stream why it takes no more. */
  fail(error: unknown): void;
}

/** What a readable of a connection is made of. */
export type ByteSource = UnderlyingDefaultSource<Chunk> & Inlet;

/** What a writable of a connection is made of. */
export type ByteSink = UnderlyingSink<Uint8Array> & Outlet;

/** A stream of a connection's bytes, which knows of other connections. */
export function byteReadable(source: ByteSource): ReadableStream<Chunk> {
  return new (kinds ??= defineKinds()).ByteReadable(source);
}

/** A stream into a connection, which those know for one. */
export function byteWritable(sink: ByteSink): WritableStream<Uint8Array> {
  return new (kinds ??= defineKinds()).ByteWritable(sink);
}

let kinds: ReturnType<typeof defineKinds> | undefined;

const NOTHING_AHEAD = { highWaterMark: 0 };

/** When first needed: to name `ReadableStream` costs a start-up on Node a millisecond. */
function defineKinds() {
  class ByteWritable extends WritableStream<Uint8Array> {
    readonly #outlet: Outlet;

    constructor(sink: ByteSink) {
      super(sink);
      this.#outlet = sink;
    }

    /** What is behind a stream, if it is one of these. */
    static outletOf(stream: unknown): Outlet | undefined {
      return typeof stream === "object" && stream !== null && #outlet in stream
        ? stream.#outlet
        : undefined;
    }
  }

  class ByteReadable extends ReadableStream<Chunk> {
    readonly #inlet: Inlet;
    /** Whether the runtime is at work on an iterator, and may get itself a reader. */
    #iterates = false;

    constructor(source: ByteSource) {
      super(source, NOTHING_AHEAD);
      this.#inlet = source;
    }

    override getReader(options: { mode: "byob" }): ReadableStreamBYOBReader;
    override getReader(): ReadableStreamDefaultReader<Chunk>;
    override getReader(
      options?: ReadableStreamGetReaderOptions,
    ): ReadableStreamReader<Chunk>;
    override getReader(
      options?: ReadableStreamGetReaderOptions,
    ): ReadableStreamReader<Chunk> {
      const reader = super.getReader(options) as ReadableStreamDefaultReader<
        Chunk
      >;
      if (!this.#iterates) inOrder(reader, this.#inlet);
      return reader;
    }

    // A stream that was cancelled is closed, and the standard has loops and pipes
    // over it end at once. `break` cancels too: that would be a short success.
    // Readers stay as the standard has them.

    override values(
      options?: ReadableStreamIteratorOptions,
    ): ReadableStreamAsyncIterator<Chunk> {
      const failing = this.#failing();
      if (failing !== undefined) return failing.values(options);
      this.#iterates = true;
      try {
        const iterator = super.values(options);
        this.#inOrder(iterator);
        return iterator;
      } finally {
        this.#iterates = false;
      }
    }

    /** Lets an iterator's steps be served in the order in which they are called. */
    #inOrder(iterator: ReadableStreamAsyncIterator<Chunk>): void {
      const inlet = this.#inlet;
      const { next } = iterator;
      iterator.next = () => {
        inlet.reserve();
        // Where it gets itself a reader, that one need not reserve as well.
        this.#iterates = true;
        try {
          return next.call(iterator);
        } finally {
          this.#iterates = false;
        }
      };
    }

    override [Symbol.asyncIterator](
      options?: ReadableStreamIteratorOptions,
    ): ReadableStreamAsyncIterator<Chunk> {
      return this.values(options);
    }

    override pipeThrough<T>(
      transform: ReadableWritablePair<T, Chunk>,
      options?: StreamPipeOptions,
    ): ReadableStream<T> {
      return this.#failing()?.pipeThrough(transform, options) ??
        super.pipeThrough(transform, options);
    }

    override tee(): [ReadableStream<Chunk>, ReadableStream<Chunk>] {
      return this.#failing()?.tee() ?? super.tee();
    }

    /** What stands in for this stream once it was cancelled. */
    #failing(): ReadableStream<Chunk> | undefined {
      const { cancelled } = this.#inlet;
      if (cancelled === undefined || this.locked) return undefined;
      return new ReadableStream<Chunk>({
        start: (controller) => controller.error(cancelled),
      });
    }

    override pipeTo(
      destination: WritableStream<Chunk>,
      options?: StreamPipeOptions,
    ): Promise<void> {
      const failing = this.#failing();
      if (failing !== undefined) return failing.pipeTo(destination, options);
      const outlet = options === undefined
        ? ByteWritable.outletOf(destination)
        : undefined;
      const usual = outlet === undefined || !this.#inlet.fresh ||
        this.locked || destination.locked;
      if (usual) return super.pipeTo(destination, options);
      const writer = destination.getWriter();
      // Anything but 1, and it has been written to, closed or aborted.
      if (writer.desiredSize !== 1) {
        writer.releaseLock();
        return super.pipeTo(destination, options);
      }
      return pipe(this.#inlet, super.getReader(), outlet, writer);
    }
  }

  return { ByteReadable, ByteWritable };
}

/** Lets the reads of a reader be served in the order in which they are called. */
function inOrder(
  reader: ReadableStreamDefaultReader<Chunk>,
  inlet: Inlet,
): void {
  const { read, releaseLock } = reader;
  reader.read = () => {
    inlet.reserve();
    return read.call(reader);
  };
  reader.releaseLock = () => {
    releaseLock.call(reader);
    inlet.giveBack();
  };
}

/** As the streams standard has it (§ReadableStreamPipeTo): the first failure ends both. */
async function pipe(
  inlet: Inlet,
  reader: ReadableStreamDefaultReader<Chunk>,
  outlet: Outlet,
  writer: WritableStreamDefaultWriter<Chunk>,
): Promise<void> {
  try {
    for (;;) {
      let chunk: Chunk | null;
      try {
        chunk = await inlet.read();
      } catch (error) {
        inlet.end(error);
        await writer.abort(error);
        throw error;
      }
      if (chunk === null) {
        inlet.end();
        return await writer.close();
      }
      try {
        await outlet.send(chunk);
      } catch (error) {
        outlet.fail(error);
        await reader.cancel(error);
        throw error;
      }
    }
  } finally {
    reader.releaseLock();
    writer.releaseLock();
  }
}
