/**
 * The listener of every runtime: its accept queue, the pending accepts, and the backoff
 * of `for await`.
 *
 * @module
 */
import type { Addr, Conn, Listener, WaitOptions } from "../../api/stream.ts";
import { socketError } from "../errno.ts";
import type { ConnBackend } from "./backend.ts";
import { StreamConn } from "./conn.ts";
import { checkWait, PendingCall } from "../wait/pending_call.ts";

/** Transient errnos: accepting works again once descriptors or memory are freed. */
const PASSING = new Set([
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  // Concerns a single connection.
  "ECONNABORTED",
]);

/** The adapter's side of a listener. */
export interface ListenerBackend<A extends Addr, Raw> {
  /** The address listened on. */
  readonly addr: A;
  /**
   * Creates the backend of a connection that was pushed.
   *
   * @returns `null` if the peer has already reset it.
   */
  open(raw: Raw): ConnBackend<A> | null;
  /** Resets a connection that is not accepted. */
  refuse(raw: Raw): void;
  /** Called when an accept is pending and the queue is empty. */
  demand(): void;
  /**
   * Called when accepts become pending (`true`) and when none is left (`false`).
   * Pending accepts keep the process alive.
   */
  acceptWaiting(waiting: boolean): void;
  /** Frees the descriptor. */
  close(): void;
  /** See `Listener.ref`. */
  ref(): void;
  /** See `Listener.unref`. */
  unref(): void;
}

/** The listener, with the calls by which the adapter feeds it. */
export class AcceptQueue<A extends Addr, Raw> implements Listener<A> {
  readonly #backend: ListenerBackend<A, Raw>;
  readonly #backlog: number;
  readonly #ready: Raw[] = [];
  /** Creates the connections. */
  #over: (backend: ConnBackend<A>) => Conn<A> = (backend) =>
    new StreamConn(backend);
  /** The oldest pending accept; set only while no connection is queued. */
  #accept: PendingCall<Conn<A>> | undefined;
  /** Later pending accepts; usually none. */
  readonly #others: PendingCall<Conn<A>>[] = [];
  #dropped = 0;
  #closed = false;
  /** Callbacks that end the pauses of `for await`. */
  readonly #pauses = new Set<() => void>();

  /** @param backlog How many connections may be queued here. */
  constructor(backend: ListenerBackend<A, Raw>, backlog: number) {
    this.#backend = backend;
    this.#backlog = backlog;
  }

  /**
   * Changes the kind of connection that a newly created listener accepts.
   *
   * @param over Creates such a connection over a backend without queues.
   */
  static acceptInstead<A extends Addr>(
    listener: Listener<A>,
    over: (backend: ConnBackend<A>) => Conn<A>,
  ): void {
    (listener as AcceptQueue<A, unknown>).#over = over;
  }

  /** Whether the listener is closed. */
  get closed(): boolean {
    return this.#closed;
  }

  get addr(): A {
    return this.#backend.addr;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Whether an accept is pending. */
  get isAwaited(): boolean {
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

  /**
   * Passes a connection to the oldest pending accept, or queues it, or refuses it if
   * the queue is full.
   */
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

  /** Rejects the oldest pending accept; accepting goes on. */
  fail(error: Error): void {
    this.#next()?.reject(error);
  }

  /**
   * Rejects the oldest pending accept with ECONNABORTED, if creating a connection
   * threw.
   */
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

  /** Removes and returns the oldest pending accept. */
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

  /** Waits for `ms`, or until the listener is closed. */
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

/**
 * Accepts until the listener is closed. Hand-written iterator: an async generator costs
 * three microtasks per item.
 */
class Accepted<A extends Addr> implements AsyncIterableIterator<Conn<A>> {
  readonly #queue: AcceptQueue<A, unknown>;
  readonly #backoff = new Backoff();
  /** Whether the iteration has ended, by itself or by `return()`. */
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

/** Exponential backoff: 5 ms, doubled each time, up to 1 s. */
export class Backoff {
  #ms = FIRST_MS;

  /** Returns the next delay in milliseconds. */
  next(): number {
    const ms = this.#ms;
    this.#ms = Math.min(ms * 2, LAST_MS);
    return ms;
  }

  /** Resets the delay, after a successful accept. */
  reset(): void {
    this.#ms = FIRST_MS;
  }
}
