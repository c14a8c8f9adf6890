/**
 * Certificates as `node:tls` takes and gives them, for every wing.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { constants, createPrivateKey, X509Certificate } from "node:crypto";
import {
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
} from "node:tls";
import { describe, type GeneralName } from "../core/tls/general_names.ts";
import type { ClientPlan, ServerPlan } from "../core/tls/options.ts";
import { socketError } from "../errno.ts";
import type { Operation } from "../errors.ts";
import type { TlsInfo, TlsKeyPair, TlsVersion } from "../tls_types.ts";

/** How many certificates are kept ready. */
const MAX_READY = 256;

/** What is made of the same text is made once: reading a certificate costs as much as a handshake. */
export class Ready<T> {
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

/** What of a plan makes up a context. */
type ContextOptions = NonNullable<Parameters<typeof createSecureContext>[0]>;

/** A context, made once for the same options. */
export function contextOf(options: ContextOptions): SecureContext {
  return contexts.get(
    JSON.stringify(options),
    () => createSecureContext(options),
  );
}

/** A client's. */
export function clientContext(
  { pair, caCerts, minVersion }: ClientPlan,
): SecureContext {
  return contextOf({
    ...pair,
    // An intermediate CA among them is an anchor too, on every runtime.
    ...caCerts && { ca: [...caCerts], allowPartialTrustChain: true },
    minVersion,
    secureOptions: NO_RENEGOTIATION,
  });
}

/** What a server's context is made with besides. */
export function secureOptionsOf({ sessionTickets }: ServerPlan): number {
  return sessionTickets === false
    ? NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET
    : NO_RENEGOTIATION;
}

/** OpenSSL's SSL_OP_NO_RENEGOTIATION, which Node has no name for. */
const NO_RENEGOTIATION = 1 << 30;

/** What has been found usable. */
const checked = new Ready<true>();

const BEGIN = "-----BEGIN CERTIFICATE-----";
const CERTIFICATE = new RegExp(
  `${BEGIN}[^-]*-----END CERTIFICATE-----`,
  "g",
);

/**
 * See `Engines.check`. Left to themselves, Deno takes anything and Node a key of
 * another kind than the certificate's, and every handshake fails (seen with 2.9 and
 * with 20 to 24).
 */
export function checkMaterial(
  operation: Operation,
  pair: TlsKeyPair | undefined,
  caCerts: readonly string[] = [],
): void {
  const check = (name: string, text: string, read: () => void) => {
    checked.get(text, () => {
      try {
        read();
      } catch (cause) {
        throw socketError("EBADMSG", operation, undefined, {
          cause,
          reason: `${name} cannot be used: ${
            cause instanceof Error ? cause.message : String(cause)
          }`,
        });
      }
      return true;
    });
  };
  for (const ca of caCerts) check("one of caCerts", ca, () => readAll(ca));
  if (pair === undefined) return;
  const { cert, key } = pair;
  check("cert", cert, () => readAll(cert));
  check("key", `${cert}\n${key}`, () => {
    const [leaf] = readAll(cert);
    if (!leaf.checkPrivateKey(createPrivateKey(key))) {
      throw new Error("it is not the certificate's");
    }
  });
}

/** All certificates of a text. @throws one of them is none */
function readAll(pem: string): X509Certificate[] {
  const found = pem.match(CERTIFICATE) ?? [];
  if (found.length === 0 || found.length < pem.split(BEGIN).length - 1) {
    throw new Error("a certificate in it is not whole");
  }
  return found.map((text) => new X509Certificate(text));
}

/** The name that a client sends (RFC 6066 §3): of a host, without a dot at its end. */
export function sentName(
  { peer: { name, family } }: ClientPlan,
): string | null {
  return family === 0 && name !== "" ? name : null;
}

/** What is wrong with a certificate for others. */
export function misnamed(name: string, names: readonly GeneralName[]): Error {
  const others = describe(names);
  const listed = others.slice(0, MAX_LISTED).map(quoted).join(", ");
  return new Error(
    others.length === 0
      ? `the certificate names no server, and so not ${name}`
      : `the certificate is not for ${name}, but for ${listed}${
        others.length > MAX_LISTED
          ? ` and ${others.length - MAX_LISTED} more`
          : ""
      }`,
  );
}

/** How many names of a certificate an error shows. */
const MAX_LISTED = 4;

function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

/** What both ends have agreed on, in a runtime's words. */
export interface Agreed {
  readonly alpnProtocol: string | false | null;
  readonly version: string;
  readonly cipher: string;
}

/**
 * What a handshake has found out, in the library's words.
 *
 * @param chain The peer's certificates, made when they are asked for: hardly anybody does.
 */
export function infoOf(
  { alpnProtocol, version, cipher }: Agreed,
  serverName: string | null,
  chain: (() => readonly Uint8Array[]) | undefined,
  verified: boolean,
): TlsInfo {
  const known = {
    alpnProtocol: alpnProtocol || null,
    version: version as TlsVersion,
    cipher,
    serverName,
    peerCertificates: NONE,
    verified,
  };
  if (chain === undefined) return known;
  let made: readonly Uint8Array[] | undefined;
  return Object.defineProperty(known, "peerCertificates", {
    get: () => made ??= chain(),
  });
}

const NONE: readonly Uint8Array[] = Object.freeze([]);

/** A certificate, and those that lead to its root, in DER. */
export function chainOf(
  certificate: PeerCertificate | undefined,
): Uint8Array[] {
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
