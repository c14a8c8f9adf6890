/**
 * TLS as the link below a connection, with the plain connection's link below it.
 *
 * @module
 */
import { socketError } from "../../errno.ts";
import type { Operation, SocketError } from "../../errors.ts";
import type { TlsInfo } from "../../tls_types.ts";
import type { Addr, Chunk } from "../../types.ts";
import type { HandedOver, Link } from "../conn.ts";
import { type ChunkTaker, ReadQueue } from "../read_queue.ts";
import { Waiter } from "../waiter.ts";
import { WriteQueue } from "../write_queue.ts";
import type { Engine, EngineEvents } from "./engine.ts";

/**
 * How long a peer may take to hear why a connection failed. To close while its
 * bytes lie unread would make the system send a reset, which may overtake the alert.
 */
const LINGER_MS = 1_000;

/** Why a connection is over, in the words of an error. */
export interface Failure {
  readonly code: string;
  readonly reason?: string | undefined;
  readonly cause?: unknown;
}

const ENDED_EARLY: Failure = {
  code: "EOF",
  reason:
    "the peer's connection ended without close_notify: it may have been cut off",
};
const ENDED_IN_HANDSHAKE: Failure = {
  code: "EOF",
  reason: "the peer ended the connection during the handshake",
};

/** `opening`: until there is an engine; `lost`: it failed. */
type State = "opening" | "shaking" | "open" | "lost" | "closed";

/** The link. */
export class TlsLink<A extends Addr> implements Link<A>, EngineEvents {
  readonly address: A;
  readonly localAddr: A;
  readonly sendsByReference = true;
  readonly #raw: Link<A>;
  /** What the peer has sent, encrypted. */
  readonly #incoming: ReadQueue;
  readonly #outgoing: WriteQueue;
  readonly #handshake = new Waiter<TlsInfo>();
  readonly #settled: () => void;
  readonly #taker: ChunkTaker;
  #reads!: ReadQueue;
  #writes!: WriteQueue;
  #engine: Engine | undefined;
  /** Takes the peer's bytes as long as there is no engine. */
  #listener: ((bytes: Chunk) => boolean) | undefined;
  #state: State = "opening";
  /** Whether the plain connection has been asked for bytes. */
  #asking = false;
  /** Whether enough lies unread. */
  #held = false;
  /** How the plain connection's incoming bytes ended. */
  #rawEnd: { readonly error: unknown } | undefined;
  /** How many kinds of calls wait. */
  #waiting = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Called when the peer has ended too, after a failure. */
  #goneToo: (() => void) | undefined;

  /** @param settled Called once, when the handshake is over, one way or the other. */
  constructor(
    { link, early }: HandedOver<A>,
    timeoutMs: number,
    settled: () => void = () => {},
  ) {
    this.#raw = link;
    this.address = link.address;
    this.localAddr = link.localAddr;
    this.#settled = settled;
    // That nobody asks how it went is no reason to end the process.
    this.#handshake.promise.catch(() => {});
    const hooks = {
      address: link.address,
      sendsByReference: link.sendsByReference,
      demand: () => link.demand(),
      pause: () => link.pause(),
      // Only what the caller waits for keeps the process alive.
      readWaiting() {},
      writeWaiting: (waiting: boolean) => link.writeWaiting(waiting),
      send: (bytes: Uint8Array) => link.send(bytes),
      writeFailure: (reason: unknown) => link.writeFailure(reason),
      shutdown: () => link.shutdown(),
      ...link.turn && { turn: () => link.turn!() },
    };
    this.#incoming = new ReadQueue(hooks);
    this.#outgoing = new WriteQueue(hooks);
    link.attach(this.#incoming, this.#outgoing);
    for (const chunk of early.chunks) this.#incoming.push(chunk, true);
    if (early.end !== undefined) this.#incoming.end(early.end.error);
    this.#taker = {
      resolve: (chunk) => {
        this.#asking = false;
        if (chunk === null) this.#ended(undefined);
        else this.#feed(chunk);
      },
      reject: (error) => {
        this.#asking = false;
        this.#ended(error);
      },
    };
    if (timeoutMs !== Infinity) {
      this.#timer = setTimeout(() => {
        this.fail({
          code: "ETIMEDOUT",
          reason: `the handshake took longer than ${timeoutMs} ms`,
        });
      }, timeoutMs);
      // What is waited for keeps the process alive, or is not to.
      (this.#timer as { unref?(): void }).unref?.();
    }
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

