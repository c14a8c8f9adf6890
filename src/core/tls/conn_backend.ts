/**
 * The backend of a TLS connection, which runs over the backend of a plain one.
 *
 * @module
 */
import { socketError, type TlsWhy } from "../errno.ts";
import type { Operation, SocketError } from "../../api/errors.ts";
import type { TlsInfo } from "../../api/tls.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { ConnBackend } from "../stream/backend.ts";
import type { Detached, ReadQueue } from "../stream/read_queue.ts";
import { PendingCall, unrefTimer } from "../wait/pending_call.ts";
import type { WriteQueue } from "../stream/write_queue.ts";
import type { Begin, Controls, EngineEvents, TlsEngine } from "./backend.ts";
import { closeInOrder, closeNow, LINGER_MS, Transport } from "./transport.ts";
import { whyOf } from "./reasons.ts";

/** Why a connection failed, as the fields of an error. */
export interface Failure {
  readonly code: string;
  readonly reason?: string | undefined;
  readonly cause?: unknown;
  /** The reason and the alert, if TLS failed. */
  readonly tls?: TlsWhy | undefined;
}

const TRUNCATED: Failure = {
  code: "EOF",
  reason:
    "the peer's bytes ended without close_notify: they may have been cut off",
  tls: { reason: "truncated" },
};
const ENDED_IN_HANDSHAKE: Failure = {
  code: "EOF",
  reason: "the peer ended the connection during the handshake",
  tls: { reason: "truncated" },
};
const TIMEOUT: TlsWhy = { reason: "timeout" };

/**
 * The states of a TLS connection.
 *
 * | state     | meaning                                 | goes on to                       |
 * | --------- | --------------------------------------- | -------------------------------- |
 * | `opening` | there is no engine yet                  | `shaking`, `closing`, the others |
 * | `shaking` | the handshake is pending                | `open`, `closing`, `lost`        |
 * | `open`    | application data can be transferred     | `lost`, `closed`                 |
 * | `closing` | closed here, before the handshake ended | `closed`, after LINGER_MS        |
 * | `lost`    | the connection failed                   | `closed`                         |
 * | `closed`  | the engine completes the close          |                                  |
 */
type State = "opening" | "shaking" | "open" | "closing" | "lost" | "closed";

