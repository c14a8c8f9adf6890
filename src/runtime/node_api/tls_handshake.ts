/**
 * TLS handshakes by `node:tls`, over a socket or a `Duplex`.
 *
 * @module
 */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import {
  connect,
  createServer,
  type DetailedPeerCertificate,
  type Server,
  type TlsOptions,
  type TLSSocket,
} from "node:tls";
import type { EngineEvents } from "../../core/tls/backend.ts";
import type { ClientPlan, ServerPlan } from "../../core/options/tls.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import { Refused } from "../../core/tls/reasons.ts";
import { nameRefusal, serverNameOf } from "../../core/tls/server_name.ts";
import { sentence } from "../../core/shown.ts";
import type { TlsKeyPair, TlsVersion } from "../../api/tls.ts";
import {
  type Agreed,
  clientContext,
  infoOf,
  Ready,
  sentName,
  serverProtocolOf,
} from "./tls_certificates.ts";
import { clientVerifier, runtimeAnchors, verifyServer } from "./tls_verify.ts";

/** The stream below a `TLSSocket`, and the receiver of its events. */
export interface Carrier {
  readonly stream: Duplex;
  /**
   * Adds its listeners to the socket: a client's before the handshake, a server's after
   * it.
   */
  hear(socket: TLSSocket): void;
  /** Called when the handshake is complete. */
  secured(): void;
  /** Called when the handshake fails. @param native The runtime's error, or a `Refused`. */
  fail(native: unknown): void;
}

/** Begins a handshake over a carrier. */
export type StartHandshake = (carrier: Carrier, events: EngineEvents) => void;

/** How a runtime reports the peer's certificates. */
export interface PeerReading {
  /** Returns all certificates in DER, the peer's own first. Called once. */
  sentOn(socket: TLSSocket): readonly Uint8Array[];
  /** Whether certificates of a client may be missing: see `Client` of `tls_verify.ts`. */
  readonly isPartial: boolean;
}

/**
 * Options that a prototype must not add: `node:tls` copies its options (see
 * `bareOptions`).
 */
const NOT_OF_CLIENTS = [
  "session",
  "pskCallback",
  "requestOCSP",
  "enableTrace",
  "timeout",
  "path",
  "onread",
  "signal",
  "servername",
  "ALPNProtocols",
];

const NOT_OF_SERVERS = [
  "blockList",
  "maxVersion",
  "sessionTimeout",
  "ticketKeys",
  "signal",
];

const UNTRUSTED = new Refused(
  "untrusted-certificate",
  "the runtime does not trust the server",
);

const servers = new Ready<Server>();

/** Creates the handshakes of a client. */
export function clientHandshake(
  plan: ClientPlan,
  reading: PeerReading,
): StartHandshake {
  const { minVersion, maxVersion, peer, alpnProtocols } = plan;
  const secureContext = clientContext(
    plan,
    plan.caCerts && runtimeAnchors(plan.caCerts),
  );
  const name = sentName(plan);
  return (carrier, events) => {
    let chain: readonly Uint8Array[] | undefined;
    const verify = (): Error | undefined => {
      const found = verifyServer(plan, reading.sentOn(socket));
      if (found instanceof Error) return found;
      chain = found;
      return undefined;
    };
    const socket = connect(bareOptions({
      socket: carrier.stream,
      secureContext,
      // Without `host`, the expected name of the server is "localhost".
      host: peer.name,
      ...name !== null && { servername: name },
      ...alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] },
      minVersion,
      maxVersion,
      rejectUnauthorized: true,
      checkServerIdentity: verify,
    }, NOT_OF_CLIENTS));
    withoutPeerCertificate(socket);
    carrier.hear(socket);
    socket.once(
      "secureConnect",
      guarded(carrier, () => {
        // The peer is verified here if the runtime has not called `verify`.
        const refusal = chain === undefined ? verify() : undefined;
        if (!socket.authorized || refusal !== undefined) {
          carrier.fail(refusal ?? unauthorized(socket, "server") ?? UNTRUSTED);
          return;
        }
        carrier.secured();
        events.secured(infoOf(agreedOn(socket), name, chain, true));
      }),
    );
  };
}

