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

const limit = pathLimit(process.platform);

/** Loaded when first needed: `node:fs` and what stands on it cost a start-up. */
const unix = () => import("./unix.ts");

async function listen(options: ListenOptions): Promise<Listener> {
  const plan = planListen(options, limit);
  return plan.transport === "tcp"
    ? await listenTcp(plan)
    : await (await unix()).listenUnix(plan);
}

/** See `Network.connect`; Bun's too. */
export async function connect(options: ConnectOptions): Promise<Conn> {
  const plan = planConnect(options, limit);
  const { address } = plan;
  if (plan.transport === "tcp") {
    return await waitForAttempt(() => dialTcp(plan), options, address);
  }
  const { dialUnix } = await unix();
  return await waitForAttempt(() => dialUnix(plan), options, address);
}

/** The network through Node. */
export const network = { listen, connect } as Network;
