/**
 * TCP and Unix connections of Bun, by `node:net`.
 *
 * `Bun.connect` cannot be cancelled. It connects to all addresses of a name at once, so
 * that the listener at each of them accepts a connection.
 *
 * @module
 */
import type { UnixConnectPlan } from "../../core/options/stream.ts";
import { systemOf } from "../../core/options/system.ts";
import { type Attempt, connector } from "../../core/wait/connect_race.ts";
import { socketError } from "../../core/errno.ts";
import type { SocketError } from "../../api/errors.ts";
import type { Conn, UnixAddr } from "../../api/stream.ts";
import { dialTcp, dialUnix as dialByNode } from "../node_api/net_connect.ts";

/** See `Adapter.connect`. */
export const connect = connector({
  system: systemOf(process.platform),
  tcp: dialTcp,
  unix: dialUnix,
});

/**
 * Begins to connect to a Unix socket. Bun reports several errnos as ECONNREFUSED; the
 * error has the kernel's errno.
 */
export function dialUnix(
  plan: Pick<UnixConnectPlan, "path" | "address">,
): Attempt<Conn<UnixAddr>> {
  const { promise, cancel } = dialByNode(plan);
  return {
    promise: promise.catch(async (error: SocketError) => {
      if (error.code !== "ECONNREFUSED") throw error;
      const { whyRefused } = await import("./unix_sockets.ts");
      const code = whyRefused(plan.path);
      if (code === error.code) throw error;
      throw socketError(code, "connect", plan.address, { cause: error });
    }),
    cancel,
  };
}
