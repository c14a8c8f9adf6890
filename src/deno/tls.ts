/**
 * TLS of Deno: `node:tls`, fed with the connection's bytes.
 *
 * `Deno.listenTls` asks clients for no certificate, cannot be given another one
 * while it listens and secures no connection that is there; and of what was agreed
 * on Deno tells nothing but the ALPN protocol. It is faster, above all at sending:
 * that takes it half of the work (2.9).
 *
 * @module
 */
import type { Engines } from "../core/tls/engine.ts";
import { fedWith } from "../node/tls_cipher.ts";
import { chainOf, checkMaterial } from "../node/tls_certificates.ts";
import { clientShake, type Sent, serverShake } from "../node/tls_sockets.ts";

/** Deno links all of them, and behind them those of `caCerts` (2.9). */
const sentBy: Sent = (_socket, certificate) => chainOf(certificate);

export const engines: Engines = {
  check: checkMaterial,
  client: (plan) => fedWith(clientShake(plan, sentBy)),
  server: (plan, pair) => fedWith(serverShake(plan, pair, sentBy)),
  // Its alerts do not get out.
  listensFirst: true,
  unsupported({ sessionTickets }) {
    return sessionTickets === false
      ? "Deno lets clients resume sessions in any case; leave sessionTickets out"
      : undefined;
  },
};
