/**
 * A server: its connections, their handlers, and its shutdown.
 *
 * @module
 */
import { StreamConn } from "../core/stream/conn.ts";
import { checkNames } from "../core/options/option_names.ts";
import { ownOption } from "../core/options/own_options.ts";
import {
  BadResource,
  BrokenPipe,
  ConnectionReset,
  Interrupted,
} from "../api/errors.ts";
import type { Addr, Conn, Listener } from "../api/stream.ts";
import { AcceptLoop } from "./accept_loop.ts";
import { Admission } from "./admission.ts";
import { checkMs, NAMES, type ServePlan } from "./options.ts";
import type {
  CloseReason,
  Handler,
  ServeInfo,
  Server,
  ServerEvent,
  ServerStats,
  ShutdownOptions,
} from "../api/serve.ts";
import { watch, Watched } from "./watch.ts";
import { Wheel } from "./wheel.ts";

/**
 * How long handlers may run after the grace period of a shutdown, once their connections
 * are closed. Handlers that still wait for something else are then abandoned.
 */
const ABORT_GRACE_MS = 100;

/** Error reasons of a handler's calls after its connection exceeded a limit. */
const PAST = {
  idle: "closed by serve(): no byte moved within idleTimeoutMs",
  slow: "closed by serve(): fewer bytes moved than minRate asks for",
} as const;

/** Error reason of a handler's calls after the grace period of a shutdown. */
const STOPPED = "reset by serve(): the grace of its shutdown is over";

/** Error reason of calls that are pending when their handler fails. */
const FAILED = "reset by serve(): its handler has failed";

/** An accepted connection and its state. */
class Session<A extends Addr> extends Watched {
  declare readonly conn: Conn<A>;
  /** Whether its handler has returned and the graceful close is running. */
  closing = false;
  /** Whether the connection is closed. */
  ended = false;
}

/** Serves the connections of a listener. */
export class ConnServer<A extends Addr> implements Server<A> {
  readonly finished: Promise<void>;
  readonly #listener: Listener<A>;
  readonly #loop: AcceptLoop<A>;
  readonly #handler: Handler<A>;
  readonly #plan: ServePlan<A>;
  readonly #admission: Admission | undefined;
  readonly #emit: ((event: ServerEvent<A>) => void) | undefined;
  readonly #sessions = new Wheel<Session<A>>();
  readonly #stopping = new AbortController();
  readonly #info: ServeInfo = Object.freeze({ signal: this.#stopping.signal });
  /** Whether accepting has ended. */
  #stopped = false;
  #finish!: () => void;
  #isFinished = false;
  /** How many handlers have not settled. */
  #handling = 0;
  /** Whether `finished` no longer waits for handlers. */
  #abandons = false;
  readonly #abort = () => {
    this.shutdown();
  };
  #graceTimer: ReturnType<typeof setTimeout> | undefined;
  #graceEnds = Infinity;

  #accepted = 0;
  #acceptFailures = 0;
  /** Totals of closed sessions. */
  #bytesRead = 0;
  #bytesWritten = 0;
  readonly #closed = { done: 0, failed: 0, idle: 0, slow: 0, shutdown: 0 };
  readonly #rejected = { denied: 0, tooMany: 0 };

  constructor(listener: Listener<A>, handler: Handler<A>, plan: ServePlan<A>) {
    this.#listener = listener;
    this.#handler = handler;
    this.#plan = plan;
    this.#admission = Admission.for(plan);
    watch(this.#sessions, plan, (session, limit) => {
      // Resets if a write is pending: FIN would make a partial message look complete.
      StreamConn.closeFor(session.conn, PAST[limit], "close");
      this.#end(session, session.closing ? "done" : limit);
    });
    this.#emit = guarded(plan.onEvent);
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    plan.signal?.addEventListener("abort", this.#abort);
    this.#loop = new AcceptLoop(listener, plan.pace, {
      isFull: () => this.#sessions.size >= plan.maxConnections,
      admit: (conn) => this.#admit(conn),
      failed: (error) => {
        this.#acceptFailures++;
        this.#emit?.({ type: "acceptFailed", error });
      },
      resumed: () => this.#emit?.({ type: "acceptResumed" }),
    });
    this.#loop.run().then(() => {
      this.#stopped = true;
      this.#finishIfDone();
    });
    // The signal may have aborted while the listener opened.
    if (plan.signal?.aborted) this.shutdown();
  }

  get addr(): A {
    return this.#listener.addr;
  }

  stats(): ServerStats {
    let bytesRead = this.#bytesRead;
    let bytesWritten = this.#bytesWritten;
    for (const { conn } of this.#sessions.all()) {
      bytesRead += conn.bytesRead;
      bytesWritten += conn.bytesWritten;
    }
    return {
      accepted: this.#accepted,
      active: this.#sessions.size,
      closed: { ...this.#closed },
      rejected: { ...this.#rejected },
      dropped: this.#listener.dropped,
      acceptFailures: this.#acceptFailures,
      bytesRead,
      bytesWritten,
    };
  }

  shutdown(options?: ShutdownOptions): Promise<void> {
    let graceMs: number;
    try {
      checkNames(options, NAMES.shutdown, "shut down");
      const given = ownOption(options, "graceMs");
      graceMs = checkMs("graceMs", given, 0, true) ?? this.#plan.graceMs;
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#isFinished) return this.finished;
    if (!this.#isStopping) {
      this.#emit?.({ type: "shutdown" });
      this.#loop.stop();
      this.#stopping.abort(
        new DOMException("The server is shutting down", "AbortError"),
      );
    }
    this.#limitGrace(graceMs);
    return this.finished;
  }

  ref(): void {
    this.#loop.ref();
  }

  unref(): void {
    this.#loop.unref();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #admit(conn: Conn<A>): void {
    const { remoteAddr } = conn;
    const reason = this.#admission?.enter(remoteAddr);
    if (reason !== undefined) {
      this.#rejected[reason]++;
      conn.reset();
      this.#emit?.({ type: "reject", remoteAddr, reason });
      return;
    }
    this.#accepted++;
    const session = new Session<A>(conn);
    this.#sessions.add(session);
    this.#emit?.({ type: "open", conn });
    this.#serve(session);
  }

  async #serve(session: Session<A>): Promise<void> {
    const { conn } = session;
    this.#handling++;
    try {
      await this.#handler(conn, this.#info);
    } catch (error) {
      // The handler ended because of its signal, which is a normal return.
      if (!this.#isStopping || error !== this.#info.signal.reason) {
        return this.#failed(session, error);
      }
    } finally {
      this.#handling--;
      if (session.ended) this.#finishIfDone();
    }
    if (session.ended) return;
    if (!closeSpent(conn)) {
      session.closing = true;
      await closeInOrder(conn);
    }
    this.#end(session, "done");
  }

  #failed(session: Session<A>, error: unknown): void {
    const { conn, ended } = session;
    if (!ended) {
      StreamConn.closeFor(conn, FAILED, "reset");
      this.#end(session, "failed", error);
    } else if (error instanceof Interrupted || error instanceof BadResource) {
      // The server closed the connection during the call.
      return;
    }
    this.#report(error, conn);
  }

  #end(session: Session<A>, reason: CloseReason, error?: unknown): void {
    if (session.ended) return;
    session.ended = true;
    const { conn } = session;
    this.#sessions.delete(session);
    this.#admission?.leave(conn.remoteAddr);
    this.#bytesRead += conn.bytesRead;
    this.#bytesWritten += conn.bytesWritten;
    this.#closed[reason]++;
    this.#emit?.({ type: "close", conn, reason, error });
    this.#loop.wake();
    this.#finishIfDone();
  }

  /** Limits the grace period to `graceMs` from now. */
  #limitGrace(graceMs: number): void {
    const ends = performance.now() + graceMs;
    if (ends >= this.#graceEnds) return;
    this.#graceEnds = ends;
    clearTimeout(this.#graceTimer);
    if (graceMs > 0) {
      this.#graceTimer = setTimeout(() => this.#resetAll(), graceMs);
    } else this.#resetAll();
  }

  #resetAll(): void {
    this.#graceTimer = setTimeout(() => {
      this.#abandons = true;
      this.#finishIfDone();
    }, ABORT_GRACE_MS);
    for (const session of this.#sessions.all()) {
      // The handler has returned: its writes must still reach the peer.
      if (session.closing) session.conn.close();
      else StreamConn.closeFor(session.conn, STOPPED, "reset");
      this.#end(session, session.closing ? "done" : "shutdown");
    }
  }

  #finishIfDone(): void {
    if (!this.#stopped || this.#sessions.size > 0 || this.#isFinished) return;
    if (this.#handling > 0 && !this.#abandons) return;
    this.#isFinished = true;
    clearTimeout(this.#graceTimer);
    this.#plan.signal?.removeEventListener("abort", this.#abort);
    this.#finish();
  }

  async #report(error: unknown, conn: Conn<A>): Promise<void> {
    const { onError } = this.#plan;
    try {
      if (onError !== undefined) await onError(error, conn);
      else if (!isByPeer(error)) print(error);
    } catch (thrown) {
      print(thrown);
    }
  }
}

