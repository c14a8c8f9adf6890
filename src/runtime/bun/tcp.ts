/**
 * TCP on `Bun.listen`.
 *
 * Connecting is Node's room: `Bun.connect` cannot be cancelled, and connects
 * to all addresses of a name at once, of which each listener then sees one.
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
import type { TcpListenPlan } from "../../core/options/stream.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import { translate } from "../node_api/errors.ts";
import { hasZone, resolveName, withNamedZone } from "../node_api/dns.ts";
import type { Listener, NetAddr } from "../../api/stream.ts";
import { bun } from "./api.ts";
import { countDescriptors, openListener } from "./listen.ts";

/** See `Network.listen`. */
export async function listenTcp(
  plan: TcpListenPlan,
): Promise<Listener<NetAddr>> {
  const { host, port, noDelay, keepAlive, address } = plan;
  const hostname = await bindable(host, address);
  await countDescriptors();
  plan.signal?.throwIfAborted();
  const { reusePort, ipv6Only } = plan;
  try {
    return openListener<NetAddr>(
      (socket) =>
        bun.listen(bareOptions({
          hostname,
          port,
          reusePort,
          ipv6Only,
          allowHalfOpen: true,
          socket,
        })),
      {
        bound: (listener) =>
          addrOf(withZone(listener.hostname, host.name), listener.port),
        ends(socket, bound) {
          const { remoteAddress, remotePort } = socket;
          if (remoteAddress === undefined) return undefined;
          if (isExact(bound.hostname)) {
            return [bound, addrOf(remoteAddress, remotePort)];
          }
          const [local, remote] = spelledEnds(
            socket.localAddress,
            remoteAddress,
            bound.hostname,
            interfaces,
          );
          return [addrOf(local, socket.localPort), addrOf(remote, remotePort)];
        },
        prepare(socket) {
          // On without being asked, for Bun.
          if (!noDelay) socket.setNoDelay(false);
          if (keepAlive) socket.setKeepAlive(true);
        },
        close: (stop) => stop(),
      },
      plan.backlog,
    );
  } catch (error) {
    throw translate(error, "listen", address);
  }
}

/** A literal that Bun can bind to. */
async function bindable(
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
