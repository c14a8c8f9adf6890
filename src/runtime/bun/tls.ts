/**
 * TLS of Bun, over the connection's own socket: creates handshakes and verifies peers.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { DetailedPeerCertificate, SecureContext } from "node:tls";
import { withoutChoice } from "../../core/tls/ciphers.ts";
import type { Begin, TlsBackend } from "../../core/tls/backend.ts";
import type { ClientPlan, ServerPlan } from "../../core/options/tls.ts";
import { nameRefusal, serverNameOf } from "../../core/tls/server_name.ts";
import {
  clientContext,
  contextOf,
  infoOf,
  sentName,
  serverProtocolOf,
  withoutSuite,
} from "../node_api/tls_certificates.ts";
import { materialCheck } from "../node_api/tls_material.ts";
import {
  clientVerifier,
  runtimeAnchors,
  verifyServer,
} from "../node_api/tls_verify.ts";
import type { TlsKeyPair } from "../../api/tls.ts";
import type { BunTlsSocket } from "./api.ts";
import { canTake } from "./detach.ts";
import { type Handshake, upgrade } from "./tls_engine.ts";

export const tlsBackend: TlsBackend = {
  check: materialCheck({ rsaPss: false, policies: true }),
  client: (plan) => beginOf(clientHandshake(plan)),
  server: (plan, pair) => beginOf(serverHandshake(plan, pair)),
  listensFirst: false,
  unsupported: ({ suites }) =>
    withoutChoice("Bun", "TLSv1.3", suites) ?? withoutSuite("Bun", suites),
  refusal(backend) {
    return canTake(backend)
      ? undefined
      : "Bun cannot secure what is secured already";
  },
};

/** The error of a failed handshake for which Bun reports none. */
const FAILED = new Error("the handshake failed");

function clientHandshake(plan: ClientPlan): Handshake {
  const name = sentName(plan);
  return {
    isServer: false,
    tls: {
      secureContext: native(
        clientContext(plan, plan.caCerts && runtimeAnchors(plan.caCerts)),
      ),
      // Bun checks names in any case, after all other checks, and not by RFC 9525 (seen
      // with 1.4). So its verdict on names is ignored.
      rejectUnauthorized: false,
      ...alpnOf(plan),
      // Without a name, Bun would send the address.
      serverName: name ?? "",
    },
    verify(socket, success, error) {
      const isNamed = (error as { code?: string } | undefined)?.code ===
        "ERR_TLS_CERT_ALTNAME_INVALID";
      if (!isNamed && !(success && socket.authorized)) return error ?? FAILED;
      const found = verifyServer(plan, sentOn(socket));
      return found instanceof Error
        ? found
        : infoOf(agreedOn(socket), name, found, true);
    },
  };
}

function serverHandshake(
  plan: ServerPlan,
  { cert, key }: TlsKeyPair,
): Handshake {
  const { clientAuth, credentials } = plan;
  const verifyClient = clientAuth === "none"
    ? undefined
    : clientVerifier(credentials.caCerts!);
  const context = contextOf({
    cert,
    key,
    ...verifyClient &&
      {
        ca: runtimeAnchors(credentials.caCerts!),
        allowPartialTrustChain: true,
      },
    ...serverProtocolOf(plan),
  });
  return {
    isServer: true,
    tls: {
      secureContext: native(context),
      requestCert: verifyClient !== undefined,
      rejectUnauthorized: clientAuth === "require",
      ...alpnOf(plan),
    },
    verify(socket, success, error) {
      if (!success) return error ?? FAILED;
      const sent = verifyClient === undefined ? [] : sentOn(socket);
      const flaw = verifyClient?.({
        authorized: socket.authorized,
        isPartial: true,
        isResumed: socket.isSessionReused(),
        sent,
      });
      if (flaw !== undefined && (flaw.isFatal || clientAuth === "require")) {
        return error ?? flaw.error;
      }
      const serverName = nameSentTo(socket);
      const refusal = nameRefusal(plan, serverName);
      if (refusal !== undefined) return refusal;
      return infoOf(
        agreedOn(socket),
        serverName,
        sent,
        verifyClient !== undefined && flaw === undefined,
      );
    },
  };
}

/** Returns the server name that a client has sent. */
function nameSentTo(socket: BunTlsSocket): string | null {
  const sent = socket.getServername();
  return typeof sent === "string" ? serverNameOf(sent) : null;
}

/**
 * Returns the peer's certificates. Bun links all that the peer has sent, followed by
 * those of `caCerts` (seen with 1.4).
 */
function sentOn(socket: BunTlsSocket): readonly Uint8Array[] {
  const sent: Uint8Array[] = [];
  const seen = new Set<unknown>();
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(
    false,
  );
  for (; at?.raw !== undefined && !seen.has(at); at = at.issuerCertificate) {
    seen.add(at);
    sent.push(new Uint8Array(at.raw));
  }
  return sent;
}

function agreedOn(socket: BunTlsSocket) {
  return {
    alpnProtocol: socket.alpnProtocol,
    version: socket.getTLSVersion(),
    cipher: socket.getCipher().standardName,
  };
}

/** Encodes protocol names as on the wire (RFC 7301 §3.1): each after its length. */
function alpnOf(
  { alpnProtocols }: ClientPlan | ServerPlan,
): { ALPNProtocols?: Uint8Array } {
  return alpnProtocols.length === 0 ? {} : {
    ALPNProtocols: Buffer.from(
      alpnProtocols.map((name) => String.fromCharCode(name.length) + name)
        .join(""),
      "latin1",
    ),
  };
}

/** Returns the native context in a `SecureContext`, which `upgradeTLS` accepts. */
function native(context: SecureContext): unknown {
  return context.context;
}

function beginOf(handshake: Handshake): Begin {
  return (transport, events, early) =>
    upgrade(transport, events, early, handshake);
}
