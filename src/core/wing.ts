/**
 * What a runtime's wing gives to the rest of the library.
 *
 * @module
 */
import type { DatagramNetwork } from "../datagram_types.ts";
import type { TlsNetwork } from "../tls_types.ts";
import type { Network } from "../types.ts";

/** The signals that tell a program to stop. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** A wing: its network, and what else only a runtime can tell. */
export interface Wing extends Network, DatagramNetwork, TlsNetwork {
  /** The text of the system's file of services (`services(5)`). */
  services(): Promise<string>;
  /**
   * Calls back at each such signal, which then does not end the process; that
   * keeps nothing alive.
   *
   * @returns Takes it back.
   */
  onSignal(name: StopSignal, call: () => void): () => void;
}