/** The backend of a TLS connection. */
export class TlsConnBackend<A extends Addr>
  implements ConnBackend<A>, EngineEvents {
  readonly remoteAddr: A;
  readonly localAddr: A;
  readonly sendsByReference = true;
  readonly transport: Transport;
  #controls: Controls;
  readonly #handshake = new PendingCall<TlsInfo>();
  readonly #settled: () => void;
  /** Whether `#settled` was called. */
  #isSettled = false;
  #reads!: ReadQueue;
  #writes!: WriteQueue;
  #engine: TlsEngine | undefined;
  #state: State = "opening";
  /** Whether reading is paused, because enough bytes are unread. */
  #held = false;
  /** How many kinds of calls wait. */
  #waiting = 0;
  /** Whether those calls keep the process alive. */
  #isRef = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether a server has read the ClientHello itself, before its engine was created. */
  hasHello = false;
  /** What the peer has sent before it was verified: bytes, or its end (`null`). */
  #early: (Chunk | null)[] | undefined;

  /**
   * @param early Bytes already received over the plain connection.
   * @param settled Called once, when the handshake is over, successful or not. After
   *   closing here, that is later than the promise settles.
   * @param helloTimeoutMs How long a server waits for the ClientHello.
   */
  constructor(
    backend: ConnBackend<A>,
    early: Detached | undefined,
    timeoutMs: number,
    settled: () => void = () => {},
    helloTimeoutMs: number = Infinity,
  ) {
    this.#controls = backend;
    this.remoteAddr = backend.remoteAddr;
    this.localAddr = backend.localAddr;
    this.#settled = settled;
    // Without a handler a rejection would end the process.
    this.#handshake.promise.catch(() => {});
    this.transport = new Transport(backend);
    if (early !== undefined) {
      const { incoming } = this.transport;
      for (const chunk of early.chunks) incoming.push(chunk, true);
      if (early.end !== undefined) incoming.end(early.end.error);
    }
    // Reports that no call waits yet, which the backend of Deno requires before it
    // reads.
    backend.readWaiting(true);
    backend.readWaiting(false);
    if (helloTimeoutMs >= timeoutMs) this.#limit(timeoutMs, timeoutMs);
    else this.#limitHello(helloTimeoutMs, timeoutMs);
  }

  /** Settles when the handshake is over. */
  get handshake(): Promise<TlsInfo> {
    return this.#handshake.promise;
  }

  /** Whether the handshake is over. */
  get handshakeDone(): boolean {
    return this.#handshake.settled;
  }

  /**
   * Whether the handshake has ended on the wire too: after a close here it goes on, in
   * order to send close_notify.
   */
  get handshakeSettled(): boolean {
    return this.#isSettled;
  }

  attach(reads: ReadQueue, writes: WriteQueue): void {
    this.#reads = reads;
    this.#writes = writes;
  }

  /** Begins the handshake. @param early Bytes of the peer that were already read. */
  begin(start: Begin, early: readonly Chunk[] = []): void {
    if (this.#state === "opening") this.#state = "shaking";
    else if (this.#state !== "closing") return;
    let engine: TlsEngine;
    try {
      engine = start(this.transport, this, early);
    } catch (cause) {
      // Any error of the runtime fails the connection, which would hang otherwise.
      this.fail({ code: "EPROTO", cause });
      return;
    }
    this.#engine = engine;
    if (engine.controls !== undefined) {
      this.#controls = engine.controls;
      if (this.#waiting > 0) this.#controls.readWaiting(true);
      if (!this.#isRef) this.#controls.unref();
    }
    if (this.#held) engine.pause();
  }

  secured(info: TlsInfo): void {
    if (this.#state === "closing") return this.#closeNow(false);
    if (this.#state !== "shaking") return;
    this.#state = "open";
    clearTimeout(this.#timer);
    this.#handshake.resolve(info);
    this.#settle();
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const event of early) {
      if (event === null) this.#reads.end(null);
      else this.#reads.push(event, true);
    }
  }

  received(bytes: Chunk): void {
    if (this.#state === "open") this.#reads.push(bytes, true);
    else this.#holdBack(bytes);
  }

  ended(): void {
    if (this.#state === "open") this.#reads.end(null);
    else this.#holdBack(null);
  }

  truncated(): void {
    if (this.#state === "open") {
      // The end may have been forged, so it does not end the writing.
      this.#reads.end(this.#error(TRUNCATED, "read"));
    } else this.fail(ENDED_IN_HANDSHAKE);
  }

  broken(error: SocketError, wholly: boolean): void {
    if (this.#state === "closed" || this.#state === "lost") return;
    const failure = asFailure(error);
    if (this.#state !== "open") {
      this.fail(
        failure.code === "EPIPE" ? { ...failure, code: "ECONNRESET" } : failure,
      );
      return;
    }
    // For reads, EPIPE of a write means that the connection was reset.
    const { code } = failure;
    if (wholly) {
      this.#reads.end(
        this.#error(
          { ...failure, code: code === "EPIPE" ? "ECONNRESET" : code },
          "read",
        ),
      );
    }
    this.#writes.fail(this.#error(failure, "write"));
  }

  failed(native: unknown, reason?: string): void {
    this.fail({ code: "EPROTO", reason, cause: native, tls: whyOf(native) });
  }

  /**
   * Fails the connection: pending calls reject, and the peer gets an alert if possible.
   */
  fail(failure: Failure): void {
    if (this.#state === "lost" || this.#state === "closed") return;
    this.#endHandshake(failure);
    if (this.#state === "closing") this.wait(false);
    this.#state = "lost";
    this.#early = undefined;
    this.#settle();
    this.#reads.end(this.#error(failure, "read"));
    this.#writes.fail(this.#error(failure, "write"));
    // The peer is gone or silent, so an alert would not reach it.
    if (failure.code === "ECONNRESET" || failure.code === "ETIMEDOUT") {
      if (this.#engine !== undefined) this.#engine.close(true);
      else closeNow(this.transport, true);
    } else if (this.#engine !== undefined) this.#engine.abandon();
    else closeInOrder(this.transport);
  }

  demand(): void {
    this.#held = false;
    this.#engine?.demand();
  }

  pause(): void {
    this.#held = true;
    this.#engine?.pause();
  }

  readWaiting(waiting: boolean): void {
    this.wait(waiting);
  }

  writeWaiting(waiting: boolean): void {
    this.wait(waiting);
  }

  /**
   * Records that a kind of call starts (`true`) or stops waiting. Waiting calls keep
   * the process alive.
   */
  wait(begun: boolean): void {
    const before = this.#waiting;
    this.#waiting += begun ? 1 : -1;
    if (before === 0 || this.#waiting === 0) {
      this.#controls.readWaiting(begun);
    }
  }

  send(bytes: Uint8Array): number | Promise<number> {
    if (this.#state === "open") return this.#engine!.send(bytes);
    const size = bytes.byteLength;
    // The buffer may be transferred meanwhile; the queue then rejects the write.
    return this.#handshake.promise.then(() =>
      bytes.byteLength === size ? this.#engine!.send(bytes) : 0
    );
  }

  writeFailure(reason: unknown): SocketError {
    // If the connection has failed as a whole, its error is more specific.
    return this.#writes.error ?? this.#error(asFailure(reason), "write");
  }

  get opening(): boolean {
    return !this.#handshake.settled;
  }

  async shutdown(): Promise<void> {
    try {
      await this.#handshake.promise;
      await this.#engine!.end();
    } catch (error) {
      throw this.#error(asFailure(error), "closeWrite");
    }
  }

  turn(): Promise<void> | undefined {
    return this.transport.backend.turn?.();
  }

  async lookAhead(): Promise<void> {
    const { backend } = this.transport;
    await backend.lookAhead();
    // Repeated, because bytes are decrypted a turn later.
    await backend.lookAhead();
  }

  close(reset: boolean): void {
    const state = this.#state;
    // The close is already in progress.
    if (state === "closing" || state === "closed") return;
    this.#endHandshake({ code: "EINTR" });
    if (state === "lost") this.#state = "closed";
    else if (state === "open" || reset) this.#closeNow(reset);
    else {
      // close_notify requires the handshake. Without it, the peer could not distinguish
      // this end from an attacker's.
      this.#state = "closing";
      this.#early = undefined;
      this.wait(true);
      this.#after(LINGER_MS, () => this.#closeNow(true));
    }
  }

  setNoDelay(noDelay: boolean): void {
    this.#controls.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive: boolean, delayMs: number | undefined): void {
    this.#controls.setKeepAlive(keepAlive, delayMs);
  }

  ref(): void {
    this.#isRef = true;
    this.#controls.ref();
  }

  unref(): void {
    this.#isRef = false;
    this.#controls.unref();
  }

  /** @param left How many milliseconds are left. */
  #limit(timeoutMs: number, left: number): void {
    this.#after(left, () => {
      this.fail({
        code: "ETIMEDOUT",
        tls: TIMEOUT,
        reason: `the handshake took longer than ${timeoutMs} ms`,
      });
    });
  }

  /** Uses one timer at a time: most handshakes are over before either limit. */
  #limitHello(helloTimeoutMs: number, timeoutMs: number): void {
    this.#after(helloTimeoutMs, () => {
      if (this.hasHello || this.#engine?.hasHello?.()) {
        this.#limit(timeoutMs, timeoutMs - helloTimeoutMs);
        return;
      }
      this.fail({
        code: "ETIMEDOUT",
        tls: TIMEOUT,
        reason:
          `no whole ClientHello came within helloTimeoutMs, ${helloTimeoutMs} ms`,
      });
    });
  }

  #after(ms: number, call: () => void): void {
    if (ms === Infinity) return;
    this.#timer = setTimeout(call, ms);
    // The calls that wait keep the process alive, unless unref() was called.
    unrefTimer(this.#timer);
  }

  #error(
    { code, reason, cause, tls }: Failure,
    operation: Operation,
  ): SocketError {
    return socketError(code, operation, this.remoteAddr, {
      reason,
      cause,
      tls,
    });
  }

  #closeNow(reset: boolean): void {
    if (this.#state === "closing") this.wait(false);
    clearTimeout(this.#timer);
    this.#state = "closed";
    this.#settle();
    if (this.#engine !== undefined) this.#engine.close(reset);
    else closeNow(this.transport, reset);
  }

  /**
   * Stores an event until the peer is verified; drops it if that is no longer possible.
   */
  #holdBack(event: Chunk | null): void {
    if (this.#state === "shaking") (this.#early ??= []).push(event);
  }

  #endHandshake(failure: Failure): void {
    clearTimeout(this.#timer);
    if (this.#handshake.settled) return;
    this.#handshake.reject(this.#error(failure, "handshake"));
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settled();
  }
}

/** Translates an error of the plain connection. */
function asFailure(reason: unknown): Failure {
  const { code, cause, alert, ...error } = reason as Partial<SocketError>;
  return {
    code: typeof code === "string" ? code : "EPROTO",
    cause: cause ?? reason,
    tls: error.reason && { reason: error.reason, alert },
  };
}
