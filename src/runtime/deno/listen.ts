/**
 * A `Deno.Listener` as the backend of a listener.
 *
 * @module
 */
import {
  AcceptQueue,
  type ListenerBackend,
} from "../../core/stream/listener.ts";
import type { ConnBackend } from "../../core/stream/conn.ts";
import { systemOf } from "../../core/options/system.ts";
import type { Addr, Listener } from "../../api/stream.ts";
import { translate } from "./errors.ts";
import { backendOver } from "./conn.ts";

/** What differs between TCP and Unix. */
export interface Kind<A extends Addr, C extends Deno.Conn> {
  readonly address: A;
  /** The addresses of an accepted connection: this end's, the peer's. */
  ends(conn: C): [A, A];
  /** Sets the options that accepted connections were to have. */
  prepare(conn: C): void;
  /** Closes Deno's listener; what it returns is called when Deno is done with it. */
  close(close: () => void | Promise<void>): void;
}

/**
 * Listeners that are closed, but whose sockets Deno holds until their pending
 * accept has been rejected. Their addresses are in use until then.
 */
const closing = new Set<Promise<void>>();

/**
 * Resolves when every address that was given up here is free: to be listened
 * on, and to refuse connections.
 */
export async function addressesFree(): Promise<void> {
  while (closing.size > 0) await Promise.all(closing);
}

/** errnos that are not to be told: see `System`. */
const { ofOneConnection } = systemOf(Deno.build.os);

/** Makes the listener. */
export function listenerOver<A extends Addr, C extends Deno.Conn>(
  inner: Deno.Listener<C>,
  kind: Kind<A, C>,
): Listener<A> {
  const backend = new DenoListenerBackend(inner, kind);
  // Of its own accord Deno accepts nothing: only a connection whose accept was
  // cancelled ever waits here.
  return backend.queue = new AcceptQueue(backend, 1);
}

class DenoListenerBackend<A extends Addr, C extends Deno.Conn>
  implements ListenerBackend<A, C> {
  readonly address: A;
  queue!: AcceptQueue<A, C>;
  readonly #inner: Deno.Listener<C>;
  readonly #kind: Kind<A, C>;
  /** Deno's accept that is under way; it never rejects. */
  #accepting: Promise<void> | undefined;
  #waiting = false;
  #wanted = true;

  constructor(inner: Deno.Listener<C>, kind: Kind<A, C>) {
    this.#inner = inner;
    this.#kind = kind;
    this.address = kind.address;
  }

  open(conn: C): ConnBackend<A> | null {
    try {
      this.#kind.prepare(conn);
    } catch {
      // An option that cannot be set any more: its peer has reset it.
      conn.close();
      return null;
    }
    return backendOver(conn, ...this.#kind.ends(conn));
  }

  refuse(conn: C): void {
    conn.close();
  }

  demand(): void {
    this.#accepting ??= this.#inner.accept().then(this.#accepted, this.#failed);
  }

  acceptWaiting(waiting: boolean): void {
    this.#waiting = waiting;
    if (!this.#wanted) return;
    if (waiting) this.#inner.ref();
    else this.#inner.unref();
  }

  close(): void {
    this.#kind.close(() => {
      this.#inner.close();
      if (this.#accepting === undefined) return;
      const done = this.#accepting.then(() => {
        closing.delete(done);
      });
      closing.add(done);
      return done;
    });
  }

  ref(): void {
    this.#wanted = true;
    if (this.#waiting) this.#inner.ref();
  }

  unref(): void {
    this.#wanted = false;
    this.#inner.unref();
  }

  readonly #accepted = (conn: C): void => {
    this.#accepting = undefined;
    try {
      this.queue.push(conn);
    } catch (fault) {
      // A rejection that nothing handles would end the process.
      this.refuse(conn);
      this.queue.fault(fault);
    }
    if (this.queue.wanted) this.demand();
  };

  readonly #failed = (error: Error): void => {
    this.#accepting = undefined;
    const failure = translate(error, "accept", this.address);
    if (!ofOneConnection.has((failure as { code?: string }).code ?? "")) {
      this.queue.fail(failure);
    }
    if (this.queue.wanted) this.demand();
  };
}
