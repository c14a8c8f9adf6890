/**
 * A `TLSSocket` as an engine: over a `Duplex` that leads to no socket.
 *
 * Over a socket of its own it would hide how the connection below it ends: a
 * stream that was cut off would look like one that ended (seen on Node 20 to 24,
 * Deno 2.9 and Bun 1.4).
 *
 * @module
 */
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import type { TLSSocket } from "node:tls";
import type { Engine, EngineEvents } from "../core/tls/engine.ts";

/** How much is encrypted at once, so that what waits to be sent stays small. */
const MAX_PIECE_BYTES = 256 * 1024;

/** The engine; its socket is made by a wing's client or server. */
export class TlsSocketEngine implements Engine {
  /** What the socket stands on. */
  readonly transport: Duplex;
  readonly events: EngineEvents;
  readonly #tellsWrites: boolean;
  #socket: TLSSocket | undefined;
  /** Whether bytes are on their way out. */
  #sending = false;
  /** Called when none are any more. */
  #sent: (() => void) | undefined;
  /** Why nothing gets out any more. */
  #broken: unknown;
  #destroyed = false;
  /** Settled a turn after the handshake. */
  #ripe: Promise<void> | undefined;

  constructor(events: EngineEvents, tellsWrites: boolean) {
    this.events = events;
    this.#tellsWrites = tellsWrites;
    const transmit = (
      bytes: Uint8Array | Uint8Array[],
      done: () => void,
    ): void => {
      this.#sending = true;
      const settled = () => {
        this.#sending = false;
        done();
        if (this.#sending) return;
        const sent = this.#sent;
        this.#sent = undefined;
        sent?.();
      };
      events.transmit(bytes).then(settled, (error) => {
        // The socket is not told: it would forget what it has yet to decrypt.
        this.#broken = error;
        settled();
      });
    };
    this.transport = new Duplex({
      allowHalfOpen: true,
      read() {},
      write(chunk, _encoding, done) {
        transmit(chunk, done);
      },
      writev(chunks, done) {
        transmit(chunks.map(({ chunk }) => chunk), done);
      },
    });
    this.transport.on("error", ignore);
  }

  /** Listens to the socket, from before or after its handshake. */
  hear(socket: TLSSocket): void {
    this.#socket = socket;
    socket.on("error", (error) => this.fail(error));
    socket.on("data", (bytes) => this.events.received(bytes));
    socket.on("end", () => this.events.ended());
    socket.on("close", () => this.fail(new Error("the TLS socket has closed")));
  }

  /** The handshake is done; `TlsSocketEngine.hear` has been called. */
  secured(): void {
    this.#ripe = this.turn();
  }

  /** It is over. */
  fail(native: unknown, reason?: string): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.events.failed(native, reason ?? reasonOf(native));
  }

  feed(bytes: Uint8Array): void {
    if (!this.#destroyed) this.transport.push(bytes);
  }

  send(bytes: Uint8Array): number | Promise<number> {
    const socket = this.#socket!;
    const piece = bytes.byteLength > MAX_PIECE_BYTES
      ? bytes.subarray(0, MAX_PIECE_BYTES)
      : bytes;
    const { byteLength } = piece;
    if (this.#tellsWrites) {
      return new Promise((resolve, reject) => {
        socket.write(piece, (error) => {
          const failure = error ?? this.#broken;
          if (failure) reject(failure);
          else resolve(byteLength);
        });
      });
    }
    socket.write(piece);
    return this.#drained().then(() => byteLength);
  }

  async end(): Promise<void> {
    // An end in the same turn as the handshake sends no close_notify with TLS
    // 1.3 (seen with Node 20 and 24).
    await this.#ripe;
    await new Promise<void>((resolve) => {
      const socket = this.#socket!;
      socket.once("close", resolve);
      socket.end(resolve);
    });
    await this.#drained();
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  destroy(): void {
    this.#destroyed = true;
    this.#socket?.destroy();
    this.transport.destroy();
  }

  /** Resolves once everything that was encrypted is with the system. */
  async #drained(): Promise<void> {
    if (this.#sending) {
      await new Promise<void>((resolve) => this.#sent = resolve);
    }
    if (this.#broken !== undefined) throw this.#broken;
  }
}

function ignore(): void {}

/** OpenSSL's and BoringSSL's long lines, cut down to what they say. */
function reasonOf(native: unknown): string | undefined {
  const { message, reason } = native as { message?: string; reason?: string };
  if (typeof reason === "string" && reason !== "") return reason;
  if (message === undefined) return undefined;
  // Behind a semicolon Node 24 gives advice on how to start it.
  return /:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ??
    message.split(";")[0];
}
