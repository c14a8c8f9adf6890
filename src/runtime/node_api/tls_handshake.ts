/**
 * Handshakes by `node:tls`, over whatever carries them.
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

/** What a `TLSSocket` stands on, and who hears of it. */
export interface Carrier {
  readonly stream: Duplex;
  /** Listens to the socket, from before or after its handshake. */
  hear(socket: TLSSocket): void;
  /** The handshake is done. */
  secured(): void;
  /** It is over. @param native What the runtime says, or a `Refused`. */
  fail(native: unknown): void;
}

/** Begins a handshake over a carrier. */
export type StartHandshake = (carrier: Carrier, events: EngineEvents) => void;

/** How a runtime tells what the peer has sent. */
export interface PeerReading {
  /** All certificates in DER, the peer's own first. Called once. */
  sentOn(socket: TLSSocket): readonly Uint8Array[];
  /** Whether those of a client may be missing: see `Client` of `tls_verify.ts`. */
  readonly isPartial: boolean;
}

/**
 * What clients are not made with, named because `node:tls` copies its options: see
 * `bareOptions`.
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

/** A client's handshakes. */
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
      // Node's own default is what this end would be asked for otherwise.
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
        // Whatever a runtime has left out is not left out.
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

/** A server's handshakes. */
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
    // The time limit is kept elsewhere. 0 would be Node's own, and Deno holds on to
    // one that fails for as long as a timer runs (seen with 2.9).
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

/** A listener of which a fault fails the connection: see {@linkcode guarded}. */
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
 * A listener of which a fault fails the handshake: thrown to the runtime, it would end
 * the process.
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
 * Keeps `node:tls` from asking for the peer's certificate in its own form, before it
 * lets a program verify it: Deno throws for a chain that it cannot read, where no
 * program can catch it (2.9), and Node ends with SIGSEGV at a key on secp256k1 (24).
 */
function withoutPeerCertificate(socket: TLSSocket): void {
  socket.getPeerCertificate = () => ({}) as DetailedPeerCertificate;
}

/** The name that a client has asked for. */
function nameSentTo(socket: TLSSocket): string | null {
  const { servername } = socket as { servername?: string | false | null };
  return typeof servername === "string" ? serverNameOf(servername) : null;
}

/** Why the runtime does not trust a peer, if it has said so. */
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

function agreedOn(socket: TLSSocket): Agreed {
  return {
    alpnProtocol: socket.alpnProtocol,
    version: socket.getProtocol() as TlsVersion,
    cipher: socket.getCipher().standardName,
  };
}
