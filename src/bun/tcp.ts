/**
 * TCP on `Bun.listen`.
 *
 * Connecting is Node's room: `Bun.connect` cannot be cancelled, and connects
 * to all addresses of a name at once, of which each listener then sees one.
 *
 * @module
 */
import { isExact, withZone } from "../core/addr.ts";
import type { TcpListenPlan } from "../core/options.ts";
import { bareOptions } from "../core/own_options.ts";
import { socketError } from "../errno.ts";
import { translate } from "../node/errors.ts";
import { resolveName } from "../node/names.ts";
import type { Listener, NetAddr } from "../types.ts";
import { bun } from "./api.ts";
import { countDescriptors, openListener } from "./server.ts";

/** See `Network.listen`. */
export async function listenTcp(
  plan: TcpListenPlan,
): Promise<Listener<NetAddr>> {
  const { host, port, noDelay, keepAlive, address } = plan;
  const hostname = host.family === 0
    ? (await resolveName(host.name, "listen", address))[0].address
    : host.name;
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
          addrOf(withZone(listener.hostname, hostname), listener.port),
        ends(socket, bound) {
          const { remoteAddress, remotePort } = socket;
          if (remoteAddress === undefined) return undefined;
          return [
            isExact(bound.hostname)
              ? bound
              : addrOf(socket.localAddress, socket.localPort),
            addrOf(remoteAddress, remotePort),
          ];
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
    if (
      hostname.includes("%") && (error as { code?: string }).code === undefined
    ) {
      throw socketError("ENOTSUP", "listen", address, {
        cause: error,
        reason:
          "Bun cannot listen on an address with a named zone; give its index",
      });
    }
    throw translate(error, "listen", address);
  }
}

function addrOf(hostname: string, port: number): NetAddr {
  return { transport: "tcp", hostname, port };
}
