/**
 * A connection as a sequence of messages.
 *
 * @module
 */
import type { Addr, Conn, WaitOptions } from "../api/stream.ts";
import { socketError } from "../core/errno.ts";
import { shown } from "../core/shown.ts";
import { StreamConn } from "../core/stream/conn.ts";
import { type Need, Until } from "../core/stream/needs.ts";
import type { Store } from "../core/stream/store.ts";
import { checkWait } from "../core/wait/pending_call.ts";
import { type Codec, type Frame, FramingError } from "./codec.ts";

/** The messages of a connection; made by {@linkcode framed}. */
export interface Messages<T> {
  /** The connection. Its reads continue behind the last message that was received. */
  readonly conn: Conn;

  /**
   * Sends a message, in one write, behind the messages and writes called before it.
   *
   * @returns The number of bytes of the frame.
   * @throws {errors.MessageTooLarge} EMSGSIZE, over the limit of the codec
   * @throws {errors.InvalidData} EBADMSG, the codec cannot send it
   * @throws what `Conn.write` throws
   */
  send(message: T, options?: WaitOptions): Promise<number>;

  /**
   * Receives the next message.
   *
   * It queues with all reads of the connection. A receive that is cancelled takes no
   * byte, also in the middle of a frame.
   *
   * @returns The message; `null` at EOF between two frames.
   * @throws {errors.MessageTooLarge} EMSGSIZE, a frame over the limit; its bytes stay
   * @throws {errors.InvalidData} EBADMSG, a malformed frame; its bytes stay, unless the
   *   codec knows where it ends
   * @throws {errors.UnexpectedEof} EOF in the middle of a frame
   * @throws what `Conn.readExactly` throws
   */
  receive(options?: WaitOptions): Promise<T | null>;

  /** Yields messages until EOF. Leaving the loop loses none. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/**
 * Sends and receives messages over a connection.
 *
 * @param conn A connection of this library, TLS connections among them.
 * @param codec How messages are laid out, such as `lengthPrefixed()`.
 * @throws {TypeError} an argument that is neither
 */
export function framed<T>(conn: Conn<Addr>, codec: Codec<T>): Messages<T> {
  if (
    typeof codec !== "object" || codec === null ||
    typeof codec.decode !== "function" || typeof codec.encode !== "function"
  ) {
    throw new TypeError(
      `Cannot frame with ${
        shown(codec)
      }: give a codec, such as lengthPrefixed()`,
    );
  }
  return new FramedConn(conn, codec);
}

class FramedConn<T> implements Messages<T> {
  readonly conn: Conn;
  readonly #codec: Codec<T>;

  constructor(conn: Conn, codec: Codec<T>) {
    this.conn = conn;
    this.#codec = codec;
  }

  async send(message: T, options?: WaitOptions): Promise<number> {
    let pieces: ReturnType<Codec<T>["encode"]>;
    try {
      pieces = this.#codec.encode(message);
    } catch (error) {
      throw this.#failure("write", error);
    }
    return await this.conn.write(pieces, options);
  }

  async receive(options?: WaitOptions): Promise<T | null> {
    const limited = options !== undefined && checkWait(options);
    let frame: Frame<T> | null;
    try {
      frame = await StreamConn.readNeeded(
        this.conn,
        new FrameNeed(this.#codec),
        limited ? options : undefined,
      );
    } catch (error) {
      throw this.#failure("read", error);
    }
    if (frame === null) return null;
    if ("error" in frame) throw this.#failure("read", frame.error);
    return frame.message;
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<T> {
    for (;;) {
      const message = await this.receive();
      if (message === null) return;
      yield message;
    }
  }

  /** The library's error for one of a codec. */
  #failure(operation: "read" | "write", error: unknown): unknown {
    if (!(error instanceof FramingError)) return error;
    const { code, message, cause } = error;
    return socketError(code, operation, this.conn.remoteAddr, {
      reason: message,
      cause,
    });
  }
}

/** The need of one receive: a whole frame. */
class FrameNeed<T> implements Need<Frame<T>> {
  readonly maxBytes: number;
  readonly #codec: Codec<T>;
  /** The search for the end of the frame, until it is found. */
  #until: Until | undefined;
  /** How many bytes the codec wants to see before it is asked again. */
  #least = 1;
  #found: Frame<T> | undefined;

  constructor(codec: Codec<T>) {
    this.#codec = codec;
    this.maxBytes = codec.maxBytes;
    if (codec.delimiter !== undefined) {
      this.#until = new Until(codec.delimiter, codec.maxBytes);
    }
  }

  find(store: Store): number | undefined {
    if (this.#until !== undefined) {
      const size = this.#until.find(store);
      if (size === undefined && store.bytes < this.maxBytes) return undefined;
      this.#until = undefined;
      this.#least = size ?? store.bytes;
    }
    while (store.bytes >= this.#least) {
      // What is in one piece costs no copy.
      const size = Math.max(this.#least, store.pieces[0].byteLength);
      const view = store.view(Math.min(size, store.bytes));
      const found = this.#codec.decode(view);
      if (!("missing" in found)) {
        this.#found = found;
        return found.size;
      }
      this.#least = view.byteLength + Math.max(found.missing, 1);
    }
    return undefined;
  }

  atEnd(store: Store): number | undefined {
    const { decodeEnd } = this.#codec;
    if (decodeEnd === undefined) return undefined;
    this.#found = decodeEnd.call(this.#codec, store.view(store.bytes));
    return this.#found.size;
  }

  take(store: Store, size: number): Frame<T> {
    store.drop(size);
    return this.#found!;
  }
}
