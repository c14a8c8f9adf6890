/**
 * TLS of Node, over the connection's own socket.
 *
 * A `Duplex` in between would show how the connection ends. But bulk throughput over it
 * is 0.54 of this (Node 24, both ends in one process, 64 KiB writes).
 *
 * @module
 */
import type { TlsBackend } from "../../core/tls/backend.ts";
import { HAS_FALSE_EOF } from "../node_api/false_eof.ts";
import { nativelyWith } from "./tls_engine.ts";
import { withoutSuite } from "../node_api/tls_certificates.ts";
import { materialCheck } from "../node_api/tls_material.ts";
import {
  clientHandshake,
  type PeerReading,
  serverHandshake,
} from "../node_api/tls_handshake.ts";
import { hasDanglingAnchor } from "../node_api/tls_verify.ts";

const reading: PeerReading = {
  /**
   * Uses `getPeerX509Certificate()`, because `getPeerCertificate()` returns a single
   * path, with certificates of `caCerts`. The first call removes the first certificate
   * from OpenSSL's list, so only one call is made (Node 20 to 24).
   */
  sentOn(socket) {
    const sent: Uint8Array[] = [];
    let at = socket.getPeerX509Certificate();
    for (; at !== undefined; at = at.issuerCertificate) {
      sent.push(new Uint8Array(at.raw));
    }
    return sent;
  },
  isPartial: true,
};

export const tlsBackend: TlsBackend = {
  check: materialCheck({ rsaPss: true, policies: true }),
  client: (plan) => nativelyWith("client", clientHandshake(plan, reading)),
  server: (plan, pair) =>
    nativelyWith("server", serverHandshake(plan, pair, reading)),
  // Only where a reset before the ClientHello looks like an EOF. Reading the
  // ClientHello first costs a tenth of the handshake, and a tenth of all reads after
  // it. The size of the first bytes that Node is given decides how much it reads at
  // once.
  listensFirst: HAS_FALSE_EOF,
  unsupported(plan) {
    const isDangling = plan.role === "server" && plan.clientAuth !== "none" &&
      hasDanglingAnchor(plan.credentials.caCerts!);
    return isDangling
      ? "Node's servers need the root of every intermediate CA in caCerts; name it too"
      : withoutSuite("Node", plan.suites);
  },
};
