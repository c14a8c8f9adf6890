/**
 * What a runtime's adapter gives to the rest of the library.
 *
 * @module
 */
import type { DatagramNetwork } from "../api/datagram.ts";
import type { TlsNetwork } from "../api/tls.ts";
import type { Network } from "../api/stream.ts";

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
