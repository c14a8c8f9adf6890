/**
 * TLS of Bun over a connection's own socket, by `upgradeTLS`.
 *
 * `upgradeTLS` gives two sockets: the plain one shows the encrypted bytes, the secured
 * one the decrypted bytes. Bun reports close_notify and a FIN without it alike, as 'end'.
 * So after a record that may be an alert, reading pauses for one turn of the loop: an
 * 'end' in that turn comes from the record, and one at another time from FIN or RST.
 *
 * | state     | meaning                                  | left on                                |
 * | --------- | ---------------------------------------- | -------------------------------------- |
 * | handshake | records go to Bun; nothing pauses it but | 'handshake': open, or the peer is      |
 * |           | the turn after a possible alert          | refused; `close`, 'close': over        |
 * | open      | bytes move both ways                     | `close`: closing; reset, 'close': over |
 * | closing   | close_notify and FIN are sent; reading   | the peer's end, LINGER_MS, 'close':    |
 * |           | goes on, so that the kernel sends no RST | over                                   |
 * | over      | the socket is closed or freed            |                                        |
 *
 * The peer's end (`#peerEnded`) comes in any state but over: reading is done, and
 * writing goes on. Reading is paused while `#isTurning`, and in open while `#isHeld`.
 *
 * `node:tls` of Bun over a `Duplex`, which Deno's adapter uses, ends both directions at
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
import { AlertDetector } from "../../core/tls/records.ts";
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
   * @param success Bun's verdict.
   * @param error What Bun found wrong; may be there with `success` too.
   * @returns Why the peer is refused, or what was agreed.
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

/** Passes the events of secured sockets to their engines. */
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
    guarded(data, () => data.onHandshake(success, error)),
};

/** Fails the connection where a handler throws: Bun would swallow that. */
function guarded(engine: BunTlsEngine, run: () => void): void {
  try {
    run();
  } catch (fault) {
    engine.onFault(fault);
  }
}

/** Makes the engine. @param early Encrypted bytes that were read before. */
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

/** The engine: see the table of its states above. */
class BunTlsEngine implements TlsEngine, Controls, RawEvents, Holder {
  readonly #transport: Transport;
  readonly #events: EngineEvents;
  readonly #handshake: Handshake;
  readonly #records = new AlertDetector();
  /** Missing where the connection was over before the handshake. */
  #keepAlive: KeepAlive | undefined;
  #plain!: BunSocket<unknown>;
  #socket!: BunTlsSocket;
  #state: "handshake" | "open" | "closing" | "over" = "handshake";
  /** Whether the peer has ended its direction. */
  #peerEnded = false;
  /** Resolves the wait for that, in closing. */
  #onPeerEnd: (() => void) | undefined;
  /** Whether the read queue is full. */
  #isHeld = false;
  /** Whether reading pauses for a turn, after a possible alert. */
  #isTurning = false;
  /** Whether the bytes that came last may be close_notify. */
  #mayBeAlert = false;
  /** Whether the socket is paused. */
  #isPaused = false;
  /** The pending or done `end()`. */
  #ending: Promise<void> | undefined;
  /** A server's bytes of the handshake, to see whether a ClientHello is whole. */
  #hello: Chunk[] | undefined = [];
  /** Continues a write or an end that waits for 'drain'. */
  #onRoom: (() => void) | undefined;

  constructor(
    transport: Transport,
    events: EngineEvents,
    handshake: Handshake,
  ) {
    this.#transport = transport;
    this.#events = events;
    this.#handshake = handshake;
  }

  /** Replaces the plain connection's backend. */
  get controls(): Controls {
    return this;
  }

