/**
 * TCP listeners on `Bun.listen`, and a `BunListener` as the backend of a listener.
 *
 * @module
 */
import {
  type InterfaceAddress,
  isExact,
  spelledEnds,
  systemAddress,
  withZone,
} from "../../core/options/addr.ts";
import type { Host } from "../../core/options/hostname.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import type { TcpListenPlan } from "../../core/options/stream.ts";
import type { ConnBackend } from "../../core/stream/backend.ts";
import {
  AcceptQueue,
  type ListenerBackend,
} from "../../core/stream/listener.ts";
import { KeepAlive } from "../../core/wait/keep_alive.ts";
import { socketError } from "../../core/errno.ts";
import type { Addr, Listener, NetAddr } from "../../api/stream.ts";
import type { ListenerKind } from "../adapter.ts";
import { hasZone, resolveName, withNamedZone } from "../node_api/dns.ts";
import { translate } from "../node_api/errors.ts";
import {
  bun,
  type BunHandlers,
  type BunListener,
  type BunSocket,
} from "./api.ts";
import { BunConnBackend, type EventTarget } from "./conn.ts";

/** See `RuntimeParts.listenTcp`. */
export async function listenTcp(
  plan: TcpListenPlan,
): Promise<Listener<NetAddr>> {
  const { host, port, reusePort, ipv6Only, backlog, address } = plan;
  const hostname = await literalOf(host, address);
  await countDescriptors();
  plan.signal?.throwIfAborted();
  try {
    return openListener(
      (socket) =>
        bun.listen(bareOptions({
          hostname,
          port,
          reusePort,
          ipv6Only,
          allowHalfOpen: true,
          socket,
        })),
      kindOf(plan),
      backlog,
    );
  } catch (error) {
    throw translate(error, "listen", address);
  }
}

/** The IP literal to bind to. */
async function literalOf(
  { name, family }: Host,
  address: NetAddr,
): Promise<string> {
  if (family === 0) {
    return (await resolveName(name, "listen", address))[0].address;
  }
  const literal = systemAddress(name);
  return hasZone(literal)
    ? await withNamedZone(literal, "listen", address)
    : literal;
}

function kindOf(
  { host, noDelay, keepAlive }: TcpListenPlan,
): ListenerKind<NetAddr, BunListener, BunSocket<unknown>> {
  return {
    bound: ({ hostname, port }) => addrOf(withZone(hostname, host.name), port),
    ends({ localAddress, localPort, remoteAddress, remotePort }, addr) {
      if (remoteAddress === undefined) return undefined;
      if (isExact(addr.hostname)) {
        return {
          localAddr: addr,
          remoteAddr: addrOf(remoteAddress, remotePort),
        };
      }
      const [local, remote] = spelledEnds(
        localAddress,
        remoteAddress,
        addr.hostname,
        interfaces,
      );
      return {
        localAddr: addrOf(local, localPort),
        remoteAddr: addrOf(remote, remotePort),
      };
    },
    prepare(socket) {
      // Bun sets TCP_NODELAY by default.
      if (!noDelay) socket.setNoDelay(false);
      if (keepAlive) socket.setKeepAlive(true);
    },
    close: (stop) => void stop(),
  };
}

function interfaces(): readonly InterfaceAddress[] {
  const { getBuiltinModule } = process as unknown as {
    getBuiltinModule(name: "node:os"): typeof import("node:os");
  };
  return Object.entries(getBuiltinModule("node:os").networkInterfaces())
    .flatMap(([name, addresses]) =>
      addresses!.map(({ address }) => ({ name, address }))
    );
}

function addrOf(hostname: string, port: number): NetAddr {
  return { transport: "tcp", hostname, port };
}

/** A connection in the accept queue; its backend receives the socket's events already. */
interface AcceptedSocket<A extends Addr> extends EventTarget {
  readonly backend: BunConnBackend<A>;
}

type AcceptedBunSocket<A extends Addr> = BunSocket<
  AcceptedSocket<A> | undefined
>;

/** The differences of TCP and Unix listeners on Bun. */
type Kind<A extends Addr> = ListenerKind<A, BunListener, BunSocket<unknown>>;

/** Opens a listener. @throws Bun's error */
export function openListener<A extends Addr>(
  listen: (socket: BunHandlers<AcceptedSocket<A> | undefined>) => BunListener,
  kind: Kind<A>,
  backlog: number,
): Listener<A> {
  // Bun may call `open` before `listen` returns, when there is no queue yet.
  let queue: AcceptQueue<A, AcceptedSocket<A>> | undefined;
  const inner = listen({
    binaryType: "uint8array",
    // Bun ignores an exception of a handler.
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
        socket.data?.events.onData(chunk);
      } catch (fault) {
        breakOff(socket, fault);
      }
    },
    drain(socket) {
      try {
        socket.data?.events.onDrain();
      } catch (fault) {
        breakOff(socket, fault);
      }
    },
    end(socket) {
      try {
        socket.data?.events.onEnd();
      } catch (fault) {
        breakOff(socket, fault);
      }
    },
    close(socket, error) {
      try {
        socket.data?.events.onClose(error);
      } catch (fault) {
        breakOff(socket, fault);
      }
    },
  });
  return queue = new AcceptQueue(new BunListenerBackend(inner, kind), backlog);
}

/** Resets a connection after a fault in its backend: only its own calls reject. */
function breakOff<A extends Addr>(
  socket: AcceptedBunSocket<A>,
  fault: unknown,
): void {
  socket.terminate();
  socket.data?.events.onFault(fault);
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
  kind.prepare?.(socket);
  const backend = new BunConnBackend<A>(socket);
  socket.data = { backend, events: backend };
  // Not paused for a pending accept(), which reads at once: the pause costs a sixth of
  // a short connection (connect, one byte, its echo, close).
  if (!queue.isAwaited) backend.pause();
  queue.push(socket.data);
}

class BunListenerBackend<A extends Addr>
  implements ListenerBackend<A, AcceptedSocket<A>> {
  readonly addr: A;
  readonly #inner: BunListener;
  readonly #kind: Kind<A>;
  readonly #keepAlive: KeepAlive;

  constructor(inner: BunListener, kind: Kind<A>) {
    this.addr = kind.bound(inner);
    this.#inner = inner;
    this.#kind = kind;
    this.#keepAlive = new KeepAlive(inner);
  }

  open({ backend }: AcceptedSocket<A>): ConnBackend<A> | null {
    // Read in accept(), not on arrival: the kernel has no peer address for a connection
    // that was reset meanwhile.
    if (backend.accept((socket) => this.#kind.ends(socket, this.addr))) {
      return backend;
    }
    backend.refuse();
    return null;
  }

  refuse({ backend }: AcceptedSocket<A>): void {
    backend.refuse();
  }

  demand(): void {
    // Bun accepts continuously, and cannot be paused.
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
 * The limit of file descriptors, less eight. Connections with a descriptor from there
 * on are reset: without a free one, Bun spins and reports no error (seen with 1.4).
 */
let lastDescriptors: number | undefined;

/**
 * Reads the limit of file descriptors, before the first listener opens. `node:fs` would
 * add a millisecond to the start-up.
 */
export async function countDescriptors(): Promise<void> {
  lastDescriptors ??= await maxOpenFiles() - 8;
}

async function maxOpenFiles(): Promise<number> {
  try {
    const limits = await bun.file("/proc/self/limits").text();
    // "unlimited" gives NaN, which no descriptor reaches.
    return parseInt(limits.split("Max open files")[1]);
  } catch {
    // Not Linux: the limit is unknown.
    return Infinity;
  }
}
