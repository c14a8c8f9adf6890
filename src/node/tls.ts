/**
 * TLS of Node: over the connection's own socket, which is what its speed is for.
 *
 * Over a `Duplex` in between, which would tell more, bulk comes to .54 of this
 * (Node 24, both ends in one process, 64 KiB writes).
 *
 * @module
 */
import type { Engines } from "../core/tls/engine.ts";
import { MAKES_UP_ENDS } from "./paced_reading.ts";
import { nativelyWith } from "./tls_native.ts";
import { withoutSuite, x509Chain } from "./tls_certificates.ts";
import { materialCheck } from "./tls_material.ts";
import { clientShake, serverShake } from "./tls_sockets.ts";
import { hasDanglingAnchor } from "./tls_verify.ts";

export const engines: Engines = {
  check: materialCheck({ rsaPss: true, policies: true }),
  client: (plan) => nativelyWith(clientShake(plan, x509Chain)),
  server: (plan, pair) => nativelyWith(serverShake(plan, pair, x509Chain)),
  // It costs a tenth of a handshake, and of reading for as long as the connection
  // lasts: what Node is handed first, and not what it has asked for, decides how
  // much it reads at once. But a reset before that looks like an end to the others.
  listensFirst: MAKES_UP_ENDS,
  unsupported(plan) {
    const isDangling = plan.role === "server" && plan.clientAuth !== "none" &&
      hasDanglingAnchor(plan.credentials.caCerts!);
    return isDangling
      ? "Node's servers need the root of every intermediate CA in caCerts; name it too"
      : withoutSuite("Node", plan.suites);
  },
};
