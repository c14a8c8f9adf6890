/**
 * Which clients of TLS are trusted on Deno.
 *
 * Deno resumes sessions that any server of the process has given out, and takes
 * whoever comes back with one for authorized, whatever that server thought of the
 * certificate (seen with 2.9). So what is known of certificates is kept here.
 *
 * @module
 */
import { Ready } from "../node/tls_certificates.ts";
import type { Judge } from "../node/tls_sockets.ts";

/** How many clients are known for each list of roots; others may not come back. */
const MAX_CLIENTS = 65_536;

/** By roots: the fingerprints of certificates that led to one of them. */
const known = new Ready<Set<string>>();

/** Trusts a client that comes back if these roots made it trusted when it came. */
export function judgeBy(caCerts: readonly string[]): Judge {
  const trusted = known.get(JSON.stringify(caCerts), () => new Set());
  return (socket, { fingerprint256, valid_to }) => {
    const isTrusted = socket.isSessionReused()
      ? trusted.has(fingerprint256) && Date.now() < Date.parse(valid_to)
      : socket.authorized;
    // At the end, as the one that came last.
    trusted.delete(fingerprint256);
    if (isTrusted) trusted.add(fingerprint256);
    if (trusted.size > MAX_CLIENTS) {
      const [oldest] = trusted;
      trusted.delete(oldest);
    }
    return isTrusted;
  };
}
