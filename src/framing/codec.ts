/**
 * The interface of a codec: how messages are laid out in a stream of bytes.
 *
 * @module
 */
import type { Chunk, Writable } from "../api/stream.ts";

/** A whole frame, of `size` bytes with all that belongs to it. */
export type Frame<T> =
  | { readonly message: T; readonly size: number }
  /** The frame is no message: `receive()` rejects once, and goes on behind it. */
  | { readonly error: Error; readonly size: number };

/** What a codec finds at the start of some bytes. */
export type Decoded<T> =
  | Frame<T>
  /** At least so many bytes more are needed, 1 or more. */
  | { readonly missing: number };

/** Lays out messages as frames. It keeps no state of a connection. */
export interface Codec<T> {
  /** The most bytes of a frame, with all that belongs to it. */
  readonly maxBytes: number;
  /**
   * The bytes that end every frame, if they do. `decode()` is then called when they, or
   * `maxBytes`, have come, and each byte is searched once.
   */
  readonly delimiter?: Uint8Array;
  /**
   * Looks for a frame at the start of `bytes`, which it neither keeps nor changes.
   *
   * @throws {FramingError} the bytes cannot begin a frame
   */
  decode(bytes: Uint8Array): Decoded<T>;
  /**
   * The frame of the bytes that are left at EOF, 1 or more. Without it they are
   * `UnexpectedEof`.
   */
  decodeEnd?(bytes: Uint8Array): Frame<T>;
  /**
   * The pieces of a frame, which are sent in one write.
   *
   * @throws {FramingError} the message does not fit into a frame
   */
  encode(message: T): readonly Writable[];
}

/** A frame that is malformed, or too long. */
export class FramingError extends Error {
  /** The class's name. */
  override readonly name = "FramingError";
  /** EMSGSIZE, longer than the limit; EBADMSG, malformed. */
  readonly code: "EMSGSIZE" | "EBADMSG";

  /**
   * Creates an error, for codecs.
   *
   * @param reason What is wrong; it ends the message of the `SocketError`.
   */
  constructor(
    code: "EMSGSIZE" | "EBADMSG",
    reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
    this.code = code;
  }
}

/** The bytes of a message that a codec has found, in a buffer of their own. */
export function copyOf(bytes: Uint8Array): Chunk {
  return new Uint8Array(bytes);
}
