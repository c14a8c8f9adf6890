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

/** Begins to connect to the first address that answers. */
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

/** @param host The address as Node knows it. */
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
  // Given as numbers: Node would resolve, and race, on its own terms.
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
      // Bun has it on from the start, whatever the option says, and believes
      // it to be off: only a change gets through (seen with 1.4).
      if (!noDelay) socket.setNoDelay(true).setNoDelay(false);
      const localAddr = addrOf(
        withZone(socket.localAddress!, address),
        socket.localPort!,
      );
      // Not asked for: the system does not tell it of a connection that was reset.
      const peer = reachable({ name: address, family: family === 6 ? 6 : 4 });
      const remoteAddr = addrOf(peer.name, port);
      return new StreamConn(
        new NetConnBackend(socket, { localAddr, remoteAddr }, readBuffer),
      );
    }),
    cancel,
  };
}

/** What an end that was never bound is called. */
export const UNNAMED: UnixAddr = { transport: "unix", path: "" };

/** Begins to connect. */
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

/** What has come of an attempt. */
interface Dialled {
  readonly socket: Socket;
  /** Where the socket's bytes come in, instead of its 'data' events. */
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
    // Nothing is taken from the system before the connection has its queues.
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
    // Also a socket that connected in this very turn. There is none if `connect` threw.
    socket?.on("error", () => {});
    socket?.destroy();
  };
  return { promise, cancel };
}

/** An address of TCP. */
export function addrOf(hostname: string, port: number): NetAddr {
  return { transport: "tcp", hostname, port };
}
