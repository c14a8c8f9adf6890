/**
 * TCP on `node:net`.
 *
 * @module
 */
import type { AddressInfo, Server, Socket } from "node:net";
import { isExact, systemAddress, withZone } from "../core/addr.ts";
import { connOver } from "../core/conn.ts";
import { type Attempt, type Candidate, race } from "../core/connecting.ts";
import { reachable } from "../core/hostname.ts";
import type { TcpConnectPlan, TcpListenPlan } from "../core/options.ts";
import { socketError } from "../errno.ts";
import type { Conn, Listener, NetAddr } from "../types.ts";
import { dial } from "./dial.ts";
import { hasZone, lacksZone, resolveName, withNamedZone } from "./names.ts";
import { reusePortRefusal } from "./reuse_port.ts";
import { type Naming, openServer } from "./server.ts";
import { type Ends, linkOver } from "./socket.ts";

/** See `Network.listen`. */
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
  return await openServer(
    { host, port, backlog, reusePort, ipv6Only },
    namingOf(plan.address),
    plan,
    plan.signal,
    (close) => close(),
  );
}

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
    promise: promise.then(({ socket, intake }) => {
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
      return connOver(linkOver(socket, { localAddr, remoteAddr }, intake));
    }),
    cancel,
  };
}

function namingOf(asked: NetAddr): Naming<NetAddr> {
  return {
    asked,
    bound(server: Server): NetAddr {
      const { address, port } = server.address() as AddressInfo;
      return addrOf(withZone(address, asked.hostname), port);
    },
    ends(socket: Socket, bound: NetAddr): Ends<NetAddr> | undefined {
      // Asked for here for the first time, and not when the connection came:
      // the system no longer knows the peer of a connection that was reset.
      const { remoteAddress, remotePort } = socket;
      if (remoteAddress === undefined) return undefined;
      return {
        localAddr: isExact(bound.hostname) ? bound : addrOf(
          withZone(socket.localAddress!, bound.hostname),
          socket.localPort!,
        ),
        remoteAddr: addrOf(
          withZone(remoteAddress, bound.hostname),
          remotePort!,
        ),
      };
    },
  };
}

function addrOf(hostname: string, port: number): NetAddr {
  return { transport: "tcp", hostname, port };
}
