/**
 * Bun: `Bun.listen` for accepted connections, Node's rooms for connecting.
 *
 * @module
 */
import { type Adapter, lazyDatagrams, lazyTls } from "../adapter.ts";
import { planListen } from "../../core/options/stream.ts";
import { systemOf } from "../../core/options/system.ts";
import type {
  Conn,
  ConnectOptions,
  Listener,
  ListenOptions,
  Network,
} from "../../api/stream.ts";
import { onStopSignal, services } from "../node_api/process.ts";
import { listenTcp } from "./tcp.ts";

const system = systemOf(process.platform);

async function listen(options: ListenOptions): Promise<Listener> {
  const plan = planListen(options, system);
  return plan.transport === "tcp"
    ? await listenTcp(plan)
    : await (await import("./unix.ts")).listenUnix(plan);
}

/** `node:net` makes Bun start 5 ms later and collect garbage longer: not for servers. */
async function connect(options: ConnectOptions): Promise<Conn> {
  const { connect } = await import("../node_api/net_connect.ts");
  return await connect(options, () => import("./unix.ts"));
}

const datagrams = lazyDatagrams(() => import("./datagram.ts"));

const tls = lazyTls(async () => {
  const [{ tlsOver }, { tlsBackend }] = await Promise.all([
    import("../../core/tls/network.ts"),
    import("./tls.ts"),
  ]);
  return tlsOver({ listen, connect } as Network, tlsBackend);
});

/** The network through Bun. */
export const network = {
  listen,
  connect,
  ...datagrams,
  ...tls,
  onStopSignal,
  services,
} as Adapter;
