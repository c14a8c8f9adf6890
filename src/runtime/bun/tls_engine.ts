/**
 * TLS of Bun on a socket that is there: `upgradeTLS`.
 *
 * It gives two sockets for the one: of the plain one, the encrypted bytes can be
 * seen as they come, and that is needed. Bun does not tell an end that came with
 * close_notify from one that was made by cutting the connection off; so when bytes
 * have come that may be a close_notify, nothing more is taken from the system until
 * it is known whether they were (see {@linkcode BunTlsEngine}).
 *
 * Its `node:tls` over a `Duplex`, which Deno's adapter uses, ends both directions at
 * the peer's close_notify, and reaches a sixth of the speed (seen with 1.4).
 *
 * @module
 */
import type { Chunk } from "../../api/stream.ts";
import type { TlsInfo } from "../../api/tls.ts";
import { socketError } from "../../core/errno.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import { join } from "../../core/stream/bytes.ts";
import type {
  Controls,
  EngineEvents,
  TlsEngine,
} from "../../core/tls/backend.ts";
import { HelloReader } from "../../core/tls/client_hello.ts";
import { linger, type Transport } from "../../core/tls/transport.ts";
import { KeepAlive } from "../../core/wait/keep_alive.ts";
import type {
  BunHandlers,
  BunSocket,
  BunTlsOptions,
  BunTlsSocket,
} from "./api.ts";
import type { RawEvents } from "./conn.ts";
import { take } from "./detach.ts";
import { type Holder, holdsNothing, mayHold } from "./held_writes.ts";
import { translate } from "../node_api/errors.ts";
import { reasonOf } from "../node_api/tls_certificates.ts";

/** The library's own part of a handshake. */
export interface Handshake {
  readonly isServer: boolean;
  readonly tls: BunTlsOptions;
  /**
   * Verifies the peer.
   *
   * @param success Whether Bun is content.
   * @param error What it has found wrong all the same.
   * @returns Why the peer is refused, or what was found out.
   */
  verify(
    socket: BunTlsSocket,
    success: boolean,
    error: Error | undefined,
  ): Error | TlsInfo;
}

const EMPTY = new Uint8Array(0);

/** The longest plaintext of a record (RFC 8446 §5.1). */
const MAX_RECORD_BYTES = 16 * 1024;

/** How much Bun reads at once. */
const RECEIVE_BYTES = 512 * 1024;

/** What the secured sockets' events are for. */
const HANDLERS: BunHandlers<BunTlsEngine, BunTlsSocket<BunTlsEngine>> = {
  binaryType: "uint8array",
  open() {},
  data({ data }, bytes) {
    try {
      data.received(bytes);
    } catch (fault) {
      data.onFault(fault);
    }
  },
  drain: ({ data }) => guarded(data, () => data.onDrain()),
  end: ({ data }) => guarded(data, () => data.peerEnded()),
  close: ({ data }, error) => guarded(data, () => data.onClose(error)),
  error: ({ data }, error) => guarded(data, () => data.fail(error)),
  handshake: ({ data }, success, error) =>
    guarded(data, () => data.shaken(success, error)),
};

/** What one of these throws would be an error of Bun's, told to nothing here. */
function guarded(engine: BunTlsEngine, run: () => void): void {
  try {
    run();
  } catch (fault) {
    engine.onFault(fault);
  }
}

/** Makes the engine. @param early What the peer has sent already. */
export function upgrade(
  transport: Transport,
  events: EngineEvents,
  early: readonly Chunk[],
  handshake: Handshake,
): TlsEngine {
  const engine = new BunTlsEngine(transport, events, handshake);
  const { chunks, end } = transport.incoming.detach("");
  const taken = take(transport.backend);
  taken.hear(engine);
  if (end === undefined) {
    engine.start(taken.socket, [...early, ...chunks, ...taken.early]);
  } else {
    engine.onClose(end.error ?? undefined);
    taken.socket.end();
  }
  return engine;
}

/**
 * The engine.
 *
 * When the last record that came whole is as short as an alert's, the plain socket
 * is paused for a turn. What ends in that time was ended by that record; and what
 * ends at another time, by the system's word alone.
 */
