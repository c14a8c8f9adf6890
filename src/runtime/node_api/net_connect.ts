/**
 * TCP and Unix connections by `node:net`.
 *
 * @module
 */
import {
  connect as connectSocket,
  type NetConnectOpts,
  type Socket,
} from "node:net";
import type { Addr, Conn, NetAddr, UnixAddr } from "../../api/stream.ts";
import { socketError } from "../../core/errno.ts";
import { systemAddress, withZone } from "../../core/options/addr.ts";
import { reachable } from "../../core/options/hostname.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import type {
  TcpConnectPlan,
  UnixConnectPlan,
} from "../../core/options/stream.ts";
import { StreamConn } from "../../core/stream/conn.ts";
import {
  type Attempt,
  type Candidate,
  race,
} from "../../core/wait/connect_race.ts";
import { hasZone, lacksZone, resolveName, withNamedZone } from "./dns.ts";
import { translate } from "./errors.ts";
import { NetConnBackend, NOT_OF_SOCKETS, SOCKET_OPTIONS } from "./net_conn.ts";
import { SharedReadBuffer } from "./shared_read_buffer.ts";

/** Begins to connect to a literal, or to a name, whose addresses race. */
export function dialTcp(plan: TcpConnectPlan): Attempt<Conn<NetAddr>> {
  const { family } = plan.host;
  const name = systemAddress(plan.host.name);
  const named = family === 0;
  if (!named && !hasZone(name)) {
    return dialAddress(plan, { address: name, family });
  }
  let attempt: Attempt<Conn<NetAddr>> | undefined;
  let cancelled = false;
  const found = named
    ? resolveName(name, "connect", plan.address)
    : withNamedZone(name, "connect", plan.address);
  const promise = found.then((found) => {
    if (cancelled) throw socketError("ECONNABORTED", "connect", plan.address);
    attempt = typeof found === "string"
      ? dialAddress(plan, { address: name, family }, found)
      : race(found, (candidate) => dialAddress(plan, candidate));
    return attempt.promise;
  });
  const cancel = () => {
    cancelled = true;
    attempt?.cancel();
  };
  return { promise, cancel };
}

/** @param host The address, with its zone in Node's spelling. */
function dialAddress(
  plan: TcpConnectPlan,
  { address, family }: Candidate,
  host = address,
): Attempt<Conn<NetAddr>> {
  const { port, noDelay, keepAlive } = plan;
  if (lacksZone(host)) {
    return {
      promise: Promise.reject(socketError("EINVAL", "connect", plan.address)),
      cancel() {},
    };
  }
  // A literal: Node neither resolves a name nor races its addresses.
  const { promise, cancel } = dial(
    {
      host,
      family,
      port,
      noDelay,
      keepAlive,
      autoSelectFamily: false,
    },
    plan.address,
  );
  return {
    promise: promise.then(({ socket, readBuffer }) => {
      // Bun sets TCP_NODELAY on every socket and records it as not set. So only a
      // change has an effect (seen with 1.4).
      if (!noDelay) socket.setNoDelay(true).setNoDelay(false);
      const localAddr = addrOf(
        withZone(socket.localAddress!, address),
        socket.localPort!,
      );
      // Computed, because the kernel has no peer address for a connection that was
      // reset.
      const peer = reachable({ name: address, family: family === 6 ? 6 : 4 });
      const remoteAddr = addrOf(peer.name, port);
      return new StreamConn(
        new NetConnBackend(socket, { localAddr, remoteAddr }, readBuffer),
      );
    }),
    cancel,
  };
}

/** The address of an unbound Unix socket. */
export const UNNAMED: UnixAddr = { transport: "unix", path: "" };

/** Begins to connect to a Unix socket. */
export function dialUnix(
  plan: Pick<UnixConnectPlan, "path" | "address">,
): Attempt<Conn<UnixAddr>> {
  const { promise, cancel } = dial({ path: plan.path }, plan.address);
  return {
    promise: promise.then(({ socket, readBuffer }) => {
      const ends = { localAddr: UNNAMED, remoteAddr: plan.address };
      return new StreamConn(new NetConnBackend(socket, ends, readBuffer));
    }),
    cancel,
  };
}

/** A connected socket. */
interface Dialled {
  readonly socket: Socket;
  /** Receives the socket's bytes, instead of its 'data' events. */
  readonly readBuffer: SharedReadBuffer | undefined;
}

/** Begins to connect a `net.Socket`. */
function dial(
  options: NetConnectOpts,
  address: Addr,
): Attempt<Dialled> {
  const readBuffer = SharedReadBuffer.create();
  let cancelled = false;
  let socket: Socket | undefined;
  const promise = new Promise<Dialled>((resolve, reject) => {
    const connecting = socket = connectSocket(
      bareOptions({
        ...SOCKET_OPTIONS,
        ...options,
        ...readBuffer && { onread: bareOptions(readBuffer.onread()) },
      }, NOT_OF_SOCKETS),
    );
    // Node reads no bytes before the connection has its queues.
    connecting.pause();
    const fail = (error: unknown) => {
      reject(translate(error, "connect", address));
    };
    connecting.once("error", fail);
    connecting.once("connect", () => {
      if (cancelled) return;
      connecting.off("error", fail);
      resolve({ socket: connecting, readBuffer });
    });
  });
  const cancel = () => {
    cancelled = true;
    // Also closes a socket that connected in this turn. There is none if
    // `connectSocket` threw.
    socket?.on("error", () => {});
    socket?.destroy();
  };
  return { promise, cancel };
}

/** The address of a TCP socket. */
export function addrOf(hostname: string, port: number): NetAddr {
  return { transport: "tcp", hostname, port };
}