  /** Takes the socket over; its events come here already. */
  start(socket: BunSocket<unknown>, early: readonly Chunk[]): void {
    const { isServer, tls } = this.#handshake;
    if (!isServer) this.#hello = undefined;
    for (const bytes of early) {
      this.#records.take(bytes);
      this.#hello?.push(bytes);
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
    // On clients BoringSSL refuses renegotiation by itself.
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

  /** Encrypted bytes, before Bun decrypts them. */
  onData(bytes: Chunk): void {
    this.#hello?.push(bytes);
    // After a full read Bun reads on, paused or not.
    this.#mayBeAlert = this.#records.take(bytes) &&
      bytes.length < RECEIVE_BYTES;
    if (!this.#mayBeAlert || this.#isTurning) return;
    this.#isTurning = true;
    this.#updatePause();
    setImmediate(() => {
      this.#isTurning = false;
      this.#updatePause();
    });
  }

  /** See `Holder`. */
  get fd(): number {
    return this.#socket.fd;
  }

  /** See `Holder`. */
  holdUntilDrained(): void {
    if (this.#state === "over" || this.#onRoom !== undefined) return;
    this.#keepAlive?.sending(true);
    this.#onRoom = () => this.#keepAlive?.sending(false);
  }

  onDrain(): void {
    holdsNothing(this);
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    onRoom?.();
  }

  onEnd(): void {
    // The secured socket emits 'end' too.
  }

  onClose(error: Error | undefined): void {
    if (this.#state === "over") return;
    if (error !== undefined) this.#broken(error);
    else if (!this.#peerEnded) this.#events.truncated();
    this.#state = "over";
    this.#keepAlive?.end();
    this.#onPeerEnd?.();
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
    return this.#hello === undefined ||
      this.#hello.some((bytes) => reader.take(bytes) !== undefined);
  }

  demand(): void {
    this.#isHeld = false;
    this.#updatePause();
  }

  pause(): void {
    this.#isHeld = true;
    this.#updatePause();
  }

  /**
   * Sends bytes. Bun reports up to 128 KiB of encrypted bytes as written while it still
   * holds them, and takes nothing more until the kernel has them (seen with 1.4). So the
   * last byte of a large write goes alone: once Bun takes it, the kernel has the others.
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
    if (sent < 0 || this.#state === "over") {
      return Promise.reject(this.#writeError());
    }
    this.#keepAlive?.sending(true);
    return new Promise((resolve, reject) => {
      this.#onRoom = () => {
        this.#keepAlive?.sending(false);
        if (this.#state === "over") reject(this.#writeError());
        else resolve(sent);
      };
    });
  }

  end(): Promise<void> {
    return this.#ending ??= this.#end();
  }

  close(reset: boolean): void {
    if (reset || this.#state !== "open") return this.#free(reset);
    this.#state = "closing";
    // To close over unread bytes makes the kernel send RST, which discards what was sent.
    this.demand();
    this.#keepAlive?.waiting(true);
    const ended = this.#peerEnded
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#onPeerEnd = resolve);
    linger(this.end(), ended, () => this.#free(false));
  }

  abandon(): void {
    this.#free(false);
  }

  /** Decrypted bytes. */
  received(bytes: Chunk): void {
    this.#events.received(bytes);
  }

  onHandshake(success: boolean, error: Error | null): void {
    if (this.#state !== "handshake") return;
    // The peer closed during the handshake; the close event follows.
    if ((error as { code?: string } | null)?.code === "ECONNRESET") return;
    const found = this.#handshake.verify(
      this.#socket,
      success,
      error ?? undefined,
    );
    if (found instanceof Error) return this.fail(found);
    this.#state = "open";
    this.#hello = undefined;
    this.#events.secured(found);
    this.#updatePause();
  }

  /** The peer's close_notify, or its FIN or RST without one. */
  peerEnded(): void {
    if (this.#state === "over" || this.#peerEnded) return;
    this.#peerEnded = true;
    const byAlert = this.#isTurning && this.#mayBeAlert;
    if (byAlert && this.#state !== "handshake") this.#events.ended();
    else this.#events.truncated();
    this.#onPeerEnd?.();
  }

  fail(error: Error): void {
    if (this.#state === "over") return;
    this.#events.failed(error, reasonOf(error));
  }

  /**
   * Sends close_notify and FIN. Bun holds up to 128 KiB of encrypted bytes that the
   * kernel has no room for, and sends both after them; a close before that discards all
   * three (seen with 1.4). Until then a write of no bytes returns 0, and then -1.
   */
  async #end(): Promise<void> {
    this.#socket.shutdown();
    while (!this.#isOver() && this.#socket.write(EMPTY) === 0) {
      await new Promise<void>((resolve) => this.#onRoom = resolve);
    }
  }

  #broken(error: Error): void {
    this.#events.broken(
      translate(error, "read", this.#transport.backend.remoteAddr),
      true,
    );
  }

  /** Bun does not report the errno. */
  #writeError(): Error {
    return socketError(
      this.#peerEnded ? "EPIPE" : "ECONNRESET",
      "write",
      this.#transport.backend.remoteAddr,
    );
  }

  #free(reset: boolean): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#keepAlive?.end();
    if (reset) this.#plain.terminate();
    else this.#socket.close();
    this.onDrain();
  }

  /** Asked in a loop, where the compiler would take the state for unchanged. */
  #isOver(): boolean {
    return this.#state === "over";
  }

  #updatePause(): void {
    const isPaused = this.#isTurning ||
      (this.#isHeld && this.#state !== "handshake");
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    // Paused, the plain socket would still be read.
    if (isPaused) this.#socket.pause();
    else this.#socket.resume();
  }
}
