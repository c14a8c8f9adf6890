/**
 * Piping from one connection to another, bypassing the web streams.
 *
 * The standard `readable.pipeTo(writable)` creates a dozen promises for each read and
 * each write. If both ends are connections, their queues move the bytes. The streams
 * receive only the result.
 *
 * @module
 */
import type { Chunk } from "../../api/stream.ts";

/** The connection behind a readable. */
export interface Inlet {
  /** The error of uses of a cancelled stream; `undefined` before. */
  readonly cancelled: Error | undefined;
  /** Whether the stream has not been read from and has not ended. */
  readonly fresh: boolean;
  /**
   * Requests a chunk for a read of the stream that follows at once. The stream's own
   * request comes later: initially by a microtask, and with several reads one by one.
   */
  reserve(): void;
  /** Cancels the requests of reads that releaseLock() has rejected. */
  giveBack(): void;
  /** Reads the next chunk, bypassing the stream. */
  read(): Promise<Chunk | null>;
  /** Closes the stream, or makes it fail with `error`. */
  end(error?: unknown): void;
}

/** The connection behind a writable. */
export interface Outlet {
  /** Writes a chunk, bypassing the stream. */
  send(chunk: Chunk): Promise<unknown>;
  /** Makes the stream fail. */
  fail(error: unknown): void;
}

/** The underlying source of a connection's readable. */
export type ByteSource = UnderlyingDefaultSource<Chunk> & Inlet;

/** The underlying sink of a connection's writable. */
export type ByteSink = UnderlyingSink<Uint8Array> & Outlet;

/** Creates the readable of a connection, which detects the writables of others. */
export function byteReadable(source: ByteSource): ReadableStream<Chunk> {
  return new (kinds ??= defineKinds()).ByteReadable(source);
}

/** Creates the writable of a connection, which those readables detect. */
export function byteWritable(sink: ByteSink): WritableStream<Uint8Array> {
  return new (kinds ??= defineKinds()).ByteWritable(sink);
}

let kinds: ReturnType<typeof defineKinds> | undefined;

const NOTHING_AHEAD = { highWaterMark: 0 };

/**
 * Defines the classes on first use: on Node, naming `ReadableStream` adds a millisecond
 * to start-up.
 */
function defineKinds() {
  class ByteWritable extends WritableStream<Uint8Array> {
    readonly #outlet: Outlet;

    constructor(sink: ByteSink) {
      super(sink);
      this.#outlet = sink;
    }

    /** Returns the outlet of a stream, if it is the writable of a connection. */
    static outletOf(stream: unknown): Outlet | undefined {
      return typeof stream === "object" && stream !== null && #outlet in stream
        ? stream.#outlet
        : undefined;
    }
  }

  class ByteReadable extends ReadableStream<Chunk> {
    readonly #inlet: Inlet;
    /**
     * Whether the runtime is creating or advancing an iterator, and may get a reader.
     */
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

    // A cancelled stream is closed, and by the standard, loops and pipes over it end at
    // once. `break` also cancels, so truncated data would look complete. They fail
    // instead. Readers keep the standard behaviour.

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

    /** Makes the steps of an iterator resolve in call order. */
    #inOrder(iterator: ReadableStreamAsyncIterator<Chunk>): void {
      const inlet = this.#inlet;
      const { next } = iterator;
      iterator.next = () => {
        inlet.reserve();
        // If `next` gets a reader, that reader does not reserve again.
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

    /** Returns a failing stream in place of this one, after it was cancelled. */
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
      // Any value but 1 means that it was written to, closed or aborted.
      if (writer.desiredSize !== 1) {
        writer.releaseLock();
        return super.pipeTo(destination, options);
      }
      return pipe(this.#inlet, super.getReader(), outlet, writer);
    }
  }

  return { ByteReadable, ByteWritable };
}

/** Makes the reads of a reader resolve in call order. */
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

/**
 * Pipes as in the streams standard (§ReadableStreamPipeTo): the first failure ends both
 * streams.
 */
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
