/**
 * TLS of Node: over the connection's own socket, which is what its speed is for.
 *
 * Over a `Duplex` in between, which would tell more, bulk comes to .54 of this
 * (Node 24, both ends in one process, 64 KiB writes).
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
   * `getPeerCertificate()` would give one path of them, with what is in `caCerts`. The
   * first call takes the first certificate away from OpenSSL, so there is one (20 to
   * 24).
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
  // It costs a tenth of a handshake, and of reading for as long as the connection
  // lasts: what Node is handed first, and not what it has asked for, decides how
  // much it reads at once. But a reset before that looks like an end to the others.
  listensFirst: HAS_FALSE_EOF,
  unsupported(plan) {
    const isDangling = plan.role === "server" && plan.clientAuth !== "none" &&
      hasDanglingAnchor(plan.credentials.caCerts!);
    return isDangling
      ? "Node's servers need the root of every intermediate CA in caCerts; name it too"
      : withoutSuite("Node", plan.suites);
  },
};
