/**
 * A `net.Server` as the backend of a listener.
 *
 * @module
 */
import {
  createServer,
  type ListenOptions,
  type Server,
  type Socket,
} from "node:net";
import { offAbort, onAbort } from "../../core/wait/pending_call.ts";
import {
  AcceptQueue,
  type ListenerBackend,
} from "../../core/stream/listener.ts";
import type { ConnBackend } from "../../core/stream/conn.ts";
import { systemOf } from "../../core/options/system.ts";
import { KeepAlive } from "../../core/wait/keep_alive.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import type { Addr, Listener } from "../../api/stream.ts";
import { listenOn } from "./binding.ts";
import { translate } from "../node_api/errors.ts";
import {
  backendOver,
  type Ends,
  NOT_OF_SOCKETS,
  SOCKET_OPTIONS,
} from "../node_api/net_conn.ts";

/** What is to be known of a listener's address and its connections' addresses. */
export interface Naming<A extends Addr> {
  /** As asked for; errors name it. */
  readonly asked: A;
  /** The address that the server has got. */
  bound(server: Server): A;
  /** The addresses of an accepted socket; `undefined` once its peer has reset it. */
  ends(socket: Socket, bound: A): Ends<A> | undefined;
}

/** Options that apply to every accepted socket. */
export interface AcceptedOptions {
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
}

/** Opens a listener. @throws {SocketError} of the operation "listen" */
export function openServer<A extends Addr>(
  // Named here because Node 20, whose types the package is built against, has
  // no `reusePort`.
  where: ListenOptions & { backlog: number; reusePort?: boolean },
  naming: Naming<A>,
  accepted: AcceptedOptions,
  signal: AbortSignal | undefined,
  close: (close: () => void, bound: A) => void,
): Promise<Listener<A>> {
  return new Promise((resolve, reject) => {
    // Something may have been loaded, or looked up, since that was asked.
    signal?.throwIfAborted();
    // Paused until accept(): a reset that came earlier would emit 'error'
    // with no listener, and Node ends the process.
    const server = createServer(bareOptions({
      ...SOCKET_OPTIONS,
      noDelay: accepted.noDelay,
      keepAlive: accepted.keepAlive,
      pauseOnConnect: true,
    }, NOT_OF_SOCKETS));
    // Asked for with each connection, and inherited otherwise.
    (server as { maxConnections?: number | undefined }).maxConnections =
      undefined;
    const abort = (reason: unknown) => {
      server.close();
      reject(reason);
    };
    const settle = () => signal && offAbort(signal, abort);
    const fail = (error: unknown) => {
      settle();
      reject(translate(error, "listen", naming.asked));
    };
    if (signal) onAbort(signal, abort);
    server.once("error", fail);
    server.once("listening", () => {
      settle();
      if (signal?.aborted) return abort(signal.reason);
      try {
        const backend = new NetListenerBackend(server, naming, close);
        server.removeAllListeners("error");
        resolve(backend.listener(where.backlog));
      } catch (error) {
        // Thrown to Node, it would end the process.
        server.close();
        fail(error);
      }
    });
    try {
      listenOn(server, bareOptions(where));
    } catch (error) {
      fail(error);
    }
  });
}

/** errnos that are not to be told: see `System`. */
const { ofOneConnection } = systemOf(process.platform);

class NetListenerBackend<A extends Addr> implements ListenerBackend<A, Socket> {
  readonly address: A;
  readonly #server: Server;
  readonly #naming: Naming<A>;
  readonly #close: (close: () => void, bound: A) => void;
  readonly #keepAlive: KeepAlive;

  constructor(
    server: Server,
    naming: Naming<A>,
    close: (close: () => void, bound: A) => void,
  ) {
    this.address = naming.bound(server);
    this.#server = server;
    this.#naming = naming;
    this.#close = close;
    this.#keepAlive = new KeepAlive(server);
  }

  listener(backlog: number): Listener<A> {
    const queue = new AcceptQueue<A, Socket>(this, backlog);
    // What a listener throws is uncaught to Node, and ends the process.
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
      queue.fail(translate(error, "accept", this.address));
    });
    return queue;
  }

  open(socket: Socket): ConnBackend<A> | null {
    const ends = this.#naming.ends(socket, this.address);
    if (ends === undefined) {
      this.refuse(socket);
      return null;
    }
    return backendOver(socket, ends);
  }

  refuse(socket: Socket): void {
    // Its errors matter no more; an 'error' without a listener would end the
    // process.
    socket.on("error", () => {});
    if (this.address.transport === "tcp") socket.resetAndDestroy();
    else socket.destroy();
  }

  demand(): void {
    // Node accepts by itself, and cannot be told not to.
  }

  acceptWaiting(waiting: boolean): void {
    this.#keepAlive.waiting(waiting);
  }

  close(): void {
    this.#keepAlive.end();
    this.#close(() => {
      this.#server.close();
    }, this.address);
  }

  ref(): void {
    this.#keepAlive.ref();
  }

  unref(): void {
    this.#keepAlive.unref();
  }
}
