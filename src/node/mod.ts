/**
 * Node: `node:net`, pulled instead of pushed.
 *
 * @module
 */
import { lazyDatagrams } from "../core/lazy_datagrams.ts";
import { lazyTls } from "../core/lazy_tls.ts";
import { planListen } from "../core/options.ts";
import { systemOf } from "../core/system.ts";
import type { Wing } from "../core/wing.ts";
import type { Listener, ListenOptions, Network } from "../types.ts";
import { connect } from "./connect.ts";
import { useIntakes } from "./intake.ts";
import { onStopSignal } from "./signals.ts";
import { services } from "./services.ts";
import { listenTcp } from "./tcp.ts";

const system = systemOf(process.platform);

useIntakes();

async function listen(options: ListenOptions): Promise<Listener> {
  const plan = planListen(options, system);
  if (plan.transport === "tcp") return await listenTcp(plan);
  // `node:fs` and what stands on it cost a start-up.
  const { listenUnix } = await import("./unix.ts");
  return await listenUnix(plan);
}

const datagrams = lazyDatagrams(() => import("./datagram.ts"));

const tls = lazyTls(async () => {
  const [{ tlsOver }, { engines }] = await Promise.all([
    import("../core/tls/network.ts"),
    import("./tls.ts"),
  ]);
  return tlsOver({ listen, connect } as Network, engines);
});

/** The network through Node. */
export const network = {
  listen,
  connect,
  ...datagrams,
  ...tls,
  onStopSignal,
  services,
} as Wing;
