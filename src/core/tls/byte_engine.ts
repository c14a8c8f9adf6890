/**
 * An engine for runtimes whose TLS can be fed with bytes: those of the plain
 * connection go into it and come out of it here, so that nothing is hidden of how
 * they end.
 *
 * @module
 */
import type { SocketError } from "../../api/errors.ts";
import type { Chunk } from "../../api/stream.ts";
import type { ChunkTaker } from "../stream/read_queue.ts";
import type { EngineEvents, TlsEngine } from "./backend.ts";
import { closeInOrder, closeNow, linger, type Transport } from "./transport.ts";

/** A runtime's TLS for one connection, which touches no socket. */
export interface Cipher {
  /** Takes in bytes of the peer's. */
  feed(bytes: Chunk): void;
  /** Encrypts. Resolves once the system has taken it. */
  send(bytes: Uint8Array): number | Promise<number>;
  /** Sends close_notify. Resolves once the system has taken it. */
  end(): Promise<void>;
  /** Lets everything that was fed so far have its effect. */
  turn(): Promise<void>;
  /** Forgets the connection. */
  destroy(): void;
}

/** Sends encrypted bytes. Resolves once the system has taken all of them. */
export type Transmit = (
  bytes: Uint8Array | readonly Uint8Array[],
) => Promise<unknown>;

/** Makes an engine of a cipher, which tells `events` the rest by itself. */
export function engineOver(
  transport: Transport,
  events: EngineEvents,
  early: readonly Chunk[],
  cipherOver: (transmit: Transmit) => Cipher,
): TlsEngine {
  return new FedEngine(transport, events, early, cipherOver);
}

class FedEngine implements TlsEngine {
  readonly #transport: Transport;
  readonly #events: EngineEvents;
  readonly #cipher: Cipher;
  readonly #taker: ChunkTaker;
  /** Whether the plain connection has been asked for bytes. */
  #asking = false;
  #held = false;
  /** Whether the plain connection's bytes have ended, or are ignored. */
  #over = false;
  /** Whether anything was sent: a server answers nothing but a whole ClientHello. */
  #answered = false;
  /** Whether close_notify was sent. */
  #ended = false;
  /** Called when the peer has ended too, after closing here. */
  #gone: (() => void) | undefined;

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
        this.#asking = false;
        if (chunk === null) this.#end(undefined);
        else if (!this.#over) {
          this.#cipher.feed(chunk);
          this.#ask();
        }
      },
      reject: (error) => {
        this.#asking = false;
        this.#end(error as SocketError);
      },
    };
    this.#cipher = cipherOver((bytes) => {
      this.#answered = true;
      return transport.outgoing.write(bytes).catch((error: SocketError) => {
        // The end need not be heard.
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
    this.#held = false;
    this.#ask();
  }

  pause(): void {
    this.#held = true;
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
      this.#over = true;
      this.#cipher.destroy();
      closeNow(this.#transport, reset);
      return;
    }
    this.demand();
    const ended = this.#over
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#gone = resolve);
    const { backend } = this.#transport;
    backend.readWaiting(true);
    linger(this.end(), ended, () => {
      this.#over = true;
      this.#cipher.destroy();
      backend.readWaiting(false);
      closeNow(this.#transport, false);
    });
  }

  abandon(): void {
    this.#over = true;
    closeInOrder(this.#transport);
    this.#cipher.destroy();
  }

  /** Lets the next bytes come, if any are wanted. */
  #ask(): void {
    if (this.#asking || this.#over || this.#held) return;
    this.#asking = true;
    this.#transport.incoming.request(this.#taker);
  }

  /** The plain connection's bytes have ended. */
  async #end(error: SocketError | undefined): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#gone?.();
    try {
      // What came last is to have its effect before: close_notify, or an alert.
      await this.#cipher.turn();
      if (error === undefined) this.#events.cutOff();
      else this.#events.broken(error, true);
    } catch (fault) {
      // A rejection that nothing handles would end the process.
      this.#events.failed(fault);
    }
  }
}