/** Whether an error only means that the peer closed or reset the connection. */
function isByPeer(error: unknown): boolean {
  return error instanceof ConnectionReset || error instanceof BrokenPipe;
}

/** Wraps a hook so that its errors are written to the console. */
function guarded<E>(
  hook: ((event: E) => unknown) | undefined,
): ((event: E) => void) | undefined {
  return hook && (async (event) => {
    try {
      await hook(event);
    } catch (error) {
      print(error);
    }
  });
}

/** Writes an error to the console. A program may have replaced it, so it may throw. */
function print(error: unknown): void {
  try {
    console.error(error);
  } catch {
    // There is no other place to report it.
  }
}

/** Error reason of calls that a handler makes after it has returned. */
const RETURNED = "closed by serve(): its handler has returned";

/**
 * How long the peer may take to send FIN, after the local FIN.
 *
 * If bytes are unread at close, the kernel sends RST, which may overtake the last bytes
 * written (RFC 1122 §4.2.2.13). Apache lingers for two seconds too: by then the last
 * bytes are acknowledged or lost.
 */
const LINGER_MS = 2_000;

/**
 * Closes a connection at once, if that loses no data.
 *
 * @returns Whether it is closed; otherwise call {@linkcode closeInOrder}.
 */
function closeSpent(conn: Conn): boolean {
  if (!StreamConn.isSpent(conn)) return false;
  StreamConn.closeFor(conn, RETURNED, "close");
  return true;
}

/** Graceful close: sends queued writes and FIN, discards the peer's bytes, closes. */
async function closeInOrder(conn: Conn): Promise<void> {
  const revoked = StreamConn.revoke(conn, RETURNED);
  try {
    await revoked.closeWrite();
    const end = performance.now() + LINGER_MS;
    for (let left = LINGER_MS; left > 0; left = end - performance.now()) {
      if (await revoked.readChunk({ timeoutMs: left }) === null) break;
    }
  } catch {
    // The peer reset the connection, LINGER_MS passed, or the handler closed it.
  }
  revoked.close();
}
