/**
 * TCP listeners on `net.Server`, and a `net.Server` as the backend of a listener.
 *
 * @module
 */
import type { Cluster } from "node:cluster";
import net, {
  type AddressInfo,
  createServer,
  type ListenOptions,
  type Server,
  type Socket,
} from "node:net";
import { isExact, systemAddress, withZone } from "../../core/options/addr.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import type { TcpListenPlan } from "../../core/options/stream.ts";
import { systemOf } from "../../core/options/system.ts";
import type { ConnBackend } from "../../core/stream/backend.ts";
import {
  AcceptQueue,
  type ListenerBackend,
} from "../../core/stream/listener.ts";
import { KeepAlive } from "../../core/wait/keep_alive.ts";
import { offAbort, onAbort } from "../../core/wait/pending_call.ts";
import { socketError } from "../../core/errno.ts";
import type { Addr, Listener, NetAddr } from "../../api/stream.ts";
import type { ListenerKind } from "../adapter.ts";
import { hasZone, withNamedZone } from "../node_api/dns.ts";
import { translate } from "../node_api/errors.ts";
import {
  NetConnBackend,
  NOT_OF_SOCKETS,
  SOCKET_OPTIONS,
} from "../node_api/net_conn.ts";
import { addrOf } from "../node_api/net_connect.ts";
import { reusePortRefusal } from "../node_api/process.ts";

/** See `RuntimeParts.listenTcp`. */
export async function listenTcp(
  plan: TcpListenPlan,
): Promise<Listener<NetAddr>> {
  const reason = reusePortRefusal(plan);
  if (reason !== undefined) {
    throw socketError("ENOTSUP", "listen", plan.address, { reason });
  }
  const { port, backlog, reusePort, ipv6Only } = plan;
  const name = systemAddress(plan.host.name);
  const host = hasZone(name)
    ? await withNamedZone(name, "listen", plan.address)
    : name;
  return await openListener(
    plan,
    { host, port, backlog, reusePort, ipv6Only },
    kindOf(plan),
  );
}

function kindOf(
  { address: asked }: TcpListenPlan,
): ListenerKind<NetAddr, Server, Socket> {
  return {
    bound(server) {
      const { address, port } = server.address() as AddressInfo;
      return addrOf(withZone(address, asked.hostname), port);
    },
    ends(socket, addr) {
      // Read in accept(), not on arrival: the kernel has no peer address for a
      // connection that was reset meanwhile.
      const { remoteAddress, remotePort } = socket;
      if (remoteAddress === undefined) return undefined;
      return {
        localAddr: isExact(addr.hostname) ? addr : addrOf(
          withZone(socket.localAddress!, addr.hostname),
          socket.localPort!,
        ),
        remoteAddr: addrOf(withZone(remoteAddress, addr.hostname), remotePort!),
      };
    },
    close: (stop) => void stop(),
  };
}

/** The options of `listen()` that this file uses. */
interface Plan<A extends Addr> {
  /** The requested address, which errors name. */
  readonly address: A;
  readonly signal: AbortSignal | undefined;
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
}

/** Opens a listener. @throws {SocketError} of the operation "listen" */
export function openListener<A extends Addr>(
  { address, signal, noDelay = false, keepAlive = false }: Plan<A>,
  // The types of Node 20, with which the package is built, have no `reusePort`.
  where: ListenOptions & { backlog: number; reusePort?: boolean },
  kind: ListenerKind<A, Server, Socket>,
): Promise<Listener<A>> {
  return new Promise((resolve, reject) => {
    // The signal may have aborted during a lookup.
    signal?.throwIfAborted();
    // Paused until accept(): a reset that came earlier would emit 'error'
    // with no listener, and Node ends the process.
    const server = createServer(bareOptions({
      ...SOCKET_OPTIONS,
      noDelay,
      keepAlive,
      pauseOnConnect: true,
    }, NOT_OF_SOCKETS));
    // Node reads `maxConnections` for each connection. Without an own property it would
    // read an inherited one.
    (server as { maxConnections?: number | undefined }).maxConnections =
      undefined;
    const abort = (reason: unknown) => {
      server.close();
      reject(reason);
    };
    const settle = () => signal && offAbort(signal, abort);
    const fail = (error: unknown) => {
      settle();
      reject(translate(error, "listen", address));
    };
    if (signal) onAbort(signal, abort);
    server.once("error", fail);
    server.once("listening", () => {
      settle();
      if (signal?.aborted) return abort(signal.reason);
      try {
        const backend = new NetListenerBackend(server, kind);
        server.removeAllListeners("error");
        resolve(backend.listener(where.backlog));
      } catch (error) {
        // An exception in an event handler would end the process.
        server.close();
        fail(error);
      }
    });
    try {
      bind(server, bareOptions(where));
    } catch (error) {
      fail(error);
    }
  });
}

