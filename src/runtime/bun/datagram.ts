/**
 * Datagram sockets of Bun, on `node:dgram`.
 *
 * `Bun.udpSocket` receives no faster, and cannot set the kernel's buffer sizes.
 *
 * @module
 */
import { datagramsOf } from "../node_api/dgram.ts";
import { nodeTraits } from "../node_api/dgram_traits.ts";

/**
 * Bun sets IP_RECVERR, so that every refusal is reported twice, to an unconnected
 * socket too (oven-sh/bun#35922; seen with 1.4). Can go when Bun no longer sets it.
 */
const traits = { ...nodeTraits, refusesTwice: true };

export const { listenDatagram, connectDatagram } = datagramsOf(traits);