/** Creates the handshakes of a server. */
export function serverHandshake(
  plan: ServerPlan,
  { cert, key }: TlsKeyPair,
  reading: PeerReading,
): StartHandshake {
  const { clientAuth, credentials, alpnProtocols } = plan;
  const options: TlsOptions = bareOptions({
    pauseOnConnect: false,
    cert,
    key,
    ...clientAuth !== "none" && {
      requestCert: true,
      rejectUnauthorized: clientAuth === "require",
      ca: runtimeAnchors(credentials.caCerts!),
      allowPartialTrustChain: true,
    },
    ...alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] },
    ...serverProtocolOf(plan),
    // Disabled, because `core/tls` enforces the time limit. 0 means Node's default.
    // Deno keeps a failed handshake in memory until its timer has fired (seen with
    // 2.9).
    handshakeTimeout: -1,
  }, NOT_OF_SERVERS);
  const server = servers.get(
    JSON.stringify(options),
    () => createServer(options),
  );
  const secures = server.listeners("connection");
  const verify = clientAuth === "none"
    ? undefined
    : clientVerifier(credentials.caCerts!);
  return (carrier, events) => {
    const own = derivedFrom(server);
    own.on(
      "secureConnection",
      guarded(carrier, (socket: TLSSocket) => {
        const sent = verify === undefined ? [] : reading.sentOn(socket);
        const flaw = verify?.({
          authorized: socket.authorized,
          isPartial: reading.isPartial,
          isResumed: socket.isSessionReused(),
          sent,
        });
        carrier.hear(socket);
        if (flaw !== undefined && (flaw.isFatal || clientAuth === "require")) {
          carrier.fail(flaw.error);
          return;
        }
        const serverName = nameSentTo(socket);
        const refusal = nameRefusal(plan, serverName);
        if (refusal !== undefined) return carrier.fail(refusal);
        carrier.secured();
        events.secured(
          infoOf(
            agreedOn(socket),
            serverName,
            sent,
            verify !== undefined && flaw === undefined,
          ),
        );
      }),
    );
    own.on(
      "tlsClientError",
      guarded(carrier, (error: Error, socket?: TLSSocket) => {
        socket?.on("error", () => {});
        carrier.fail(unauthorized(socket, "client") ?? error);
      }),
    );
    for (const secure of secures) secure.call(own, carrier.stream);
  };
}

/** Wraps a listener: its exception fails the connection. See {@linkcode guarded}. */
export function failing<T extends unknown[]>(
  events: EngineEvents,
  listener: (...args: T) => void,
): (...args: T) => void {
  return (...args) => {
    try {
      listener(...args);
    } catch (fault) {
      events.failed(fault);
    }
  };
}

/**
 * Wraps a listener: its exception fails the handshake. Uncaught, it would end the
 * process.
 */
function guarded<T extends unknown[]>(
  carrier: Carrier,
  listener: (...args: T) => void,
): (...args: T) => void {
  return (...args) => {
    try {
      listener(...args);
    } catch (fault) {
      carrier.fail(fault);
    }
  };
}

/**
 * Prevents `node:tls` from parsing the peer's certificate before it calls
 * `checkServerIdentity`. Deno throws for a chain that it cannot parse, where the error
 * cannot be caught (2.9). Node ends with SIGSEGV at a key on secp256k1 (24).
 */
function withoutPeerCertificate(socket: TLSSocket): void {
  socket.getPeerCertificate = () => ({}) as DetailedPeerCertificate;
}

/** Returns the server name that a client has sent. */
function nameSentTo(socket: TLSSocket): string | null {
  const { servername } = socket as { servername?: string | false | null };
  return typeof servername === "string" ? serverNameOf(servername) : null;
}

/** Returns why the runtime does not trust a peer, if it reports a reason. */
function unauthorized(
  socket: TLSSocket | undefined,
  purpose: "client" | "server",
): Refused | undefined {
  const error: unknown = socket?.authorizationError;
  return error
    ? new Refused(
      "untrusted-certificate",
      `the ${purpose} is not trusted: ${
        sentence(error instanceof Error ? error.message : String(error))
      }`,
    )
    : undefined;
}

/**
 * Creates an emitter that acts as the server for one connection.
 *
 * The 'connection' listener of `node:tls` uses its `this` as the server.
 * `EventEmitter.call` gives the derived object event listeners of its own.
 */
function derivedFrom(server: Server): Server {
  const own = Object.create(server);
  EventEmitter.call(own);
  return own;
}

function agreedOn(socket: TLSSocket): Agreed {
  return {
    alpnProtocol: socket.alpnProtocol,
    version: socket.getProtocol() as TlsVersion,
    cipher: socket.getCipher().standardName,
  };
}
