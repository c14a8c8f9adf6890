/**
 * A `TLSSocket` over a `Duplex`, to and from which this module passes encrypted bytes.
 *
 * Over a real socket, a `TLSSocket` hides how the connection ends: a truncated stream
 * looks like a clean end (seen with Deno 2.9).
 *
 * @module
 */
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import type { TLSSocket } from "node:tls";
import { alertRecord, descriptionOf } from "../../core/tls/reasons.ts";
import { ClearRecords } from "../../core/tls/records.ts";
import type { Begin, EngineEvents } from "../../core/tls/backend.ts";
import {
  ByteEngine,
  type Cipher,
  type Transmit,
} from "../../core/tls/byte_engine.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import { reasonOf } from "./tls_certificates.ts";
import type { Chunk } from "../../api/stream.ts";
import { type Carrier, failing, type StartHandshake } from "./tls_handshake.ts";

/** The most bytes to encrypt at once, so that few encrypted bytes are pending. */
const MAX_PIECE_BYTES = 256 * 1024;

/**
 * The most bytes to feed at once: about one record. For each record that it decrypts,
 * Deno moves the bytes after it. With 256 KiB that takes as long as all other work
 * (seen with 2.9).
 */
const FEED_BYTES = 16 * 1024;

/** Creates handshakes over encrypted bytes, without a socket. */
export function fedWith(
  role: "client" | "server",
  startHandshake: StartHandshake,
): Begin {
  return (transport, events, early) =>
    new ByteEngine(transport, events, early, (transmit) => {
      const cipher = new SocketCipher(role, events, transmit);
      startHandshake(cipher, events);
      return cipher;
    });
}

class SocketCipher implements Cipher, Carrier {
  readonly stream: Duplex;
  readonly #role: "client" | "server";
  readonly #events: EngineEvents;
  readonly #transmit: Transmit;
  readonly #sent = new ClearRecords();
  readonly #received = new ClearRecords();
  #socket: TLSSocket | undefined;
  /** The error of a failed transmission, after which nothing can be sent. */
  #broken: unknown;
  #over = false;
  /** Resolves one turn after the handshake. */
  #ripe: Promise<void> | undefined;

  constructor(
    role: "client" | "server",
    events: EngineEvents,
    transmit: Transmit,
  ) {
    this.#role = role;
    this.#events = events;
    this.#transmit = transmit;
    const send = (
      bytes: Uint8Array | Uint8Array[],
      done: () => void,
    ): void => {
      for (const part of Array.isArray(bytes) ? bytes : [bytes]) {
        this.#sent.take(part);
      }
      transmit(bytes).then(() => done(), (error) => {
        // Not passed to the socket, which would drop the bytes that it has yet to
        // decrypt.
        this.#broken = error;
        done();
      });
    };
    this.stream = new Duplex(bareOptions({
      allowHalfOpen: true,
      read() {},
      write(chunk, _encoding, done) {
        try {
          send(chunk, done);
        } catch (fault) {
          done(fault as Error);
        }
      },
      writev(chunks, done) {
        try {
          send(chunks.map(({ chunk }) => chunk), done);
        } catch (fault) {
          done(fault as Error);
        }
      },
    }));
    this.stream.on("error", ignore);
  }

  hear(socket: TLSSocket): void {
    this.#socket = socket;
    const events = this.#events;
    socket.on("error", failing(events, (error: Error) => this.fail(error)));
    socket.on(
      "data",
      failing(events, (bytes: Chunk) => events.received(bytes)),
    );
    socket.on("end", failing(events, () => events.ended()));
  }

  secured(): void {
    this.#ripe = this.turn();
  }

  fail(native: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#alert(native);
    this.#events.failed(native, reasonOf(native));
  }

  /**
   * Sends an alert with the reason of a refusal. `node:tls` of Deno sends no alert
   * (seen with 2.9), and Node sends none about certificates.
   *
   * No alert is sent once it must be encrypted, which only the engine could do. That is
   * once this side encrypts; for a client of TLS 1.3, once the server does (RFC 8446
   * §6).
   */
  #alert(native: unknown): void {
    if (!this.#sent.clear) return;
    if (this.#role === "client" && !this.#received.clear) return;
    const { code, message } = (native ?? {}) as NodeJS.ErrnoException;
    const description = descriptionOf(`${code} ${message ?? native}`);
    if (description === undefined) return;
    this.#transmit(alertRecord(description)).catch(ignore);
  }

  feed(bytes: Uint8Array): void {
    this.#received.take(bytes);
    for (let at = 0; at < bytes.byteLength && !this.#over; at += FEED_BYTES) {
      this.stream.push(bytes.subarray(at, at + FEED_BYTES));
    }
  }

  send(bytes: Uint8Array): Promise<number> {
    const piece = bytes.byteLength > MAX_PIECE_BYTES
      ? bytes.subarray(0, MAX_PIECE_BYTES)
      : bytes;
    // The buffer may be transferred before the callback.
    const size = piece.byteLength;
    return new Promise((resolve, reject) => {
      this.#socket!.write(piece, (error) => {
        const failure = error ?? this.#broken;
        if (failure) reject(failure);
        else resolve(size);
      });
    });
  }

  async end(): Promise<void> {
    await this.#ripe;
    const socket = this.#socket!;
    if (socket.destroyed || socket.writableFinished) return;
    await new Promise<void>((resolve) => {
      socket.once("close", resolve);
      socket.end(resolve);
    });
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  destroy(): void {
    this.#over = true;
    this.#socket?.destroy();
    this.stream.destroy();
  }
}

function ignore(): void {}
