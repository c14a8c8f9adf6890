/**
 * The adapter of Bun, on `Bun.listen` for accepted connections and `node:net` for
 * connecting.
 *
 * @module
 */
import { systemOf } from "../../core/options/system.ts";
import { adapterOf } from "../adapter.ts";
import { onStopSignal, services } from "../node_api/process.ts";
import { listenTcp } from "./listen.ts";

/** The adapter of Bun. */
export const adapter = adapterOf({
  system: systemOf(process.platform),
  listenTcp,
  unix: () => import("./unix.ts"),
  // `node:net` costs 5 ms of start-up and longer garbage collections. A server does not
  // need it.
  connecting: () => import("./connect.ts"),
  datagrams: () => import("./datagram.ts"),
  tls: () => import("./tls.ts"),
  onStopSignal,
  services,
});
