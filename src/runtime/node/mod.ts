/**
 * The adapter of Node, on `node:net`.
 *
 * @module
 */
import { systemOf } from "../../core/options/system.ts";
import { connector } from "../../core/wait/connect_race.ts";
import { adapterOf } from "../adapter.ts";
import { dialTcp, dialUnix } from "../node_api/net_connect.ts";
import { onStopSignal, services } from "../node_api/process.ts";
import { useSharedReadBuffer } from "../node_api/shared_read_buffer.ts";
import { listenTcp } from "./listen.ts";

const system = systemOf(process.platform);
const connect = connector({ system, tcp: dialTcp, unix: dialUnix });

useSharedReadBuffer();

/** The adapter of Node. */
export const adapter = adapterOf({
  system,
  listenTcp,
  unix: () => import("./unix.ts"),
  connecting: () => ({ connect }),
  datagrams: () => import("./datagram.ts"),
  tls: () => import("./tls.ts"),
  onStopSignal,
  services,
});
