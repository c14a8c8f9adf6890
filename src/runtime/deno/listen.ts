/**
 * TCP listeners on `Deno.listen`, and a `Deno.Listener` as the backend of a listener.
 *
 * @module
 */
import {
  isExact,
  spelledEnds,
  systemAddress,
  withZone,
} from "../../core/options/addr.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import type { TcpListenPlan } from "../../core/options/stream.ts";
import { systemOf } from "../../core/options/system.ts";
import type { ConnBackend } from "../../core/stream/backend.ts";
import {
  AcceptQueue,
  type ListenerBackend,
} from "../../core/stream/listener.ts";
import { socketError } from "../../core/errno.ts";
import type { SocketError } from "../../api/errors.ts";
import type { Addr, Listener, NetAddr } from "../../api/stream.ts";
import type { ListenerKind } from "../adapter.ts";
import { DenoConnBackend } from "./conn.ts";
import { translate } from "./errors.ts";
import { checkZone, interfaces, zoneError } from "./zones.ts";

/** See `RuntimeParts.listenTcp`. */
export async function listenTcp(
  plan: TcpListenPlan,
): Promise<Listener<NetAddr>> {
  const refused = unsupported(plan);
  if (refused !== undefined) throw refused;
  await addressesFree();
  plan.signal?.throwIfAborted();
  const { host, port, backlog, reusePort } = plan;
  const hostname = systemAddress(host.name);
  checkZone(hostname, "listen", plan.address);
  try {
    // The types of Deno have `reusePort` only with --unstable-net.
    const options: Deno.TcpListenOptions & { reusePort?: boolean } =
      bareOptions({
        hostname,
        port,
        tcpBacklog: backlog,
      });
    if (reusePort) options.reusePort = true;
    return openListener(Deno.listen(options), kindOf(plan));
  } catch (error) {
    throw zoneError(translate(error, "listen", plan.address), hostname);
  }
}

function unsupported(plan: TcpListenPlan): SocketError | undefined {
  const no = (reason: string) =>
    socketError("ENOTSUP", "listen", plan.address, { reason });
  if (plan.ipv6Only) return no("Deno cannot set ipv6Only");
  // Without the flag, Deno ends the process when `reusePort` is given. The flag is
  // detected by the functions that it adds.
  if (plan.reusePort && !("listenDatagram" in Deno)) {
    return no("on Deno reusePort needs --unstable-net");
  }
  return undefined;
}

function kindOf(
  { host, noDelay, keepAlive }: TcpListenPlan,
): ListenerKind<NetAddr, Deno.TcpListener, Deno.TcpConn> {
  return {
    bound: ({ addr: { hostname, port } }) =>
      addrOf(withZone(hostname, host.name), port),
    ends({ localAddr, remoteAddr }, addr) {
      if (isExact(addr.hostname)) {
        // An IPv4 address has one spelling.
        const { hostname, port } = remoteAddr;
        return { localAddr: addr, remoteAddr: addrOf(hostname, port) };
      }
      const [local, remote] = spelledEnds(
        localAddr.hostname,
        remoteAddr.hostname,
        addr.hostname,
        interfaces,
      );
      return {
        localAddr: addrOf(local, localAddr.port),
        remoteAddr: addrOf(remote, remoteAddr.port),
      };
    },
    prepare(conn) {
      if (noDelay) conn.setNoDelay(true);
      if (keepAlive) conn.setKeepAlive(true);
    },
    close: (stop) => void stop(),
  };
}

/** The address of a TCP socket. */
export function addrOf(hostname: string, port: number): NetAddr {
  return { transport: "tcp", hostname, port };
}

/**
 * Closed listeners whose sockets Deno holds until their pending accept is rejected.
 * Their addresses are in use until then.
 */
const closing = new Set<Promise<void>>();

/** Resolves when the addresses of all closed listeners are free. */
export async function addressesFree(): Promise<void> {
  while (closing.size > 0) await Promise.all(closing);
}

/** Creates a listener over a `Deno.Listener`. */
export function openListener<
  A extends Addr,
  L extends Deno.Listener<C>,
  C extends Deno.Conn,
>(inner: L, kind: ListenerKind<A, L, C>): Listener<A> {
  const backend = new DenoListenerBackend(inner, kind);
  // Deno accepts on demand: the queue holds only the connection of a cancelled accept.
  return backend.queue = new AcceptQueue(backend, 1);
}

/** errnos of accept() that concern one connection: see `System`. */
const { ofOneConnection } = systemOf(Deno.build.os);

class DenoListenerBackend<
  A extends Addr,
  L extends Deno.Listener<C>,
  C extends Deno.Conn,
> implements ListenerBackend<A, C> {
  readonly addr: A;
  queue!: AcceptQueue<A, C>;
  readonly #inner: L;
  readonly #kind: ListenerKind<A, L, C>;
  /** The pending `Deno.Listener.accept()`, after its handlers; it never rejects. */
  #accepting: Promise<void> | undefined;
  #waiting = false;
  /** Whether pending accepts keep the process alive. */
  #isRef = true;

  constructor(inner: L, kind: ListenerKind<A, L, C>) {
    this.addr = kind.bound(inner);
    this.#inner = inner;
    this.#kind = kind;
  }

  open(conn: C): ConnBackend<A> | null {
    try {
      this.#kind.prepare?.(conn);
    } catch {
      // Setting an option fails on a connection that the peer has reset.
      conn.close();
      return null;
    }
    return new DenoConnBackend(conn, this.#kind.ends(conn, this.addr)!);
  }

  refuse(conn: C): void {
    conn.close();
  }

  demand(): void {
    this.#accepting ??= this.#inner.accept().then(this.#accepted, this.#failed);
  }

  acceptWaiting(waiting: boolean): void {
    this.#waiting = waiting;
    if (!this.#isRef) return;
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
    this.#isRef = true;
    if (this.#waiting) this.#inner.ref();
  }

  unref(): void {
    this.#isRef = false;
    this.#inner.unref();
  }

  readonly #accepted = (conn: C): void => {
    this.#accepting = undefined;
    try {
      this.queue.push(conn);
    } catch (fault) {
      // An unhandled rejection would end the process.
      this.refuse(conn);
      this.queue.fault(fault);
    }
    if (this.queue.isAwaited) this.demand();
  };

  readonly #failed = (error: Error): void => {
    this.#accepting = undefined;
    const failure = translate(error, "accept", this.addr);
    if (!ofOneConnection.has((failure as { code?: string }).code ?? "")) {
      this.queue.fail(failure);
    }
    if (this.queue.isAwaited) this.demand();
  };
}
