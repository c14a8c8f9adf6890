/**
 * TLS of Deno, on `node:tls` over the bytes of the connection.
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

/** The part of a socket's handle that is used here. */
interface Handle {
  getPeerCertificateChain?(): { certificates: Uint8Array[] } | null;
}

const reading: PeerReading = {
  /**
   * Reads a private field: the public method parses the certificates, and throws for
   * some (seen with 2.9). Without the private method the list is empty, so that no peer
   * is trusted.
   */
  sentOn(socket) {
    const { _handle: handle } = socket as unknown as { _handle: Handle | null };
    return handle?.getPeerCertificateChain?.()?.certificates ?? [];
  },
  isPartial: false,
};

/**
 * The backend. Deno's own TLS is faster, above all at sending, which costs it half of
 * the work (2.9), but cannot replace `node:tls`:
 *
 * - `Deno.listenTls` requests no client certificate, cannot replace its own while it
 *   listens, and shows no ClientHello before it answers. It cannot secure a connection
 *   that exists.
 * - `Deno.connectTls` and `Deno.startTls` add `caCerts` to the default roots instead of
 *   replacing them, and obey `--unsafely-ignore-certificate-errors`.
 * - None of them reports the version, the cipher or the peer's certificates.
 *
 * `core/tls/chain.ts` refuses the peers that `node:tls` of Deno accepts wrongly.
 */
export const tlsBackend: TlsBackend = {
  check: materialCheck({ rsaPss: false, policies: false }),
  client: (plan) => fedWith("client", clientHandshake(plan, reading)),
  server: (plan, pair) =>
    fedWith("server", serverHandshake(plan, pair, reading)),
  // Over a `Duplex`, `node:tls` of Deno sends no alerts.
  listensFirst: true,
  unsupported(plan) {
    if (plan.role === "server" && plan.sessionTickets === false) {
      return "Deno lets clients resume sessions in any case; leave sessionTickets out";
    }
    // Deno ignores a list of ciphers (seen with 2.9).
    const { suites } = plan;
    return withoutChoice("Deno", "TLSv1.3", suites) ??
      withoutChoice("Deno", "TLSv1.2", suites);
  },
};
