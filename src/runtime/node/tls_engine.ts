/**
 * TLS of Node: a `TLSSocket` over the connection's own socket.
 *
 * Node reports close_notify and a FIN without it alike, as 'end'. They differ in one
 * thing at that moment: after close_notify Node still reads from the plain socket, after
 * FIN it has stopped (see `#watchForEnd`).
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import type { TLSSocket } from "node:tls";
import { getSystemErrorName } from "node:util";
import type { Begin, EngineEvents, TlsEngine } from "../../core/tls/backend.ts";
import { linger, type Transport } from "../../core/tls/transport.ts";
import { socketError } from "../../core/errno.ts";
import { translate } from "../node_api/errors.ts";
import { codeOf, NetConnBackend } from "../node_api/net_conn.ts";
import { fedWith } from "../node_api/tls_duplex.ts";
import { reasonOf } from "../node_api/tls_certificates.ts";
import type { Chunk } from "../../api/stream.ts";
import {
  type Carrier,
  failing,
  type StartHandshake,
} from "../node_api/tls_handshake.ts";

/** As for plain connections: see `net_conn.ts`. */
const MAX_PIECE_BYTES = 256 * 1024;

/** The name of libuv's error for a socket that reads already; the number differs by system. */
const READS_ALREADY = "EALREADY";

/** The handle below a socket of Node, as far as it is used here. */
interface Handle {
  reading: boolean;
  /** @returns 0, or an error number of libuv. */
  readStart(): number;
  readStop(): number;
}

/** Begins handshakes over the connection's own socket, where it has one. */
export function nativelyWith(
  role: "client" | "server",
  startHandshake: StartHandshake,
): Begin {
  const fed = fedWith(role, startHandshake);
  return (transport, events, early) => {
    const socket = NetConnBackend.release(transport.backend);
    // TLS over TLS: there is no `net.Socket` directly below.
    if (socket === undefined) return fed(transport, events, early);
    const rest = transport.incoming.detach("");
    for (const chunk of [...early, ...rest.chunks].reverse()) {
      socket.unshift(chunk);
    }
    const engine = new NativeEngine(transport, events, socket);
    if (rest.end !== undefined) engine.endedBefore(rest.end.error);
    else startHandshake(engine, events);
    return engine;
  };
}

class NativeEngine implements TlsEngine, Carrier {
  readonly stream: Duplex;
  readonly #plain: Socket;
  readonly #transport: Transport;
  readonly #events: EngineEvents;
  #socket: TLSSocket | undefined;
  #secured = false;
  #over = false;
  /** Whether the end that was seen came with close_notify. */
  #clean = false;
  /** The reset behind a false end. */
  #reset: Error | undefined;
  /** Resolves one turn after the handshake. */
  #ripe: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  /** `bytesWritten` before the handshake. */
  readonly #sentBefore: number;

  constructor(transport: Transport, events: EngineEvents, plain: Socket) {
    this.#transport = transport;
    this.#events = events;
    this.#plain = plain;
    this.stream = plain;
    this.#sentBefore = plain.bytesWritten;
    plain.on("error", ignore);
    // During the handshake Node reports an end to a server only if it ends both
    // directions.
    plain.allowHalfOpen = false;
  }

