/**
 * TLS of Bun: Node's rooms.
 *
 * @module
 */
import type { Engines } from "../core/tls/engine.ts";
import { fedWith } from "../node/tls_cipher.ts";
import { clientShake, serverIdentities } from "../node/tls_sockets.ts";

export const engines: Engines = {
  client: (plan) => fedWith(clientShake(plan)),
  identities: (plan) =>
    serverIdentities(plan, { sessionTickets: true }, fedWith),
  refusesInSilence: false,
};
