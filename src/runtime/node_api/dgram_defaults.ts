/**
 * The traits of `node:dgram` on Node, which Bun takes over.
 *
 * @module
 */
import { KeepAlive } from "../../core/wait/keep_alive.ts";
import type { DgramTraits } from "./dgram_traits.ts";
import { hasZone, withNamedZone } from "./dns.ts";
import { reusePortRefusal } from "./reuse_port.ts";

/** See the module. */
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
