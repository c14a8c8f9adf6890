/**
 * Node: `node:net`, pulled instead of pushed.
 *
 * @module
 */
import { type Adapter, lazyDatagrams, lazyTls } from "../adapter.ts";
import { planListen } from "../../core/options/stream.ts";
import { systemOf } from "../../core/options/system.ts";
import type { Listener, ListenOptions, Network } from "../../api/stream.ts";
import { connect } from "../node_api/net_connect.ts";
import { useIntakes } from "../node_api/shared_read_buffer.ts";
import { onStopSignal, services } from "../node_api/process.ts";
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
  const [{ tlsOver }, { tlsBackend }] = await Promise.all([
    import("../../core/tls/network.ts"),
    import("./tls.ts"),
  ]);
  return tlsOver({ listen, connect } as Network, tlsBackend);
});

/** The network through Node. */
export const network = {
  listen,
  connect,
  ...datagrams,
  ...tls,
  onStopSignal,
  services,
} as Adapter;
