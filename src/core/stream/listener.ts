/**
 * A listener's queue: connections that wait to be accepted, and accepts that
 * wait for a connection.
 *
 * @module
 */
import type { Addr, Conn, Listener, WaitOptions } from "../../api/stream.ts";
import { socketError } from "../errno.ts";
import { type ConnBackend, connOver } from "./conn.ts";
import { checkWait, PendingCall } from "../wait/pending_call.ts";

/** errnos that pass by themselves, once descriptors or memory are freed. */
const PASSING = new Set([
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  // Of one connection alone.
  "ECONNABORTED",
]);

/** What an adapter supplies for one listener. */
export interface ListenerBackend<A extends Addr, Raw> {
  /** The address listened on. */
  readonly addr: A;
  /**
   * Makes the backend of a connection out of what was pushed.
   *
   * @returns `null` when its peer has reset it in the meantime.
   */
  open(raw: Raw): ConnBackend<A> | null;
  /** Resets a connection that will not be accepted. */
  refuse(raw: Raw): void;
  /** Called when an accept is pending and the queue is empty. */
  demand(): void;
  /** Accepts wait (`true`), or none does any more: they keep the process alive. */
  acceptWaiting(waiting: boolean): void;
  /** Frees the descriptor. */
  close(): void;
  /** See `Listener.ref`. */
  ref(): void;
  /** See `Listener.unref`. */
  unref(): void;
}

/**
 * Lets a listener that an adapter has just made give other connections than plain ones.
 *
 * @param over Makes such a connection over a backend that nothing is attached to.
 */
export function acceptInstead<A extends Addr, C extends Conn<A>>(
  listener: Listener<A>,
  over: (backend: ConnBackend<A>) => C,
): void {
  AcceptQueue.acceptInstead(listener as AcceptQueue<A, unknown>, over);
}

/** The listener, and the side of it that the adapter feeds. */
export class AcceptQueue<A extends Addr, Raw> implements Listener<A> {
  readonly #backend: ListenerBackend<A, Raw>;
  readonly #backlog: number;
  readonly #ready: Raw[] = [];
  /** Makes the connections. */
  #over: (backend: ConnBackend<A>) => Conn<A> = connOver;
  /** Who waits longest; only while no connection does. */
  #accept: PendingCall<Conn<A>> | undefined;
  /** Who waits behind it: seldom anybody. */
  readonly #others: PendingCall<Conn<A>>[] = [];
  #dropped = 0;
  #closed = false;
  /** Ends the pauses of `for await`. */
  readonly #pauses = new Set<() => void>();

  /** @param backlog How many connections may wait here. */
  constructor(backend: ListenerBackend<A, Raw>, backlog: number) {
    this.#backend = backend;
    this.#backlog = backlog;
  }

  /** See {@linkcode acceptInstead}. */
  static acceptInstead<A extends Addr>(
    queue: AcceptQueue<A, unknown>,
    over: (backend: ConnBackend<A>) => Conn<A>,
  ): void {
    queue.#over = over;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  get addr(): A {
    return this.#backend.addr;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Whether an accept waits. */
  get wanted(): boolean {
    return this.#accept !== undefined;
  }

  accept(options?: WaitOptions): Promise<Conn<A>> {
    try {
      const limited = checkWait(options);
      if (this.#closed) throw this.#badResource();
      while (this.#ready.length > 0) {
        const backend = this.#backend.open(this.#ready.shift()!);
        if (backend !== null) return Promise.resolve(this.#over(backend));
      }
      const pendingCall = new PendingCall<Conn<A>>();
      if (limited) {
        pendingCall.limit(
          options,
          "accept",
          this.#backend.addr,
          () => this.#forget(pendingCall),
        );
      }
      if (this.#accept === undefined) {
        this.#accept = pendingCall;
        this.#backend.acceptWaiting(true);
        this.#backend.demand();
      } else this.#others.push(pendingCall);
      return pendingCall.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Takes in a connection: for who waits, for the queue, or to be refused. */
  push(raw: Raw): void {
    if (this.#closed) return this.#backend.refuse(raw);
    if (this.#accept !== undefined) {
      const backend = this.#backend.open(raw);
      if (backend === null) return;
      const conn = this.#over(backend);
      this.#next()?.resolve(conn);
    } else if (this.#ready.length < this.#backlog) {
      this.#ready.push(raw);
    } else {
      this.#dropped++;
      this.#backend.refuse(raw);
    }
  }

  /** Accepting failed this once: tells the accept that waited longest. */
  fail(error: Error): void {
    this.#next()?.reject(error);
  }

  /** Taking in a connection has thrown: it is refused, and accepting goes on. */
  fault(cause: unknown): void {
    this.fail(
      socketError("ECONNABORTED", "accept", this.#backend.addr, { cause }),
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (
      let pendingCall = this.#next();
      pendingCall;
      pendingCall = this.#next()
    ) {
      pendingCall.reject(this.#badResource());
    }
    for (const end of this.#pauses) end();
    for (const raw of this.#ready.splice(0)) this.#backend.refuse(raw);
    this.#backend.close();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Conn<A>> {
    return new Accepted(this);
  }

  ref(): void {
    this.#backend.ref();
  }

  unref(): void {
    this.#backend.unref();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #badResource(): Error {
    return socketError("EBADF", "accept", this.#backend.addr);
  }

  /** Takes out who waits longest. */
  #next(): PendingCall<Conn<A>> | undefined {
    const pendingCall = this.#accept;
    if (pendingCall === undefined) return undefined;
    this.#accept = this.#others.shift();
    if (this.#accept === undefined) this.#backend.acceptWaiting(false);
    return pendingCall;
  }

  #forget(pendingCall: PendingCall<Conn<A>>): void {
    if (pendingCall === this.#accept) this.#next();
    else this.#others.splice(this.#others.indexOf(pendingCall), 1);
  }

  /** Waits so long, or until the listener is closed. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#pauses.add(end);
    });
  }
}

type Step<A extends Addr> = IteratorResult<Conn<A>, undefined>;

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Accepts until the listener is closed. By hand: a generator takes three turns for each. */
class Accepted<A extends Addr> implements AsyncIterableIterator<Conn<A>> {
  readonly #queue: AcceptQueue<A, unknown>;
  readonly #backoff = new Backoff();
  /** Whether it has ended, by itself or because its caller has had enough. */
  #over = false;

  constructor(queue: AcceptQueue<A, unknown>) {
    this.#queue = queue;
  }

  next(): Promise<Step<A>> {
    return this.#over || this.#queue.closed
      ? this.return()
      : this.#queue.accept().then(this.#given, this.#failed);
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#over = true;
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Conn<A>> {
    return this;
  }

  readonly #given = (value: Conn<A>): Step<A> => {
    this.#backoff.reset();
    return { done: false, value };
  };

  readonly #failed = async (error: unknown): Promise<Step<A>> => {
    if (this.#queue.closed) return await this.return();
    if (!PASSING.has((error as { code?: string }).code ?? "")) {
      this.#over = true;
      throw error;
    }
    await this.#queue.pause(this.#backoff.next());
    return await this.next();
  };
}

const FIRST_MS = 5;
const LAST_MS = 1000;

/** Waits 5 ms, then twice as long each time, up to a second. */
export class Backoff {
  #ms = FIRST_MS;

  /** Milliseconds to wait now. */
  next(): number {
    const ms = this.#ms;
    this.#ms = Math.min(ms * 2, LAST_MS);
    return ms;
  }

  /** Accepting has worked again. */
  reset(): void {
    this.#ms = FIRST_MS;
  }
}
