/**
 * TLS on `node:tls`, for every wing.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { constants } from "node:crypto";
import { EventEmitter } from "node:events";
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  createServer,
  type PeerCertificate,
  type SecureContext,
  type Server,
  type TlsOptions,
  type TLSSocket,
} from "node:tls";
import type {
  Engine,
  EngineEvents,
  Engines,
  Identities,
  Identity,
} from "../core/tls/engine.ts";
import type { ClientPlan, ServerPlan } from "../core/tls/options.ts";
import { socketError } from "../errno.ts";
import type { TlsInfo, TlsKeyPair, TlsVersion } from "../tls_types.ts";
import { TlsSocketEngine } from "./tls_engine.ts";
import type { TlsTraits } from "./tls_traits.ts";

/** How many certificates are kept ready. */
const MAX_READY = 256;

/** Makes a runtime's TLS. */
export function enginesOf(traits: TlsTraits): Engines {
  return {
    client: (plan) => clientOf(plan, traits),
    identities: (plan) => new ServerIdentities(plan, traits),
  };
}

/** What is made of the same text is made once: reading a certificate costs as much as a handshake. */
class Ready<T> {
  readonly #made = new Map<string, T>();

  get(key: string, make: () => T): T {
    const made = this.#made.get(key) ?? make();
    // At the end, as what was used last.
    this.#made.delete(key);
    this.#made.set(key, made);
    if (this.#made.size > MAX_READY) {
      const [oldest] = this.#made.keys();
      this.#made.delete(oldest);
    }
    return made;
  }
}

const contexts = new Ready<SecureContext>();
const servers = new Ready<Server>();

function clientOf(
  plan: ClientPlan,
  traits: TlsTraits,
): (events: EngineEvents) => Engine {
  const { pair, caCerts, minVersion, peer, alpnProtocols } = plan;
  const options = {
    ...pair,
    ...caCerts && { ca: [...caCerts] },
    minVersion,
    ...SECURE_OPTIONS,
  };
  const secureContext = contexts.get(
    JSON.stringify(options),
    () => usable("connectTls", () => createSecureContext(options)),
  );
  return (events) => {
    const engine = new TlsSocketEngine(events, traits.tellsWrites);
    let peerCertificate: PeerCertificate | undefined;
    const verify = (certificate: PeerCertificate): Error | undefined => {
      peerCertificate = certificate;
      return plan.verifiesName
        ? nameMismatch(peer.name, certificate)
        : undefined;
    };
    const socket = connect({
      socket: engine.transport,
      secureContext,
      // Node's own default is what this end would be asked for otherwise.
      host: peer.name,
      ...peer.family === 0 && peer.name !== "" && { servername: peer.name },
      ...alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] },
      minVersion,
      rejectUnauthorized: true,
      checkServerIdentity: (_host, certificate) => verify(certificate),
    });
    engine.hear(socket);
    socket.once("secureConnect", () => {
      // Whatever a runtime has left out is not left out.
      const certificate = socket.getPeerCertificate(true);
      const mismatch = peerCertificate === undefined
        ? verify(certificate)
        : undefined;
      if (!socket.authorized || mismatch !== undefined) {
        engine.fail(mismatch ?? socket.authorizationError);
        return;
      }
      engine.secured();
      events.secured(
        infoOf(
          socket,
          peer.family === 0 && peer.name !== "" ? peer.name : null,
          peerCertificate,
          true,
        ),
      );
    });
    return engine;
  };
}

