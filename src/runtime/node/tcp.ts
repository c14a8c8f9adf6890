/**
 * Listening for TCP on `node:net`.
 *
 * @module
 */
import type { AddressInfo, Server, Socket } from "node:net";
import { isExact, systemAddress, withZone } from "../../core/options/addr.ts";
import type { TcpListenPlan } from "../../core/options/stream.ts";
import { socketError } from "../../core/errno.ts";
import type { Listener, NetAddr } from "../../api/stream.ts";
import { hasZone, withNamedZone } from "../node_api/dns.ts";
import { addrOf } from "../node_api/net_connect.ts";
import { reusePortRefusal } from "../node_api/reuse_port.ts";
import { type Naming, openServer } from "./listen.ts";
import type { Ends } from "../node_api/net_conn.ts";

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
