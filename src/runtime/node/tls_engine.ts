/**
 * A `TLSSocket` over the connection's own socket: as fast as Node's TLS is.
 *
 * Node does not tell an end that came with close_notify from one that was made by
 * cutting the connection off. But at that moment it still reads from the socket
 * in the one case, and not in the other, where the system has told it of the end.
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

/** As for plain connections: see `socket.ts`. */
const MAX_PIECE_BYTES = 256 * 1024;

/** libuv's name for "it reads already"; as numbers they differ between systems. */
const READS_ALREADY = "EALREADY";

/** What Node keeps below a socket, as far as it is needed here. */
interface Handle {
  reading: boolean;
  /** @returns 0, or an error of libuv's. */
  readStart(): number;
  readStop(): number;
}

/** Shakes hands over the connection's own socket, where it has one. */
export function nativelyWith(
  role: "client" | "server",
  startHandshake: StartHandshake,
): Begin {
  const fed = fedWith(role, startHandshake);
  return (transport, events, early) => {
    const socket = NetConnBackend.release(transport.backend);
    // It stands on another secured connection.
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
  /** What stands behind an end that is none. */
  #reset: Error | undefined;
  /** Settled a turn after the handshake. */
  #ripe: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  /** How many bytes had been sent before there was TLS. */
  readonly #sentBefore: number;

  constructor(transport: Transport, events: EngineEvents, plain: Socket) {
    this.#transport = transport;
    this.#events = events;
    this.#plain = plain;
    this.stream = plain;
    this.#sentBefore = plain.bytesWritten;
    plain.on("error", ignore);
    // Until the handshake is done, an end is the end of everything: Node tells a
    // server of nothing else.
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
      // What Node says when it was hung up on: not by a reset, which has a `syscall`.
    } else if (code === "ECONNRESET") {
      this.#tellEnd();
    } else this.#events.failed(native, reasonOf(native));
  }

  hasHello(): boolean {
    // A server answers nothing but a whole one, and Node tells of none by itself.
    return this.#plain.bytesWritten > this.#sentBefore;
  }

  /** The plain connection's bytes had ended before there was TLS. */
  endedBefore(error: Error | null): void {
    this.#over = true;
    if (error === null) this.#events.cutOff();
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
    // The handshake needs what comes.
    if (this.#secured) this.#socket!.pause();
  }

  send(bytes: Uint8Array): Promise<number> {
    const piece = bytes.byteLength > MAX_PIECE_BYTES
      ? bytes.subarray(0, MAX_PIECE_BYTES)
      : bytes;
    // Its buffer may be transferred away until it is told.
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
    // An end in the same turn as the handshake sends no close_notify with TLS
    // 1.3 (seen with Node 20 and 24).
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
    // A reset is the plain socket's alone to send. The other follows by itself when
    // that has closed; made to sooner, with a write under way, it crashes Node.
    if (!reset) this.#socket?.destroy();
    this.#transport.backend.close(reset);
  }

  /** Finds out about the end when it comes: later both cases look the same. */
  #watchForEnd(socket: TLSSocket): void {
    const { _handle: secured } = socket as unknown as { _handle: Handle };
    const { _handle: plain } = this.#plain as unknown as { _handle: Handle };
    const push = socket.push;
    socket.push = (chunk, encoding) => {
      if (chunk === null) {
        // While it is paused, nothing but close_notify can make it end.
        // A Node without these fields proves nothing: the end counts as a cut.
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
   * The reset that an end stands for, if it does: made up, see `NetConnBackend.onEnd`, or
   * because the system tells of a reset once, and told what TLS sends by itself.
   *
   * A write of nothing finds out; after the peer's FIN alone the system takes it.
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
    else if (this.#reset === undefined) this.#events.cutOff();
    else {
      const { remoteAddr } = this.#transport.backend;
      const cause = this.#reset;
      this.#events.broken(
        socketError("ECONNRESET", "read", remoteAddr, { cause }),
        true,
      );
    }
  }

  /** Takes over the bytes that Node kept back while paused, and would forget. */
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
