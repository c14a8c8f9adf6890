/**
 * Bun: `Bun.listen` for accepted connections, Node's rooms for connecting.
 *
 * @module
 */
import { pathLimit, planListen } from "../core/options.ts";
import type {
  ConnectDatagramOptions,
  DatagramConn,
  ListenDatagramOptions,
} from "../datagram_types.ts";
import type { Wing } from "../core/wing.ts";
import type {
  Conn,
  ConnectOptions,
  Listener,
  ListenOptions,
} from "../types.ts";
import { onSignal } from "../node/signals.ts";
import { services } from "../node/services.ts";
import { listenTcp } from "./tcp.ts";

const limit = pathLimit(process.platform);

async function listen(options: ListenOptions): Promise<Listener> {
  const plan = planListen(options, limit);
  return plan.transport === "tcp"
    ? await listenTcp(plan)
    : await (await import("./unix.ts")).listenUnix(plan);
}

/** `node:net` makes Bun start 5 ms later and collect garbage longer: not for servers. */
async function connect(options: ConnectOptions): Promise<Conn> {
  return await (await import("../node/connect.ts")).connect(options);
}

/** Loaded when first needed: `node:dgram` costs a start-up. */
const datagrams = () => import("./datagram.ts");

async function listenDatagram(
  options: ListenDatagramOptions,
): Promise<DatagramConn> {
  return await (await datagrams()).listenDatagram(options);
}

async function connectDatagram(
  options: ConnectDatagramOptions,
): Promise<DatagramConn> {
  return await (await datagrams()).connectDatagram(options);
}

/** The network through Bun. */
export const network = {
  listen,
  connect,
  listenDatagram,
  connectDatagram,
  onSignal,
  services,
} as Wing;
