/**
 * A `Bun.listen` listener as the backend of a listener.
 *
 * @module
 */
import {
  AcceptQueue,
  type ListenerBackend,
} from "../../core/stream/listener.ts";
import type { ConnBackend } from "../../core/stream/conn.ts";
import { KeepAlive } from "../../core/wait/keep_alive.ts";
import { socketError } from "../../core/errno.ts";
import type { Addr, Listener } from "../../api/stream.ts";
import {
  bun,
  type BunHandlers,
  type BunListener,
  type BunSocket,
} from "./api.ts";
import { BunConnBackend, type RawListener } from "./conn.ts";

/** What differs between TCP and Unix. */
export interface Kind<A extends Addr> {
  /** The address that the listener has got. */
  bound(listener: BunListener): A;
  /** The addresses of an accepted socket, this end's and the peer's; `undefined` once it was reset. */
  ends(socket: BunSocket<unknown>, bound: A): [A, A] | undefined;
  /** Sets the options that accepted connections were to have. */
  prepare(socket: BunSocket<unknown>): void;
  /** Stops Bun's listener. */
  close(stop: () => void): void;
}

/** A connection that waits to be accepted, and hears its socket's events already. */
interface AcceptedSocket<A extends Addr> extends RawListener {
  readonly backend: BunConnBackend<A>;
}

type AcceptedBunSocket<A extends Addr> = BunSocket<
  AcceptedSocket<A> | undefined
>;

/** Opens a listener. @throws what Bun throws */
export function openListener<A extends Addr>(
  listen: (socket: BunHandlers<AcceptedSocket<A> | undefined>) => BunListener,
  kind: Kind<A>,
  backlog: number,
): Listener<A> {
  // Bun may already call while it listens, before there is a queue.
  let queue: AcceptQueue<A, AcceptedSocket<A>> | undefined;
  const inner = listen({
    binaryType: "uint8array",
    // What one of these throws would be an error of Bun's, told to nothing here.
    open(socket) {
      try {
        admit(socket, kind, queue);
      } catch (fault) {
        socket.terminate();
        queue?.fault(fault);
      }
    },
    data(socket, chunk) {
      try {
        socket.data?.hears.onData(chunk);
      } catch (fault) {
        breakOff(socket, fault);
      }
    },
    drain(socket) {
      try {
        socket.data?.hears.onDrain();
      } catch (fault) {
        breakOff(socket, fault);
      }
    },
    end(socket) {
      try {
        socket.data?.hears.onEnd();
      } catch (fault) {
        breakOff(socket, fault);
      }
    },
    close(socket, error) {
      try {
        socket.data?.hears.onClose(error);
      } catch (fault) {
        breakOff(socket, fault);
      }
    },
  });
  return queue = new AcceptQueue(new BunListenerBackend(inner, kind), backlog);
}

/** Ends a connection after a fault in its own part: its calls are told, and no others. */
function breakOff<A extends Addr>(
  socket: AcceptedBunSocket<A>,
  fault: unknown,
): void {
  socket.terminate();
  socket.data?.hears.onFault(fault);
}

function admit<A extends Addr>(
  socket: AcceptedBunSocket<A>,
  kind: Kind<A>,
  queue: AcceptQueue<A, AcceptedSocket<A>> | undefined,
): void {
  socket.data = undefined;
  if (queue === undefined) {
    socket.terminate();
    return;
  }
  if (socket.fd >= lastDescriptors!) {
    socket.terminate();
    queue.fail(socketError("EMFILE", "accept", queue.addr));
    return;
  }
  kind.prepare(socket);
  const backend = new BunConnBackend<A>(socket);
  socket.data = { backend, hears: backend };
  // Who waits reads at once; to pause for that costs a sixth of a visit.
  if (!queue.wanted) backend.pause();
  queue.push(socket.data);
}

class BunListenerBackend<A extends Addr>
  implements ListenerBackend<A, AcceptedSocket<A>> {
  readonly address: A;
  readonly #inner: BunListener;
  readonly #kind: Kind<A>;
  readonly #keepAlive: KeepAlive;

  constructor(inner: BunListener, kind: Kind<A>) {
    this.address = kind.bound(inner);
    this.#inner = inner;
    this.#kind = kind;
    this.#keepAlive = new KeepAlive(inner);
  }

  open({ backend }: AcceptedSocket<A>): ConnBackend<A> | null {
    // Asked for only now: the system no longer knows the peer of a connection
    // that was reset while it waited.
    if (backend.accept((socket) => this.#kind.ends(socket, this.address))) {
      return backend;
    }
    backend.refuse();
    return null;
  }

  refuse({ backend }: AcceptedSocket<A>): void {
    backend.refuse();
  }

  demand(): void {
    // Bun accepts by itself, and cannot be told not to.
  }

  acceptWaiting(waiting: boolean): void {
    this.#keepAlive.waiting(waiting);
  }

  close(): void {
    this.#keepAlive.end();
    this.#kind.close(() => this.#inner.stop(false));
  }

  ref(): void {
    this.#keepAlive.ref();
  }

  unref(): void {
    this.#keepAlive.unref();
  }
}

/**
 * The descriptors from here on are left free. A Bun that has none spins
 * without saying anything until one returns (seen with 1.4), so the
 * connections that would take the last eight are reset instead.
 */
let lastDescriptors: number | undefined;

/**
 * Finds out how many descriptors there are, before anything is listened on.
 * By Bun's own means: `node:fs` would cost a start-up more than a millisecond.
 */
export async function countDescriptors(): Promise<void> {
  lastDescriptors ??= await maxOpenFiles() - 8;
}

async function maxOpenFiles(): Promise<number> {
  try {
    const limits = await bun.file("/proc/self/limits").text();
    // "unlimited" is not a number, and no descriptor comes up to that.
    return parseInt(limits.split("Max open files")[1]);
  } catch {
    // Not Linux: nothing tells, and the runtime is left to itself.
    return Infinity;
  }
}
