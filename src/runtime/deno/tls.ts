/**
 * TLS of Deno: `node:tls`, fed with the connection's bytes.
 *
 * `Deno.listenTls` asks clients for no certificate, cannot be given another one
 * while it listens, shows no ClientHello before it answers and secures no connection
 * that is there. `Deno.connectTls` and `Deno.startTls` add `caCerts` to the default
 * roots instead of using them alone, and obey `--unsafely-ignore-certificate-errors`.
 * None of them tells the version, the cipher or the peer's certificates. They are
 * faster, above all at sending, which takes them half of the work (2.9). What
 * `node:tls` of Deno accepts wrongly, `core/tls/chain.ts` refuses.
 *
 * @module
 */
import { withoutChoice } from "../../core/tls/ciphers.ts";
import type { TlsBackend } from "../../core/tls/backend.ts";
import { fedWith } from "../node_api/tls_duplex.ts";
import { materialCheck } from "../node_api/tls_material.ts";
import {
  clientHandshake,
  type PeerReading,
  serverHandshake,
} from "../node_api/tls_handshake.ts";

/** What Deno keeps below a socket, as far as it is needed here. */
interface Handle {
  getPeerCertificateChain?(): { certificates: Uint8Array[] } | null;
}

const reading: PeerReading = {
  /**
   * What is public makes more of them than bytes, and throws for some (2.9). Without
   * this method nothing is known of the peer, and nothing trusted.
   */
  sentOn(socket) {
    const { _handle: handle } = socket as unknown as { _handle: Handle | null };
    return handle?.getPeerCertificateChain?.()?.certificates ?? [];
  },
  isPartial: false,
};

export const tlsBackend: TlsBackend = {
  check: materialCheck({ rsaPss: false, policies: false }),
  client: (plan) => fedWith("client", clientHandshake(plan, reading)),
  server: (plan, pair) =>
    fedWith("server", serverHandshake(plan, pair, reading)),
  // Its alerts do not get out.
  listensFirst: true,
  unsupported(plan) {
    if (plan.role === "server" && plan.sessionTickets === false) {
      return "Deno lets clients resume sessions in any case; leave sessionTickets out";
    }
    // Of a list of ciphers it reads nothing (seen with 2.9).
    const { suites } = plan;
    return withoutChoice("Deno", "TLSv1.3", suites) ??
      withoutChoice("Deno", "TLSv1.2", suites);
  },
};
