/**
 * Node: `node:net`, pulled instead of pushed.
 *
 * @module
 */
import { waitForAttempt } from "../core/connecting.ts";
import { pathLimit, planConnect, planListen } from "../core/options.ts";
import type {
  Conn,
  ConnectOptions,
  Listener,
  ListenOptions,
  Network,
} from "../types.ts";
import { dialTcp, listenTcp } from "./tcp.ts";
import { dialUnix, listenUnix } from "./unix.ts";

const limit = pathLimit(process.platform);

async function listen(options: ListenOptions): Promise<Listener> {
  const plan = planListen(options, limit);
  return plan.transport === "tcp"
    ? await listenTcp(plan)
    : await listenUnix(plan);
}

/** See `Network.connect`; Bun's too. */
export async function connect(options: ConnectOptions): Promise<Conn> {
  const plan = planConnect(options, limit);
  return await waitForAttempt<Conn>(
    () => plan.transport === "tcp" ? dialTcp(plan) : dialUnix(plan),
    options,
    plan.address,
  );
}

/** The network through Node. */
export const network = { listen, connect } as Network;
