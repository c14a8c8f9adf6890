/**
 * TLS of Bun.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { X509Certificate } from "node:crypto";
import type { SecureContext } from "node:tls";
import type { Host } from "../core/hostname.ts";
import type { Begin, Engines } from "../core/tls/engine.ts";
import type { ClientPlan, ServerPlan } from "../core/tls/options.ts";
import {
  chainOf,
  checkMaterial,
  clientContext,
  contextOf,
  infoOf,
  misnamed,
  secureOptionsOf,
} from "../node/tls_certificates.ts";
import type { TlsKeyPair } from "../tls_types.ts";
import type { BunTlsSocket } from "./api.ts";
import { canTake } from "./taking.ts";
import { type Handshake, upgrade } from "./tls_engine.ts";

export const engines: Engines = {
  check: checkMaterial,
  client: (plan) => beginOf(clientHandshake(plan)),
  server: (plan, pair) => beginOf(serverHandshake(plan, pair)),
  listensFirst: false,
  refusal(link) {
    return canTake(link)
      ? undefined
      : "Bun cannot secure what is secured already";
  },
};

/** For what Bun says nothing of. */
const FAILED = new Error("the handshake failed");

function clientHandshake(plan: ClientPlan): Handshake {
  const { peer } = plan;
  const sent = peer.family === 0 && peer.name !== "" ? peer.name : null;
  return {
    isServer: false,
    tls: {
      secureContext: native(clientContext(plan)),
      // Bun looks at names whether it is asked to or not, after everything else
      // (seen with 1.4).
      rejectUnauthorized: plan.verifiesName,
      ...alpnOf(plan),
      // Left out, it would be the address.
      serverName: sent ?? "",
    },
    verify(socket, success, error) {
      const named = (error as { code?: string } | undefined)?.code ===
        "ERR_TLS_CERT_ALTNAME_INVALID";
      if (!named && !(success && socket.authorized)) {
        return error ?? FAILED;
      }
      return plan.verifiesName
        ? mismatch(peer, socket.getPeerX509Certificate()) ?? error
        : undefined;
    },
    tell(socket, events) {
      events.secured(
        infoOf(agreedOn(socket), sent, () => chainOn(socket), true),
      );
    },
  };
}

function serverHandshake(
  plan: ServerPlan,
  { cert, key }: TlsKeyPair,
): Handshake {
  const { clientAuth, credentials, minVersion } = plan;
  const asks = clientAuth !== "none";
  const context = contextOf({
    cert,
    key,
    ...asks && { ca: [...credentials.caCerts!] },
    minVersion,
    secureOptions: secureOptionsOf(plan),
  });
  return {
    isServer: true,
    tls: {
      secureContext: native(context),
      requestCert: asks,
      rejectUnauthorized: clientAuth === "require",
      ...alpnOf(plan),
    },
    verify(socket, success, error) {
      if (!success) return error ?? FAILED;
      return clientAuth === "require" && !socket.authorized
        ? error ?? FAILED
        : undefined;
    },
    tell(socket, events) {
      events.secured(
        infoOf(
          agreedOn(socket),
          socket.getServername() || null,
          asks ? () => chainOn(socket) : undefined,
          asks && socket.authorized,
        ),
      );
    },
  };
}

/**
 * Whether a certificate is not for the peer, without what `node:tls` makes of one,
 * which costs a tenth of a handshake.
 */
function mismatch(
  { name, family }: Host,
  certificate: X509Certificate | undefined,
): Error | undefined {
  const { subjectAltName } = certificate ?? {};
  const fits = family === 0
    ? certificate?.checkHost(name, { subject: "never" })
    : certificate?.checkIP(name);
  return subjectAltName !== undefined && fits !== undefined
    ? undefined
    : misnamed(name, subjectAltName);
}

function chainOn(socket: BunTlsSocket): readonly Uint8Array[] {
  return chainOf(socket.getPeerCertificate(false));
}

function agreedOn(socket: BunTlsSocket) {
  return {
    alpnProtocol: socket.alpnProtocol,
    version: socket.getTLSVersion(),
    cipher: socket.getCipher().standardName,
  };
}

/** As it goes over the wire (RFC 7301 §3.1): each name behind its length. */
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

/** What Bun itself understands, inside of what it shows. */
function native(context: SecureContext): unknown {
  return context.context;
}

function beginOf(handshake: Handshake): Begin {
  return (transport, events, early) =>
    upgrade(transport, events, early, handshake);
}
