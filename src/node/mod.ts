/**
 * Node: `node:net`, pulled instead of pushed.
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

/** The network through Node. */
export const network = {
  listen,
  connect,
  listenDatagram,
  connectDatagram,
  onSignal,
  services,
} as Wing;
