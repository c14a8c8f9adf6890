/**
 * Datagram sockets of Node, on `node:dgram`.
 *
 * @module
 */
import { datagramsOf } from "../node_api/dgram.ts";
import { nodeTraits } from "../node_api/dgram_traits.ts";

export const { listenDatagram, connectDatagram } = datagramsOf(nodeTraits);
