/**
 * Bun: `Bun.listen` for accepted connections, Node's rooms for connecting.
 *
 * @module
 */
import { pathLimit, planListen } from "../core/options.ts";
import { connect } from "../node/mod.ts";
import type { Listener, ListenOptions, Network } from "../types.ts";
import { listenTcp } from "./tcp.ts";
import { listenUnix } from "./unix.ts";

const limit = pathLimit(process.platform);

async function listen(options: ListenOptions): Promise<Listener> {
  const plan = planListen(options, limit);
  return plan.transport === "tcp"
    ? await listenTcp(plan)
    : await listenUnix(plan);
}

/** The network through Bun. */
export const network = { listen, connect } as Network;