class BunTlsEngine implements TlsEngine, Controls, RawEvents, Holder {
  readonly #transport: Transport;
  readonly #events: EngineEvents;
  readonly #handshake: Handshake;
  readonly #records = new RecordEnds();
  /** Missing where the connection was over before. */
  #keepAlive: KeepAlive | undefined;
  #plain!: BunSocket<unknown>;
  #socket!: BunTlsSocket;
  #secured = false;
  #held = false;
  /** Whether nothing is taken from the system until the next turn. */
  #waiting = false;
  #paused = false;
  /** Whether what came last may be a close_notify. */
  #mayEnd = false;
  #ending: Promise<void> | undefined;
  #over = false;
  #ended = false;
  /** What has come before the handshake was done, to see whether a ClientHello is whole. */
  #first: Chunk[] | undefined = [];
  /** Called when the peer has ended too, after closing here. */
  #gone: (() => void) | undefined;
  /** Goes on with what waits for room. */
  #roomAgain: (() => void) | undefined;

  constructor(
    transport: Transport,
    events: EngineEvents,
    handshake: Handshake,
  ) {
    this.#transport = transport;
    this.#events = events;
    this.#handshake = handshake;
  }

  /** Stands for the plain connection's backend. */
  get controls(): Controls {
    return this;
  }

