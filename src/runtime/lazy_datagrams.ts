/**
 * Datagrams that are loaded when they are first needed: `node:dgram` costs a
 * start-up.
 *
 * @module
 */
import type { DatagramNetwork } from "../api/datagram.ts";

/** The same, before it is loaded. */
export function lazyDatagrams(
  load: () => Promise<DatagramNetwork>,
): DatagramNetwork {
  return {
    async listenDatagram(options) {
      return await (await load()).listenDatagram(options);
    },
    async connectDatagram(options) {
      return await (await load()).connectDatagram(options);
    },
  };
}