  hear(socket: TLSSocket): void {
    this.#socket = socket;
    this.#watchForEnd(socket);
    const events = this.#events;
    socket.on("error", failing(events, (error: Error) => this.fail(error)));
    socket.on(
      "data",
      failing(events, (bytes: Chunk) => events.received(bytes)),
    );
    socket.on("end", failing(events, () => this.#tellEnd()));
    socket.on(
      "close",
      failing(events, () => {
        this.#rescue();
        if (this.#reset !== undefined) this.#tellEnd();
      }),
    );
  }

  secured(): void {
    this.#secured = true;
    this.#plain.allowHalfOpen = this.#socket!.allowHalfOpen = true;
    this.#ripe = new Promise((resolve) => setImmediate(resolve));
  }

  fail(native: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#rescue();
    const { code, syscall } = (native ?? {}) as NodeJS.ErrnoException;
    if (syscall !== undefined) {
      this.#events.broken(
        translate(native, "read", this.#transport.backend.remoteAddr),
        true,
      );
      // A FIN during the handshake; a reset has a `syscall`.
    } else if (code === "ECONNRESET") {
      this.#tellEnd();
    } else this.#events.failed(native, reasonOf(native));
  }

  hasHello(): boolean {
    // A server answers only a whole ClientHello, for which Node has no event.
    return this.#plain.bytesWritten > this.#sentBefore;
  }

  /** The plain connection's bytes ended before the handshake. */
  endedBefore(error: Error | null): void {
    this.#over = true;
    if (error === null) this.#events.truncated();
    else {
      this.#events.broken(
        translate(error, "read", this.#transport.backend.remoteAddr),
        true,
      );
    }
  }

  demand(): void {
    if (this.#socket?.isPaused()) this.#socket.resume();
  }

  pause(): void {
    // The handshake needs the peer's bytes.
    if (this.#secured) this.#socket!.pause();
  }

  send(bytes: Uint8Array): Promise<number> {
    const piece = bytes.byteLength > MAX_PIECE_BYTES
      ? bytes.subarray(0, MAX_PIECE_BYTES)
      : bytes;
    // The buffer may be transferred before the callback.
    const size = piece.byteLength;
    return new Promise((resolve, reject) => {
      this.#socket!.write(piece, (error) => {
        if (error) reject(translate(error, "write", undefined));
        else resolve(size);
      });
    });
  }

  end(): Promise<void> {
    return this.#ending ??= this.#end();
  }

  close(reset: boolean): void {
    if (reset || !this.#secured || this.#over) return this.#free(reset);
    const { backend } = this.#transport;
    const socket = this.#socket!;
    backend.readWaiting(true);
    this.demand();
    const ended = socket.readableEnded
      ? Promise.resolve()
      : new Promise<void>((resolve) => {
        socket.once("end", resolve);
        socket.once("close", resolve);
      });
    linger(this.end(), ended, () => {
      backend.readWaiting(false);
      this.#free(false);
    });
  }

  abandon(): void {
    this.#free(false);
  }

  async #end(): Promise<void> {
    // `end()` in the turn of the handshake sends no close_notify with TLS 1.3 (seen with
    // Node 20 and 24).
    await this.#ripe;
    await new Promise<void>((resolve, reject) => {
      this.#socket!.end((error?: Error | null) => {
        if (error) reject(translate(error, "closeWrite", undefined));
        else resolve();
      });
    });
  }

  #free(reset: boolean): void {
    this.#over = true;
    // Only the plain socket can send RST; the secured one closes after it. To destroy
    // the secured one first, during a write, crashes Node.
    if (!reset) this.#socket?.destroy();
    this.#transport.backend.close(reset);
  }

  /** Examines the end when Node pushes it: later both cases look the same. */
  #watchForEnd(socket: TLSSocket): void {
    const { _handle: secured } = socket as unknown as { _handle: Handle };
    const { _handle: plain } = this.#plain as unknown as { _handle: Handle };
    const push = socket.push;
    socket.push = (chunk, encoding) => {
      if (chunk === null) {
        // While it is paused, only close_notify can end it. Without these fields of
        // Node, the end counts as one without close_notify.
        if (secured.reading === false) this.#clean = true;
        else if (typeof plain.readStart === "function") {
          const code = plain.readStart();
          if (code === 0) plain.readStop();
          else this.#clean = getSystemErrorName(code) === READS_ALREADY;
        }
        if (!this.#clean) this.#reset = this.#findReset();
      }
      return push.call(socket, chunk, encoding);
    };
  }

  /**
   * The reset behind an end, if there is one: a false EOF (see `false_eof.ts`), or a
   * reset that the kernel reported once, to a write of TLS itself.
   *
   * A write of no bytes fails after a reset, and succeeds after FIN.
   */
  #findReset(): Error | undefined {
    const { remoteAddr } = this.#transport.backend;
    if (remoteAddr.transport !== "tcp" || this.#ending !== undefined) return;
    const plain = this.#plain;
    plain.write(EMPTY);
    const code = codeOf(plain.errored);
    return code === "ECONNRESET" || code === "EPIPE"
      ? plain.errored!
      : undefined;
  }

  #tellEnd(): void {
    if (this.#clean) this.#events.ended();
    else if (this.#reset === undefined) this.#events.truncated();
    else {
      const { remoteAddr } = this.#transport.backend;
      const cause = this.#reset;
      this.#events.broken(
        socketError("ECONNRESET", "read", remoteAddr, { cause }),
        true,
      );
    }
  }

  /** Reads the bytes that Node holds while paused, and discards on 'close'. */
  #rescue(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.readableLength === 0) return;
    socket.removeAllListeners("data");
    for (;;) {
      const chunk = socket.read();
      if (chunk === null) return;
      this.#events.received(chunk);
    }
  }
}

const EMPTY = new Uint8Array(0);

function ignore(): void {}
