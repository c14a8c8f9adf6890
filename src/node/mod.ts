/**
 * Node: `node:net`, pulled instead of pushed.
 *
 * @module
 */
import { lazyDatagrams } from "../core/lazy_datagrams.ts";
import { pathLimit, planListen } from "../core/options.ts";
import type { Wing } from "../core/wing.ts";
import type { Listener, ListenOptions } from "../types.ts";
import { connect } from "./connect.ts";
import { useIntakes } from "./intake.ts";
import { onSignal } from "./signals.ts";
import { services } from "./services.ts";
import { listenTcp } from "./tcp.ts";

const limit = pathLimit(process.platform);

useIntakes();

async function listen(options: ListenOptions): Promise<Listener> {
  const plan = planListen(options, limit);
  if (plan.transport === "tcp") return await listenTcp(plan);
  // `node:fs` and what stands on it cost a start-up.
  const { listenUnix } = await import("./unix.ts");
  return await listenUnix(plan);
}

const datagrams = lazyDatagrams(() => import("./datagram.ts"));

/** The network through Node. */
export const network = {
  listen,
  connect,
  ...datagrams,
  onSignal,
  services,
} as Wing;
