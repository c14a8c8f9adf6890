/**
 * From a plan to an engine that is ready: its certificates and keys are checked,
 * and what was checked is what the engine gets.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import { type Operation, SocketError } from "../../api/errors.ts";
import type { TlsKeyPair } from "../../api/tls.ts";
import type { Begin, TlsBackend } from "./backend.ts";
import type { ClientPlan, ServerPlan } from "../options/tls.ts";

/**
 * A client's way to begin a handshake.
 *
 * @throws {SocketError} EBADMSG, a certificate or key that cannot be used; ENOTSUP,
 *   an option
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
 * A server's plan with the roots as its tlsBackend take them.
 *
 * @throws {SocketError} EBADMSG, one that cannot be used; ENOTSUP, an option
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
 * A server's way to begin a handshake with a certificate.
 *
 * @param plan Its roots have been checked.
 * @param whose The server name that it is for, if it is for one.
 * @throws {SocketError} EBADMSG, it cannot be used
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

/** What a runtime refuses that no check has found is an error of the same kind. */
function made(operation: Operation, make: () => Begin): Begin {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof SocketError) throw cause;
    // OpenSSL's own words stand at the end of its message.
    const words = cause instanceof Error ? cause.message : String(cause);
    throw socketError("EBADMSG", operation, undefined, {
      cause,
      reason: `the runtime cannot use cert, key or caCerts: ${
        words.slice(words.lastIndexOf(":") + 1).trim().slice(0, 100)
      }`,
    });
  }
}