  /** Takes the socket over, whose events it hears already. */
  start(socket: BunSocket<unknown>, early: readonly Chunk[]): void {
    const { isServer, tls } = this.#handshake;
    // A client waits for none.
    if (!isServer) this.#first = undefined;
    for (const bytes of early) {
      this.#records.mayEndWithAlert(bytes);
      this.#first?.push(bytes);
    }
    [this.#plain, this.#socket] = socket.upgradeTLS(bareOptions({
      isServer,
      tls: bareOptions(tls),
      socket: HANDLERS,
      data: this,
      initialData: early.length === 0
        ? undefined
        : join(early, early.reduce((size, { length }) => size + length, 0)),
    }));
    // BoringSSL refuses it to clients by itself.
    this.#socket.disableRenegotiation();
    this.#keepAlive = new KeepAlive({
      ref: () => this.#socket.ref(),
      unref: () => {
        this.#socket.unref();
        this.#plain.unref();
      },
    });
    this.#socket.resume();
  }

  /** Encrypted bytes have come, and are about to be decrypted. */
  onData(bytes: Chunk): void {
    this.#first?.push(bytes);
    // After as much as it reads at once, Bun reads on whatever it was told.
    this.#mayEnd = this.#records.mayEndWithAlert(bytes) &&
      bytes.length < RECEIVE_BYTES;
    if (!this.#mayEnd || this.#waiting) return;
    this.#waiting = true;
    this.#update();
    setImmediate(() => {
      this.#waiting = false;
      this.#update();
    });
  }

  /** See `Holder`. */
  get fd(): number {
    return this.#socket.fd;
  }

  /** See `Holder`. */
  holdUntilDrained(): void {
    if (this.#over || this.#roomAgain !== undefined) return;
    this.#keepAlive?.sending(true);
    this.#roomAgain = () => this.#keepAlive?.sending(false);
  }

  onDrain(): void {
    holdsNothing(this);
    const roomAgain = this.#roomAgain;
    this.#roomAgain = undefined;
    roomAgain?.();
  }

  onEnd(): void {
    // The secured socket says so too.
  }

  onClose(error: Error | undefined): void {
    if (this.#over) return;
    if (error !== undefined) this.#broken(error);
    else if (!this.#ended) this.#events.cutOff();
    this.#over = true;
    this.#keepAlive?.end();
    this.#gone?.();
    this.onDrain();
  }

  onFault(fault: unknown): void {
    this.#events.failed(fault);
  }

  readWaiting(waiting: boolean): void {
    this.#keepAlive?.waiting(waiting);
  }

  ref(): void {
    this.#keepAlive?.ref();
  }

  unref(): void {
    this.#keepAlive?.unref();
  }

  setNoDelay(noDelay: boolean): void {
    this.#socket.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive: boolean, delayMs: number | undefined): void {
    this.#socket.setKeepAlive(keepAlive, delayMs);
  }

  hasHello(): boolean {
    const reader = new HelloReader();
    return this.#first === undefined ||
      this.#first.some((bytes) => reader.take(bytes) !== undefined);
  }

  demand(): void {
    this.#held = false;
    this.#update();
  }

  pause(): void {
    this.#held = true;
    this.#update();
  }

  /**
   * Bun counts up to 128 KiB of encrypted bytes as written that it only holds, and
   * takes nothing more until the system has them (seen with 1.4). So the last byte of
   * a large write goes on its own: once Bun takes it, the system has those before it.
   */
  send(bytes: Uint8Array): number | Promise<number> {
    const last = bytes.byteLength - 1;
    const isLarge = last >= MAX_RECORD_BYTES;
    let sent = this.#socket.write(isLarge ? bytes.subarray(0, last) : bytes);
    if (isLarge && sent === last) {
      sent += this.#socket.write(bytes.subarray(last));
    }
    if (isLarge) holdsNothing(this);
    else if (sent > 0) mayHold(this);
    if (sent === bytes.byteLength) return sent;
    if (sent < 0 || this.#over) return Promise.reject(this.#writeError());
    this.#keepAlive?.sending(true);
    return new Promise((resolve, reject) => {
      this.#roomAgain = () => {
        this.#keepAlive?.sending(false);
        if (this.#over) reject(this.#writeError());
        else resolve(sent);
      };
    });
  }

  end(): Promise<void> {
    return this.#ending ??= this.#end();
  }

  close(reset: boolean): void {
    if (reset || !this.#secured || this.#over) return this.#free(reset);
    // What still comes is taken: to close over it would lose what was sent.
    this.demand();
    this.#keepAlive?.waiting(true);
    const ended = this.#ended
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#gone = resolve);
    linger(this.end(), ended, () => this.#free(false));
  }

  abandon(): void {
    this.#free(false);
  }

  /** Decrypted bytes have come. */
  received(bytes: Chunk): void {
    this.#events.received(bytes);
  }

  shaken(success: boolean, error: Error | null): void {
    if (this.#over || this.#secured) return;
    // It was hung up on; how, is told next.
    if ((error as { code?: string } | null)?.code === "ECONNRESET") return;
    const found = this.#handshake.verify(
      this.#socket,
      success,
      error ?? undefined,
    );
    if (found instanceof Error) return this.fail(found);
    this.#secured = true;
    this.#first = undefined;
    this.#events.secured(found);
    this.#update();
  }

  /** Either way: see the class. */
  peerEnded(): void {
    if (this.#over || this.#ended) return;
    this.#ended = true;
    if (this.#waiting && this.#mayEnd && this.#secured) this.#events.ended();
    else this.#events.cutOff();
    this.#gone?.();
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#events.failed(error, reasonOf(error));
  }

  /**
   * Bun holds up to 128 KiB of encrypted bytes that the system has no room for, and
   * puts off close_notify and FIN until they are gone; closed before, it drops all
   * three (seen with 1.4). Until then a write of nothing is told 0, and not -1.
   */
  async #end(): Promise<void> {
    this.#socket.shutdown();
    while (!this.#over && this.#socket.write(EMPTY) === 0) {
      await new Promise<void>((resolve) => this.#roomAgain = resolve);
    }
  }

  #broken(error: Error): void {
    this.#events.broken(
      translate(error, "read", this.#transport.backend.remoteAddr),
      true,
    );
  }

  /** Bun keeps the errno to itself. */
  #writeError(): Error {
    return socketError(
      this.#ended ? "EPIPE" : "ECONNRESET",
      "write",
      this.#transport.backend.remoteAddr,
    );
  }

  #free(reset: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#keepAlive?.end();
    if (reset) this.#plain.terminate();
    else this.#socket.close();
    this.onDrain();
  }

  #update(): void {
    const paused = this.#waiting || (this.#held && this.#secured);
    if (paused === this.#paused) return;
    this.#paused = paused;
    // The plain one would be read on.
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }
}

const HEAD_BYTES = 5;

/**
 * The longest that a record with nothing but an alert is taken for: one has 2
 * bytes, to which encryption adds 17 to 24 (51 with old ciphers), and a peer may
 * pad it.
 */
const MAX_ALERT_BYTES = 64;

/** Follows the records of one direction. */
export class RecordEnds {
  /** How much of the current record is still to come. */
  #left = 0;
  /** What has come of the next head. */
  #head: number[] = [];
  /** The length of the record that came last, or is coming. */
  #length = 0;

  /** Whether the last byte ends a record that may be an alert. */
  mayEndWithAlert(bytes: Chunk): boolean {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      this.#head.push(bytes[at++]);
      if (this.#head.length < HEAD_BYTES) continue;
      this.#length = this.#left = this.#head[3] << 8 | this.#head[4];
      this.#head = [];
    }
    return this.#left === 0 && this.#head.length === 0 &&
      this.#length <= MAX_ALERT_BYTES;
  }
}