/** RFC 9525 §2: a certificate's common name is no name of a server's any more. */
function nameMismatch(
  name: string,
  certificate: PeerCertificate,
): Error | undefined {
  if (!certificate?.subjectaltname) {
    return new Error(`the certificate names no server, and so not ${name}`);
  }
  const mismatch = checkServerIdentity(name, certificate);
  return mismatch &&
    Object.assign(
      new Error(
        `the certificate is not for ${name}, but for ${certificate.subjectaltname}`,
        { cause: mismatch },
      ),
      { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    );
}

class ServerIdentities implements Identities {
  readonly #plan: ServerPlan;
  readonly #traits: TlsTraits;

  constructor(plan: ServerPlan, traits: TlsTraits) {
    const reason = traits.refusal(plan);
    if (reason !== undefined) {
      throw socketError("ENOTSUP", "listenTls", undefined, { reason });
    }
    this.#plan = plan;
    this.#traits = traits;
  }

  prepare({ cert, key }: TlsKeyPair): Identity {
    const { clientAuth, credentials, alpnProtocols, minVersion } = this.#plan;
    const traits = this.#traits;
    const options: TlsOptions = {
      cert,
      key,
      ...clientAuth !== "none" && {
        requestCert: true,
        rejectUnauthorized: clientAuth === "require",
        ca: [...credentials.caCerts!],
      },
      ...alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] },
      minVersion,
      // The connection's own time limit is kept elsewhere.
      handshakeTimeout: 2 ** 31 - 1,
      ...SECURE_OPTIONS,
      ...traits.serverOptions,
      ...this.#plan.sessionTickets === false && {
        secureOptions: NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
      },
    };
    const server = servers.get(
      JSON.stringify(options),
      () => usable("listenTls", () => createServer(options)),
    );
    return {
      accept: (events, hello) => {
        const engine = new TlsSocketEngine(events, traits.tellsWrites);
        traits.accept(server, options, engine.transport, (own) => {
          own.once("secureConnection", (socket: TLSSocket) => {
            const certificate = clientAuth === "none"
              ? undefined
              : socket.getPeerCertificate(true);
            const verified = certificate?.raw !== undefined &&
              socket.authorized;
            engine.hear(socket);
            if (clientAuth === "require" && !verified) {
              engine.fail(
                socket.authorizationError,
                "the client's certificate is not trusted",
              );
              return;
            }
            engine.secured();
            events.secured(
              infoOf(socket, hello?.serverName ?? null, certificate, verified),
            );
          });
          own.once("tlsClientError", (error, socket) => {
            socket?.on("error", () => {});
            engine.fail(error, unauthorized(socket));
          });
        });
        return engine;
      },
    };
  }
}

/** Why a server has hung up on a client whose certificate it did not like. */
function unauthorized(socket: TLSSocket | undefined): string | undefined {
  const error: unknown = socket?.authorizationError;
  return error
    ? `the client's certificate is not trusted: ${
      error instanceof Error ? error.message : String(error)
    }`
    : undefined;
}

/** OpenSSL's SSL_OP_NO_RENEGOTIATION, which Node has no name for. */
const NO_RENEGOTIATION = 1 << 30;
const SECURE_OPTIONS = { secureOptions: NO_RENEGOTIATION };

/**
 * `TlsTraits.accept` by a server derived from the one that is there.
 *
 * Its listener takes whatever it is called on for the server, and a derived one's
 * events are its own, which Node's `EventEmitter` provides for.
 */
export const acceptDerived: TlsTraits["accept"] = (
  server,
  _options,
  transport,
  hear,
) => {
  const own = Object.create(server);
  EventEmitter.call(own);
  hear(own);
  for (const listener of server.listeners("connection")) {
    listener.call(own, transport);
  }
};

/** Reads a certificate, or says what is wrong with it. */
function usable<T>(operation: "listenTls" | "connectTls", read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw socketError("EBADMSG", operation, undefined, {
      cause,
      reason: `a certificate or key cannot be used: ${
        cause instanceof Error ? cause.message : String(cause)
      }`,
    });
  }
}

function infoOf(
  socket: TLSSocket,
  serverName: string | null,
  certificate: PeerCertificate | undefined,
  verified: boolean,
): TlsInfo {
  let chain: readonly Uint8Array[] | undefined;
  return {
    alpnProtocol: socket.alpnProtocol || null,
    version: socket.getProtocol() as TlsVersion,
    cipher: socket.getCipher().standardName,
    serverName,
    // Made when it is asked for: hardly anybody does.
    get peerCertificates() {
      return chain ??= chainOf(certificate);
    },
    verified,
  };
}

function chainOf(certificate: PeerCertificate | undefined): Uint8Array[] {
  const chain: Uint8Array[] = [];
  const seen = new Set<unknown>();
  for (let at = certificate; at?.raw !== undefined && !seen.has(at);) {
    seen.add(at);
    chain.push(new Uint8Array(Buffer.from(at.raw)));
    at = (at as { issuerCertificate?: PeerCertificate }).issuerCertificate;
  }
  return chain;
}
