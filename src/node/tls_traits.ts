/**
 * In what a runtime's `node:tls` differs from Node's own.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { Server, TlsOptions } from "node:tls";
import type { ServerPlan } from "../core/tls/options.ts";

/** What a wing says of its runtime. */
export interface TlsTraits {
  /** Why it cannot do what is asked for, if so. */
  refusal(plan: ServerPlan): string | undefined;
  /** What servers are made with besides. */
  readonly serverOptions: TlsOptions;
  /**
   * Hands a connection to a server, or to one like it, whose events are that
   * connection's alone.
   *
   * @param server Made with `options`; its certificate has been read.
   * @param hear Listens to them.
   */
  accept(
    server: Server,
    options: TlsOptions,
    transport: Duplex,
    hear: (own: Server) => void,
  ): void;
  /**
   * Whether a write calls back when its bytes have gone out; else that shows in
   * the transport alone.
   */
  readonly tellsWrites: boolean;
}
