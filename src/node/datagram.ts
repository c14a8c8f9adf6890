/**
 * Datagram sockets of Node.
 *
 * @module
 */
import { KeepAlive } from "../core/keep_alive.ts";
import type { DgramTraits } from "./dgram_traits.ts";
import { hasZone, withNamedZone } from "./names.ts";
import { reusePortRefusal } from "./reuse_port.ts";
import { datagramsOf } from "./udp.ts";

/** What Node has of its own, and Bun takes over. */
export const traits: DgramTraits = {
  refusal: reusePortRefusal,
  connects: true,
  ownsBuffers: true,
  ordersSends: true,
  refusesTwice: false,
  controls6: true,
  localFor: ({ family }) => family === 6 ? "::" : "0.0.0.0",
  zoned: (address, operation, asked) =>
    hasZone(address) ? withNamedZone(address, operation, asked) : address,
  holder: (socket) => new KeepAlive(socket),
  explain: (error) => error,
};

export const { listenDatagram, connectDatagram } = datagramsOf(traits);
