/**
 * Prepares handshakes from a plan: checks the certificates and keys, and passes to the
 * engine exactly what was checked.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import { type Operation, SocketError } from "../../api/errors.ts";
import type { TlsKeyPair } from "../../api/tls.ts";
import type { Begin, TlsBackend } from "./backend.ts";
import type { ClientPlan, ServerPlan } from "../options/tls.ts";

/**
 * Prepares the handshakes of a client.
 *
 * @throws {SocketError} EBADMSG, an unusable certificate or key; ENOTSUP, an
 *   unsupported option
 */
export function clientWith(
  tlsBackend: TlsBackend,
  operation: Operation,
  plan: ClientPlan,
): Begin {
  checkSupport(tlsBackend, operation, plan);
  const { pair, caCerts } = tlsBackend.check(operation, plan);
  return made(operation, () => tlsBackend.client({ ...plan, pair, caCerts }));
}

/**
 * Returns a server's plan with its roots in the runtime's form.
 *
 * @throws {SocketError} EBADMSG, an unusable root; ENOTSUP, an unsupported option
 */
export function serverPlanWith(
  tlsBackend: TlsBackend,
  operation: Operation,
  plan: ServerPlan,
): ServerPlan {
  checkSupport(tlsBackend, operation, plan);
  const { caCerts } = tlsBackend.check(operation, {
    pair: undefined,
    caCerts: plan.credentials.caCerts,
  });
  return { ...plan, credentials: { ...plan.credentials, caCerts } };
}

/**
 * Prepares the handshakes of a server with one certificate.
 *
 * @param plan Its roots have been checked.
 * @param whose The server name that the certificate is for, if any.
 * @throws {SocketError} EBADMSG, an unusable certificate
 */
export function serverWith(
  tlsBackend: TlsBackend,
  operation: Operation,
  plan: ServerPlan,
  given: TlsKeyPair,
  whose?: string,
): Begin {
  const { pair } = tlsBackend.check(
    operation,
    { pair: given, caCerts: undefined },
    whose,
  );
  return made(operation, () => tlsBackend.server(plan, pair!));
}

function checkSupport(
  tlsBackend: TlsBackend,
  operation: Operation,
  plan: ClientPlan | ServerPlan,
): void {
  const reason = tlsBackend.unsupported(plan);
  if (reason !== undefined) {
    throw socketError("ENOTSUP", operation, undefined, { reason });
  }
}

/** Translates what a runtime refuses after the checks to the same kind of error. */
function made(operation: Operation, make: () => Begin): Begin {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof SocketError) throw cause;
    // OpenSSL's own text is at the end of the message.
    const words = cause instanceof Error ? cause.message : String(cause);
    throw socketError("EBADMSG", operation, undefined, {
      cause,
      reason: `the runtime cannot use cert, key or caCerts: ${
        words.slice(words.lastIndexOf(":") + 1).trim().slice(0, 100)
      }`,
    });
  }
}
