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
import { withoutChoice } from "../core/tls/ciphers.ts";
import type { Engines } from "../core/tls/engine.ts";
import { fedWith } from "../node/tls_cipher.ts";
import { chainOf } from "../node/tls_certificates.ts";
import { materialCheck } from "../node/tls_material.ts";
import {
  clientShake,
  type PeerReading,
  serverShake,
} from "../node/tls_sockets.ts";

/** Deno links all of them, and behind them those of `caCerts` (2.9). */
const reading: PeerReading = {
  prepare(socket) {
    const read = socket.getPeerCertificate.bind(socket);
    // It throws for some that cannot be read, also where Deno itself calls it: then
    // the handshake hangs, and the process ends (2.9).
    socket.getPeerCertificate = (() => {
      try {
        return read(true);
      } catch {
        return UNREADABLE;
      }
    }) as typeof socket.getPeerCertificate;
  },
  sentOn: (_socket, certificate) => chainOf(certificate),
};

/** No certificate, and not none. */
const UNREADABLE = { raw: new Uint8Array(0) };

export const engines: Engines = {
  check: materialCheck({ rsaPss: false, policies: false }),
  client: (plan) => fedWith(clientShake(plan, reading)),
  server: (plan, pair) => fedWith(serverShake(plan, pair, reading)),
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
