/**
 * TLS as the backend below a connection, with the plain connection's backend below it.
 *
 * @module
 */
import { socketError, type TlsWhy } from "../errno.ts";
import type { Operation, SocketError } from "../../api/errors.ts";
import type { TlsInfo } from "../../api/tls.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { ConnBackend } from "../stream/conn.ts";
import type { Detached, ReadQueue } from "../stream/read_queue.ts";
import { PendingCall } from "../wait/pending_call.ts";
import type { WriteQueue } from "../stream/write_queue.ts";
import type { Begin, Controls, EngineEvents, TlsEngine } from "./backend.ts";
import { closeInOrder, closeNow, LINGER_MS, Transport } from "./transport.ts";
import { whyOf } from "./reasons.ts";

/** Why a connection is over, in the words of an error. */
export interface Failure {
  readonly code: string;
  readonly reason?: string | undefined;
  readonly cause?: unknown;
  /** Why it was TLS that failed, if it was. */
  readonly tls?: TlsWhy | undefined;
}

const CUT_OFF: Failure = {
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
 * What calls and events make of a connection.
 *
 * | state     | meaning                                 | goes on to                       |
 * | --------- | --------------------------------------- | -------------------------------- |
 * | `opening` | there is no engine yet                  | `shaking`, `closing`, the others |
 * | `shaking` | the handshake is under way              | `open`, `closing`, `lost`        |
 * | `open`    | bytes of the application may move       | `lost`, `closed`                 |
 * | `closing` | closed here, before the handshake ended | `closed`, after LINGER_MS        |
 * | `lost`    | it failed                               | `closed`                         |
 * | `closed`  | the engine does the rest                |                                  |
 */
type State = "opening" | "shaking" | "open" | "closing" | "lost" | "closed";

/** The backend. */
export class TlsConnBackend<A extends Addr>
  implements ConnBackend<A>, EngineEvents {
  readonly remoteAddr: A;
  readonly localAddr: A;
  readonly sendsByReference = true;
  readonly transport: Transport;
  #controls: Controls;
  readonly #handshake = new PendingCall<TlsInfo>();
  readonly #settled: () => void;
  /** Whether that was called. */
  #told = false;
  #reads!: ReadQueue;
  #writes!: WriteQueue;
  #engine: TlsEngine | undefined;
  #state: State = "opening";
  /** Whether enough lies unread. */
  #held = false;
  /** How many kinds of calls wait. */
  #waiting = 0;
  /** Whether those are to keep the process alive. */
  #wanted = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the client's first message has been read, of a server that did so itself. */
  hasHello = false;
  /** What the peer has sent before it was verified: bytes, or its end (`null`). */
  #early: (Chunk | null)[] | undefined;

  /**
   * @param early What has come over the plain connection already.
   * @param settled Called once, when the handshake is over, one way or the other:
   *   after closing here that is later than the promise tells.
   * @param helloTimeoutMs How long a server waits for the client's first message.
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
    // No call waits yet, which Deno has to be told before it reads.
    backend.readWaiting(true);
    backend.readWaiting(false);
    if (helloTimeoutMs >= timeoutMs) this.#limit(timeoutMs, timeoutMs);
    else this.#limitHello(helloTimeoutMs, timeoutMs);
  }

  /** Resolves, or rejects, when the handshake is over. */
  get handshake(): Promise<TlsInfo> {
    return this.#handshake.promise;
  }

  /** Whether it is over already. */
  get handshakeDone(): boolean {
    return this.#handshake.settled;
  }

  attach(reads: ReadQueue, writes: WriteQueue): void {
    this.#reads = reads;
    this.#writes = writes;
  }

  /** Begins the handshake. @param early What was taken of the peer's bytes. */
  begin(start: Begin, early: readonly Chunk[] = []): void {
    if (this.#state === "opening") this.#state = "shaking";
    else if (this.#state !== "closing") return;
    let engine: TlsEngine;
    try {
      engine = start(this.transport, this, early);
    } catch (cause) {
      // Whatever a runtime throws there is no reason to hang, or to go on.
      this.fail({ code: "EPROTO", cause });
      return;
    }
    this.#engine = engine;
    if (engine.controls !== undefined) {
      this.#controls = engine.controls;
      if (this.#waiting > 0) this.#controls.readWaiting(true);
      if (!this.#wanted) this.#controls.unref();
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

  cutOff(): void {
    if (this.#state === "open") {
      // Its end may have been forged, so it does not end what is written here.
      this.#reads.end(this.#error(CUT_OFF, "read"));
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
    // To the reading side, a write's EPIPE is a connection that broke off.
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

  /** The connection fails: pending calls reject, and the peer gets an alert where that can be. */
  fail(failure: Failure): void {
    if (this.#state === "lost" || this.#state === "closed") return;
    this.#endHandshake(failure);
    if (this.#state === "closing") this.wait(false);
    this.#state = "lost";
    this.#early = undefined;
    this.#settle();
    this.#reads.end(this.#error(failure, "read"));
    this.#writes.fail(this.#error(failure, "write"));
    // The peer is gone, or silent: an alert would reach nothing.
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

  /** A kind of call has begun (`true`) or ended to wait: it keeps the process alive. */
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
    // Its buffer may be transferred away meanwhile, which the queue sees to.
    return this.#handshake.promise.then(() =>
      bytes.byteLength === size ? this.#engine!.send(bytes) : 0
    );
  }

  writeFailure(reason: unknown): SocketError {
    // Told already, and better, where the connection failed as a whole.
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
    // And again for what comes of it: bytes are decrypted a turn later.
    await backend.lookAhead();
  }

  close(reset: boolean): void {
    const state = this.#state;
    // What is left to be told to the peer is under way.
    if (state === "closing" || state === "closed") return;
    this.#endHandshake({ code: "EINTR" });
    if (state === "lost") this.#state = "closed";
    else if (state === "open" || reset) this.#closeNow(reset);
    else {
      // Without close_notify, for which the handshake is needed, the peer could not
      // tell this end from an attacker's.
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
    this.#wanted = true;
    this.#controls.ref();
  }

  unref(): void {
    this.#wanted = false;
    this.#controls.unref();
  }

  /** @param left How much of the time is left. */
  #limit(timeoutMs: number, left: number): void {
    this.#after(left, () => {
      this.fail({
        code: "ETIMEDOUT",
        tls: TIMEOUT,
        reason: `the handshake took longer than ${timeoutMs} ms`,
      });
    });
  }

  /** With one timer at a time: most handshakes are done before either is due. */
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
    // What is waited for keeps the process alive, or is not to.
    (this.#timer as { unref?(): void }).unref?.();
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

  /** Keeps what comes until the peer is verified, if it may still be. */
  #holdBack(event: Chunk | null): void {
    if (this.#state === "shaking") (this.#early ??= []).push(event);
  }

  #endHandshake(failure: Failure): void {
    clearTimeout(this.#timer);
    if (this.#handshake.settled) return;
    this.#handshake.reject(this.#error(failure, "handshake"));
  }

  #settle(): void {
    if (this.#told) return;
    this.#told = true;
    this.#settled();
  }
}

/** What an error of the plain connection means here. */
function asFailure(reason: unknown): Failure {
  const { code, cause, alert, ...error } = reason as Partial<SocketError>;
  return {
    code: typeof code === "string" ? code : "EPROTO",
    cause: cause ?? reason,
    tls: error.reason && { reason: error.reason, alert },
  };
}
