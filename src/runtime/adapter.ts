/**
 * What a runtime's adapter gives to the rest of the library.
 *
 * @module
 */
import type { DatagramNetwork } from "../api/datagram.ts";
import type { Network } from "../api/stream.ts";
import type { TlsNetwork } from "../api/tls.ts";

/** A adapter: its network, and what else only a runtime can tell. */
export interface Adapter extends Network, DatagramNetwork, TlsNetwork {
  /** The text of the system's file of services (`services(5)`). */
  services(): Promise<string>;
  /**
   * Calls back at each signal that tells the program to stop, which then does not end
   * the process; that keeps nothing alive.
   *
   * @returns Takes it back.
   */
  onStopSignal(call: () => void): () => void;
}

/** The same, before it is loaded. */
export function lazyTls(load: () => Promise<TlsNetwork>): TlsNetwork {
  return {
    async listenTls(options: never) {
      return await (await load()).listenTls(options);
    },
    async connectTls(options: never) {
      return await (await load()).connectTls(options);
    },
    async startTls(conn, options) {
      return await (await load()).startTls(conn, options);
    },
  } as TlsNetwork;
}

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
