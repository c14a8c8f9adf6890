/**
 * Connecting through `node:net`, for Node and for Bun.
 *
 * @module
 */
import { waitForAttempt } from "../core/connecting.ts";
import { knownOptions, OPTIONS } from "../core/option_names.ts";
import { planConnect } from "../core/options.ts";
import { systemOf } from "../core/system.ts";
import type { Conn, ConnectOptions } from "../types.ts";
import { dialTcp } from "./tcp.ts";
import type { dialUnix } from "./unix.ts";

const system = systemOf(process.platform);

/**
 * See `Network.connect`.
 *
 * @param unix Loads what connects to Unix sockets.
 */
export async function connect(
  given: ConnectOptions,
  unix: () => Promise<{ dialUnix: typeof dialUnix }> = () =>
    import("./unix.ts"),
): Promise<Conn> {
  const options = knownOptions(given, OPTIONS.connect, "connect");
  const plan = planConnect(options, system);
  const { address } = plan;
  if (plan.transport === "tcp") {
    return await waitForAttempt(() => dialTcp(plan), options, address);
  }
  const { dialUnix } = await unix();
  return await waitForAttempt(() => dialUnix(plan), options, address);
}
