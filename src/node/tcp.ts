/**
 * TCP on `node:net`.
 *
 * @module
 */
import type { AddressInfo, Server, Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { withZone, zoneOf } from "../core/addr.ts";
import { connOver } from "../core/conn.ts";
import { type Attempt, type Candidate, race } from "../core/connecting.ts";
import type { TcpConnectPlan, TcpListenPlan } from "../core/options.ts";
import { socketError } from "../errno.ts";
import type { Operation } from "../errors.ts";
import type { Conn, Listener, NetAddr } from "../types.ts";
import { dial } from "./dial.ts";
import { translate } from "./errors.ts";
import { type Naming, openServer } from "./server.ts";
import { type Ends, linkOver } from "./socket.ts";

/** See `Network.listen`. */
export function listenTcp(plan: TcpListenPlan): Promise<Listener<NetAddr>> {
  if (plan.reusePort && !HAS_REUSE_PORT) {
    return Promise.reject(
      socketError("ENOTSUP", "listen", plan.address, {
        reason: "reusePort needs Node 22.12, 23.1 or later",
      }),
    );
  }
  const { host, port, backlog, reusePort, ipv6Only } = plan;
  return openServer(
    { host: withNamedZone(host.name), port, backlog, reusePort, ipv6Only },
    namingOf(plan.address),
    plan,
    plan.signal,
    (close) => close(),
  );
}

/** Begins to connect to the first address that answers. */
export function dialTcp(plan: TcpConnectPlan): Attempt<Conn<NetAddr>> {
  const { host } = plan;
  if (host.family !== 0) {
    return dialAddress(plan, { address: host.name, family: host.family });
  }
  let attempt: Attempt<Conn<NetAddr>> | undefined;
  let cancelled = false;
  const promise = resolveName(host.name, "connect", plan.address).then(
    (candidates) => {
      if (cancelled) throw socketError("ECONNABORTED", "connect", plan.address);
      attempt = race(candidates, (candidate) => dialAddress(plan, candidate));
      return attempt.promise;
    },
  );
  const cancel = () => {
    cancelled = true;
    attempt?.cancel();
  };
  return { promise, cancel };
}

/** The addresses of a name. */
export async function resolveName(
  name: string,
  operation: Operation,
  address: NetAddr,
): Promise<Candidate[]> {
  const { lookup } = await import("node:dns/promises");
  try {
    return await lookup(name, { all: true, verbatim: true });
  } catch (error) {
    throw translate(error, operation, address);
  }
}

function dialAddress(
  plan: TcpConnectPlan,
  { address, family }: Candidate,
): Attempt<Conn<NetAddr>> {
  const { port, noDelay, keepAlive } = plan;
  const remoteAddr: NetAddr = { transport: "tcp", hostname: address, port };
  // Given as numbers: Node would resolve, and race, on its own terms.
  const { promise, cancel } = dial(
    {
      host: withNamedZone(address),
      family,
      port,
      noDelay,
      keepAlive,
      autoSelectFamily: false,
    },
    plan.host.family === 0 ? plan.address : remoteAddr,
  );
  return {
    promise: promise.then((socket) => {
      // Bun has it on from the start, whatever the option says, and believes
      // it to be off: only a change gets through (seen with 1.4).
      if (!noDelay) socket.setNoDelay(true).setNoDelay(false);
      const localAddr = addrOf(socket.localAddress!, socket.localPort!);
      return connOver(linkOver(socket, { localAddr, remoteAddr }));
    }),
    cancel,
  };
}

/** Node knows zones by their names only, where other runtimes know their numbers too. */
function withNamedZone(address: string): string {
  const zone = Number(zoneOf(address) ?? NaN);
  if (!Number.isInteger(zone)) return address;
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const found = addresses!.some((known) =>
      known.family === "IPv6" && known.scopeid === zone
    );
    if (found) return withZone(address, `%${name}`);
  }
  return address;
}

function namingOf(asked: NetAddr): Naming<NetAddr> {
  return {
    asked,
    bound(server: Server): NetAddr {
      const { address, port } = server.address() as AddressInfo;
      return addrOf(withZone(address, asked.hostname), port);
    },
    ends(socket: Socket): Ends<NetAddr> | undefined {
      // Asked for here for the first time, and not when the connection came:
      // the system no longer knows the peer of a connection that was reset.
      const { remoteAddress, remotePort, localAddress, localPort } = socket;
      if (remoteAddress === undefined) return undefined;
      return {
        localAddr: addrOf(localAddress!, localPort!),
        remoteAddr: addrOf(remoteAddress, remotePort!),
      };
    },
  };
}

function addrOf(hostname: string, port: number): NetAddr {
  return { transport: "tcp", hostname, port };
}

/** Older versions accept the option and ignore it. */
const HAS_REUSE_PORT = (() => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 1) ||
    (major === 22 && minor >= 12);
})();