  /** Hands what comes to `listener` until that returns false: it has enough. */
  listen(listener: (bytes: Chunk) => boolean): void {
    if (this.#state !== "opening") return;
    this.#listener = listener;
    this.#ask();
  }

  /** Begins the handshake. @param early What the listener has taken in. */
  begin(start: (events: EngineEvents) => Engine, early?: Uint8Array): void {
    if (this.#state !== "opening") return;
    this.#listener = undefined;
    this.#state = "shaking";
    this.#engine = start(this);
    if (early !== undefined) this.#engine.feed(early);
    this.#ask();
  }

  /** Sends as it is, before there is an engine. */
  transmit(bytes: Uint8Array | readonly Uint8Array[]): Promise<unknown> {
    return this.#outgoing.write(bytes).catch((error: SocketError) => {
      this.#broken(error);
      throw error;
    });
  }

  secured(info: TlsInfo): void {
    if (this.#state !== "shaking") return;
    this.#state = "open";
    clearTimeout(this.#timer);
    this.#handshake.resolve(info);
    this.#settled();
  }

  received(bytes: Chunk): void {
    this.#reads.push(bytes, true);
  }

  ended(): void {
    this.#reads.end(null);
  }

  failed(native: unknown, reason?: string): void {
    this.fail({ code: "EPROTO", reason, cause: native });
  }

  /** It is over: whoever waits is told, and so is the peer as far as can be. */
  fail(failure: Failure): void {
    if (this.#state === "lost" || this.#state === "closed") return;
    this.#state = "lost";
    this.#listener = undefined;
    this.#endHandshake(this.#error(failure, "handshake"));
    this.#reads.end(this.#error(failure, "read"));
    this.#writes.fail(this.#error(failure, "write"));
    // A peer that is too slow would not listen either.
    if (failure.code === "ETIMEDOUT") this.#free(true);
    else this.#retire();
  }

  demand(): void {
    this.#held = false;
    this.#ask();
  }

  pause(): void {
    this.#held = true;
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
    if (before === 0 || this.#waiting === 0) this.#raw.readWaiting(begun);
  }

  send(bytes: Uint8Array): number | Promise<number> {
    if (this.#state === "open") return this.#engine!.send(bytes);
    return this.#handshake.promise.then(() => this.#engine!.send(bytes));
  }

  writeFailure(reason: unknown): SocketError {
    // Told already, and better, where the connection failed as a whole.
    return this.#writes.error ??
      this.#error(asFailure(reason), "write");
  }

  async shutdown(): Promise<void> {
    try {
      await this.#handshake.promise;
      await this.#engine!.end();
      await this.#outgoing.closeWrite();
    } catch (error) {
      throw this.#error(asFailure(error), "closeWrite");
    }
  }

  turn(): Promise<void> {
    return this.#raw.turn?.() ?? Promise.resolve();
  }

  close(cut: boolean): void {
    const state = this.#state;
    if (state === "lost" || state === "closed") {
      // What is left to be told to the peer is under way.
      this.#state = "closed";
      return;
    }
    this.#state = "closed";
    this.#endHandshake(socketError("EINTR", "handshake", this.address));
    if (cut || state !== "open") this.#free(cut);
    else this.#closeInOrder();
  }

  setNoDelay(noDelay: boolean): void {
    this.#raw.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive: boolean, delayMs: number | undefined): void {
    this.#raw.setKeepAlive(keepAlive, delayMs);
  }

  ref(): void {
    this.#raw.ref();
  }

  unref(): void {
    this.#raw.unref();
  }

  #error({ code, reason, cause }: Failure, operation: Operation): SocketError {
    return socketError(code, operation, this.address, { reason, cause });
  }

  #endHandshake(error: SocketError): void {
    clearTimeout(this.#timer);
    if (this.#handshake.settled) return;
    this.#handshake.reject(error);
    this.#settled();
  }

  /** Lets the next bytes come, unless nobody wants any. */
  #ask(): void {
    if (this.#asking || this.#rawEnd !== undefined) return;
    if (this.#held && this.#state === "open") return;
    if (this.#state === "opening" && this.#listener === undefined) return;
    this.#asking = true;
    this.#incoming.request(this.#taker);
  }

  #feed(chunk: Chunk): void {
    if (this.#listener !== undefined) {
      if (!this.#listener(chunk)) this.#listener = undefined;
      // Of a connection that failed, the rest is of no interest.
    } else if (this.#state !== "lost") this.#engine?.feed(chunk);
    this.#ask();
  }

  /** The plain connection's incoming bytes have ended. */
  #ended(error: unknown): void {
    this.#rawEnd = { error };
    this.#goneToo?.();
    // What came last is to have its effect before: close_notify, or an alert.
    if (this.#engine === undefined) this.#judgeEnd();
    else this.#engine.turn().then(() => this.#judgeEnd());
  }

  #judgeEnd(): void {
    const { error } = this.#rawEnd!;
    if (error !== undefined) this.#broken(error as SocketError);
    else if (this.#state === "opening" || this.#state === "shaking") {
      this.fail(ENDED_IN_HANDSHAKE);
    } else if (this.#state === "open" && !this.#reads.ended) {
      // Its end may have been forged, so it does not end what is written here.
      this.#reads.end(this.#error(ENDED_EARLY, "read"));
    }
  }

  /** The plain connection broke off. */
  #broken(error: SocketError): void {
    if (this.#state === "closed" || this.#state === "lost") return;
    const failure = asFailure(error);
    if (this.#state !== "open") return this.fail(failure);
    // What is not read yet may still end with close_notify.
    if (this.#rawEnd !== undefined) {
      this.#reads.end(
        this.#error(
          failure.code === "EPIPE"
            ? { code: "ECONNRESET", cause: error }
            : failure,
          "read",
        ),
      );
    }
    this.#writes.fail(this.#error(failure, "write"));
  }

  #free(cut: boolean): void {
    this.#engine?.destroy();
    const lost = this.#outgoing.close();
    this.#incoming.close();
    this.#raw.close(cut || lost);
  }

  /** Sends close_notify, and then closes. */
  #closeInOrder(): void {
    const close = () => {
      clearTimeout(timer);
      this.#free(false);
    };
    // A peer that reads nothing is not waited for.
    const timer = setTimeout(close, LINGER_MS);
    (timer as { unref?(): void }).unref?.();
    this.#engine!.end().then(close, close);
  }

  /** Sends what is left, and then FIN; closes when the peer has had the time to read it. */
  #retire(): void {
    if (this.#rawEnd?.error !== undefined) return this.#free(true);
    const close = () => {
      clearTimeout(timer);
      this.#free(false);
    };
    const timer = setTimeout(close, LINGER_MS);
    (timer as { unref?(): void }).unref?.();
    const ended = new Promise<void>((resolve) => {
      this.#goneToo = resolve;
      if (this.#rawEnd !== undefined) resolve();
    });
    this.#outgoing.closeWrite().then(() => ended).then(close, close);
    this.#ask();
  }
}

/** What an error of the plain connection means here. */
function asFailure(reason: unknown): Failure {
  const { code, cause } = reason as Partial<SocketError>;
  return {
    code: typeof code === "string" ? code : "EPROTO",
    cause: cause ?? reason,
  };
}