/**
 * Node's bound socket, since 26.4 and late versions of 24. The types are those of Node
 * 20.
 */
type BoundSocketClass = new (where: ListenOptions) => object;

const { BoundSocket } = net as { BoundSocket?: BoundSocketClass };

/**
 * Binds a server and listens, without the DNS resolver where Node supports it.
 *
 * `server.listen({ host })` calls `node:dns` for a literal too, and matches the answer
 * with a regular expression that takes 3 ms to compile. Both cost about 4 ms of a
 * start-up of 30 ms. A `BoundSocket` needs neither.
 *
 * @throws Node's error; later ones are emitted as 'error'
 */
function bind(
  server: Server,
  where: ListenOptions & { backlog: number },
): void {
  const { host, backlog } = where;
  if (
    BoundSocket === undefined || host === undefined || net.isIP(host) === 0 ||
    isClusterWorker()
  ) server.listen(where);
  else server.listen(new BoundSocket(where), backlog);
}

/** Whether `node:cluster` shares ports among this process and others. */
function isClusterWorker(): boolean {
  // Not imported, because a process that listens has loaded the module.
  const { getBuiltinModule } = process as unknown as {
    getBuiltinModule(name: "node:cluster"): Cluster;
  };
  return getBuiltinModule("node:cluster").isWorker;
}

/** errnos of accept() that concern one connection: see `System`. */
const { ofOneConnection } = systemOf(process.platform);

class NetListenerBackend<A extends Addr> implements ListenerBackend<A, Socket> {
  readonly addr: A;
  readonly #server: Server;
  readonly #kind: ListenerKind<A, Server, Socket>;
  readonly #keepAlive: KeepAlive;

  constructor(server: Server, kind: ListenerKind<A, Server, Socket>) {
    this.addr = kind.bound(server);
    this.#server = server;
    this.#kind = kind;
    this.#keepAlive = new KeepAlive(server);
  }

  listener(backlog: number): Listener<A> {
    const queue = new AcceptQueue<A, Socket>(this, backlog);
    // An exception in an event handler would end the process.
    this.#server.on("connection", (socket) => {
      try {
        queue.push(socket);
      } catch (fault) {
        this.refuse(socket);
        queue.fault(fault);
      }
    });
    this.#server.on("error", (error) => {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (ofOneConnection.has(code)) return;
      queue.fail(translate(error, "accept", this.addr));
    });
    return queue;
  }

  open(socket: Socket): ConnBackend<A> | null {
    const ends = this.#kind.ends(socket, this.addr);
    if (ends === undefined) {
      this.refuse(socket);
      return null;
    }
    return new NetConnBackend(socket, ends);
  }

  refuse(socket: Socket): void {
    // An 'error' without a listener would end the process.
    socket.on("error", () => {});
    if (this.addr.transport === "tcp") socket.resetAndDestroy();
    else socket.destroy();
  }

  demand(): void {
    // Node accepts continuously, and cannot be paused.
  }

  acceptWaiting(waiting: boolean): void {
    this.#keepAlive.waiting(waiting);
  }

  close(): void {
    this.#keepAlive.end();
    this.#kind.close(() => {
      this.#server.close();
    });
  }

  ref(): void {
    this.#keepAlive.ref();
  }

  unref(): void {
    this.#keepAlive.unref();
  }
}
