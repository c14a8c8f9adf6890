/**
 * Handshakes by `node:tls`, over whatever carries them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { constants } from "node:crypto";
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
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
import type { Begin, EngineEvents, Identities } from "../core/tls/engine.ts";
import type { ClientPlan, ServerPlan } from "../core/tls/options.ts";
import { socketError } from "../errno.ts";
import type { TlsInfo, TlsKeyPair, TlsVersion } from "../tls_types.ts";

/** How many certificates are kept ready. */
const MAX_READY = 256;

/** What a `TLSSocket` stands on, and who hears of it. */
export interface Carrier {
  readonly stream: Duplex;
  /** Listens to the socket, from before or after its handshake. */
  hear(socket: TLSSocket): void;
  /** The handshake is done. */
  secured(): void;
  /** It is over. @param reason What to say of it, where the native error does not. */
  fail(native: unknown, reason?: string): void;
}

/** Begins a handshake over a carrier. */
export type Shake = (carrier: Carrier, events: EngineEvents) => void;

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

/** A client's handshakes. @throws {SocketError} EBADMSG */
export function clientShake(plan: ClientPlan): Shake {
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
  return (carrier, events) => {
    let peerCertificate: PeerCertificate | undefined;
    const verify = (certificate: PeerCertificate): Error | undefined => {
      peerCertificate = certificate;
      return plan.verifiesName
        ? nameMismatch(peer.name, certificate)
        : undefined;
    };
    const socket = connect({
      socket: carrier.stream,
      secureContext,
      // Node's own default is what this end would be asked for otherwise.
      host: peer.name,
      ...peer.family === 0 && peer.name !== "" && { servername: peer.name },
      ...alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] },
      minVersion,
      rejectUnauthorized: true,
      checkServerIdentity: (_host, certificate) => verify(certificate),
    });
    carrier.hear(socket);
    socket.once("secureConnect", () => {
      // Whatever a runtime has left out is not left out.
      const certificate = socket.getPeerCertificate(true);
      const mismatch = peerCertificate === undefined
        ? verify(certificate)
        : undefined;
      if (!socket.authorized || mismatch !== undefined) {
        carrier.fail(mismatch ?? socket.authorizationError);
        return;
      }
      carrier.secured();
      events.secured(
        infoOf(
          socket,
          peer.family === 0 && peer.name !== "" ? peer.name : null,
          peerCertificate,
          true,
        ),
      );
    });
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

/** A server's handshakes. @param begin How they are begun over a connection. */
export function serverIdentities(
  plan: ServerPlan,
  traits: { readonly sessionTickets: boolean },
  begin: (shake: Shake) => Begin,
): Identities {
  if (plan.sessionTickets && !traits.sessionTickets) {
    throw socketError("ENOTSUP", "listenTls", undefined, {
      reason: "this runtime resumes no sessions; leave sessionTickets out",
    });
  }
  return {
    prepare: (pair) => begin(serverShake(plan, pair)),
  };
}

function serverShake(plan: ServerPlan, { cert, key }: TlsKeyPair): Shake {
  const { clientAuth, credentials, alpnProtocols, minVersion } = plan;
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
    // The time limit is kept elsewhere.
    handshakeTimeout: 2 ** 31 - 1,
    secureOptions: plan.sessionTickets === false
      ? NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET
      : NO_RENEGOTIATION,
  };
  const server = servers.get(
    JSON.stringify(options),
    () => usable("listenTls", () => createServer(options)),
  );
  return (carrier, events) => {
    const own = derivedFrom(server);
    own.once("secureConnection", (socket: TLSSocket) => {
      const certificate = clientAuth === "none"
        ? undefined
        : socket.getPeerCertificate(true);
      const verified = certificate?.raw !== undefined && socket.authorized;
      carrier.hear(socket);
      if (clientAuth === "require" && !verified) {
        carrier.fail(socket.authorizationError, UNTRUSTED);
        return;
      }
      carrier.secured();
      events.secured(
        infoOf(
          socket,
          (socket as { servername?: string | false }).servername || null,
          certificate,
          verified,
        ),
      );
    });
    own.once("tlsClientError", (error, socket) => {
      socket?.on("error", () => {});
      carrier.fail(error, unauthorized(socket));
    });
    for (const listener of server.listeners("connection")) {
      listener.call(own, carrier.stream);
    }
  };
}

const UNTRUSTED = "the client's certificate is not trusted";

/** Why a server has hung up on a client whose certificate it did not like. */
function unauthorized(socket: TLSSocket | undefined): string | undefined {
  const error: unknown = socket?.authorizationError;
  return error
    ? `${UNTRUSTED}: ${error instanceof Error ? error.message : String(error)}`
    : undefined;
}

/** OpenSSL's SSL_OP_NO_RENEGOTIATION, which Node has no name for. */
const NO_RENEGOTIATION = 1 << 30;
const SECURE_OPTIONS = { secureOptions: NO_RENEGOTIATION };

/**
 * A server of which each connection's events are its own.
 *
 * The listener of `node:tls` takes whatever it is called on for the server, and a
 * derived emitter has events of its own, which Node's `EventEmitter` provides for.
 */
function derivedFrom(server: Server): Server {
  const own = Object.create(server);
  EventEmitter.call(own);
  return own;
}

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

/** What a native error says: of OpenSSL's long lines the end. */
export function reasonOf(native: unknown): string | undefined {
  const { message, reason } = (native ?? {}) as {
    message?: string;
    reason?: string;
  };
  if (typeof reason === "string" && reason !== "") return reason;
  if (message === undefined) return undefined;
  // Behind a semicolon Node 24 gives advice on how to start it.
  return /:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ??
    message.split(";")[0];
}
