/**
 * A TLS engine for runtimes whose TLS takes and returns bytes. It transfers them from
 * and to the plain connection, so that it detects how that connection ends.
 *
 * @module
 */
import type { SocketError } from "../../api/errors.ts";
import type { Chunk } from "../../api/stream.ts";
import type { ChunkTaker } from "../stream/readers.ts";
import type { EngineEvents, TlsEngine } from "./backend.ts";
import { closeInOrder, closeNow, linger, type Transport } from "./transport.ts";

/** A runtime's TLS for one connection, without a socket. */
export interface Cipher {
  /** Decrypts bytes of the peer. */
  feed(bytes: Chunk): void;
  /** Encrypts and sends bytes. Resolves once the kernel has taken them. */
  send(bytes: Uint8Array): number | Promise<number>;
  /** Sends close_notify. Resolves once the kernel has taken it. */
  end(): Promise<void>;
  /** Waits until all bytes fed so far have been processed. */
  turn(): Promise<void>;
  /** Frees the TLS state of the connection. */
  destroy(): void;
}

/** Sends encrypted bytes. Resolves once the kernel has taken all of them. */
export type Transmit = (
  bytes: Uint8Array | readonly Uint8Array[],
) => Promise<unknown>;

/** The engine, over a cipher, which reports all other events itself. */
export class ByteEngine implements TlsEngine {
  readonly #transport: Transport;
  readonly #events: EngineEvents;
  readonly #cipher: Cipher;
  readonly #taker: ChunkTaker;
  /** Whether a chunk has been requested from the plain connection. */
  #isAsking = false;
  #isHeld = false;
  /** Whether the plain connection's bytes have ended, or are ignored. */
  #isOver = false;
  /** Whether anything was sent: a server sends nothing before a whole ClientHello. */
  #answered = false;
  /** Whether close_notify was sent. */
  #ended = false;
  /** Called when the peer has ended its direction, after a close here. */
  #onPeerEnd: (() => void) | undefined;

  constructor(
    transport: Transport,
    events: EngineEvents,
    early: readonly Chunk[],
    cipherOver: (transmit: Transmit) => Cipher,
  ) {
    this.#transport = transport;
    this.#events = events;
    this.#taker = {
      resolve: (chunk) => {
        this.#isAsking = false;
        if (chunk === null) this.#end(undefined);
        else if (!this.#isOver) {
          this.#cipher.feed(chunk);
          this.#ask();
        }
      },
      reject: (error) => {
        this.#isAsking = false;
        this.#end(error as SocketError);
      },
    };
    this.#cipher = cipherOver((bytes) => {
      this.#answered = true;
      return transport.outgoing.write(bytes).catch((error: SocketError) => {
        // After close_notify, a failed write is not reported: the peer may be gone.
        if (!this.#ended) events.broken(error, false);
        throw error;
      });
    });
    for (const chunk of early) this.#cipher.feed(chunk);
    this.#ask();
  }

  hasHello(): boolean {
    return this.#answered;
  }

  demand(): void {
    this.#isHeld = false;
    this.#ask();
  }

  pause(): void {
    this.#isHeld = true;
  }

  send(bytes: Uint8Array): number | Promise<number> {
    return this.#cipher.send(bytes);
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#cipher.end();
    await this.#transport.outgoing.closeWrite().catch(() => {
      // The peer is gone.
    });
  }

  close(reset: boolean): void {
    if (reset) {
      this.#isOver = true;
      this.#cipher.destroy();
      closeNow(this.#transport, reset);
      return;
    }
    this.demand();
    const ended = this.#isOver
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#onPeerEnd = resolve);
    const { backend } = this.#transport;
    backend.readWaiting(true);
    linger(this.end(), ended, () => {
      this.#isOver = true;
      this.#cipher.destroy();
      backend.readWaiting(false);
      closeNow(this.#transport, false);
    });
  }

  abandon(): void {
    this.#isOver = true;
    closeInOrder(this.#transport);
    this.#cipher.destroy();
  }

  /** Requests the next chunk, unless reading is paused or over. */
  #ask(): void {
    if (this.#isAsking || this.#isOver || this.#isHeld) return;
    this.#isAsking = true;
    this.#transport.incoming.request(this.#taker);
  }

  /** Handles the end of the plain connection's bytes. */
  async #end(error: SocketError | undefined): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onPeerEnd?.();
    try {
      // The last bytes are processed first: they may be close_notify or an alert.
      await this.#cipher.turn();
      if (error === undefined) this.#events.truncated();
      else this.#events.broken(error, true);
    } catch (fault) {
      // An unhandled rejection would end the process.
      this.#events.failed(fault);
    }
  }
}
