/**
 * Datagram sockets of Bun: Node's rooms.
 *
 * `Bun.udpSocket` is no faster at receiving, and leaves out the sizes of the
 * system's buffers.
 *
 * @module
 */
import { traits } from "../node_api/dgram_defaults.ts";
import { datagramsOf } from "../node_api/dgram.ts";

/**
 * Bun sets IP_RECVERR, by which a socket hears of every refusal, also one that
 * is not connected, and twice of each (oven-sh/bun#35922; seen with 1.4).
 */
const bunTraits = { ...traits, refusesTwice: true };

export const { listenDatagram, connectDatagram } = datagramsOf(bunTraits);
