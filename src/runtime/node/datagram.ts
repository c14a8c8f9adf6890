/**
 * Datagram sockets of Node.
 *
 * @module
 */
import { datagramsOf } from "../node_api/dgram.ts";
import { traits } from "../node_api/dgram_defaults.ts";

export const { listenDatagram, connectDatagram } = datagramsOf(traits);
