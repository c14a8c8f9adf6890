/**
 * Contexts, ciphers, names and results of `node:tls`, for every adapter.
 *
 * @module
 */
import { constants } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { bareOptions } from "../../core/options/own_options.ts";
import { DEFAULT_SUITES, type Suite } from "../../core/tls/ciphers.ts";
import { describe, type GeneralName } from "../../core/tls/general_names.ts";
import type { ClientPlan, ServerPlan } from "../../core/options/tls.ts";
import { Refused } from "../../core/tls/reasons.ts";
import { bare, listed, sentence } from "../../core/shown.ts";
import type { TlsInfo, TlsVersion } from "../../api/tls.ts";

/** How many entries a cache keeps. */
const MAX_READY = 256;

/** LRU cache keyed by text. To parse a certificate costs as much as a handshake. */
export class Ready<T> {
  readonly #made = new Map<string, T>();

  get(key: string, make: () => T): T {
    const made = this.find(key) ?? make();
    this.keep(key, made);
    return made;
  }

  find(key: string): T | undefined {
    return this.#made.get(key);
  }

  keep(key: string, made: T): void {
    // Moved to the end, as the entry used last.
    this.#made.delete(key);
    this.#made.set(key, made);
    if (this.#made.size > MAX_READY) {
      const [oldest] = this.#made.keys();
      this.#made.delete(oldest);
    }
  }
}

const contexts = new Ready<SecureContext>();

/** The options of a context. */
type ContextOptions = NonNullable<Parameters<typeof createSecureContext>[0]>;

/** Returns a context, cached by its options. */
export function contextOf(options: ContextOptions): SecureContext {
  return contexts.get(
    JSON.stringify(options),
    () => createSecureContext(bareOptions(options, ["maxVersion"])),
  );
}

/**
 * Returns the context of a client.
 *
 * @param ca The plan's `caCerts` that the runtime gets: see `runtimeAnchors`.
 */
export function clientContext(
  plan: ClientPlan,
  ca: string[] | undefined,
): SecureContext {
  const { pair } = plan;
  return contextOf({
    ...pair,
    // An intermediate CA in `caCerts` is an anchor too, on every runtime.
    ...ca && { ca, allowPartialTrustChain: true },
    ...protocolOf(plan),
    secureOptions: NO_RENEGOTIATION,
  });
}

/** Returns the options of a server's context, without its certificates. */
export function serverProtocolOf(plan: ServerPlan): ContextOptions {
  const { sessionTickets, suites } = plan;
  return {
    ...protocolOf(plan),
    secureOptions: NO_RENEGOTIATION |
      constants.SSL_OP_CIPHER_SERVER_PREFERENCE |
      (sessionTickets === false ? constants.SSL_OP_NO_TICKET : 0),
    // Without DH parameters, OpenSSL has no DHE suite.
    ...suites.some(({ openssl }) => openssl.startsWith("DHE-")) &&
      { dhparam: "auto" },
  };
}

/** Returns the options that clients and servers share. */
function protocolOf(
  { minVersion, maxVersion, suites }: ClientPlan | ServerPlan,
): ContextOptions {
  const ciphers = suites.map(({ openssl }) => openssl);
  // The security level applies to TLS 1.3 too, but a list of a level alone is invalid.
  if (minVersion === "TLSv1.3") ciphers.push(ANY_12);
  if (hasLevels()) ciphers.push(LEVEL);
  return { minVersion, maxVersion, ciphers: ciphers.join(":") };
}

/**
 * OpenSSL's security level of 112 bits: no RSA below 2,048 bits and no SHA-1 in a
 * chain. Node 20 and 22 are built for a lower level.
 */
const LEVEL = "@SECLEVEL=2";

/** A suite of TLS 1.2. */
const ANY_12 = DEFAULT_SUITES.at(-1)!.openssl;

let levels: boolean | undefined;

/** Whether cipher lists may contain a security level. BoringSSL has none. */
function hasLevels(): boolean {
  return levels ??= knows(`${ANY_12}:${LEVEL}`);
}

/** Whether the runtime accepts a list of ciphers. */
function knows(ciphers: string): boolean {
  try {
    createSecureContext({ ciphers });
    return true;
  } catch {
    return false; // "no cipher match", or an unknown command.
  }
}

const known = new Map<Suite, boolean>();

/** Returns why a runtime does not support some suites, if so. */
export function withoutSuite(
  runtime: string,
  suites: readonly Suite[],
): string | undefined {
  if (suites === DEFAULT_SUITES) return undefined;
  for (const suite of suites) {
    if (!known.has(suite)) known.set(suite, knows(suite.openssl));
    if (!known.get(suite)) return `${runtime} has no ${suite.name}`;
  }
  return undefined;
}

/** OpenSSL's SSL_OP_NO_RENEGOTIATION, which Node does not export. */
const NO_RENEGOTIATION = 1 << 30;

/**
 * Returns the server name that a client sends (RFC 6066 §3): a hostname without a
 * trailing dot. For an IP address it is `null`.
 */
export function sentName(
  { peer: { name, family } }: ClientPlan,
): string | null {
  return family === 0 && name !== "" ? name : null;
}

/** Creates the error of a certificate for other names. */
export function misnamed(
  name: string,
  names: readonly GeneralName[],
): Refused {
  const others = describe(names);
  return new Refused(
    "name-mismatch",
    others.length === 0
      ? `the certificate names no server, and so not ${bare(name)}`
      : `the certificate is not for ${bare(name)}, but for ${listed(others)}`,
  );
}

/** The negotiated parameters, as a runtime reports them. */
export interface Agreed {
  readonly alpnProtocol: string | false | null;
  readonly version: string;
  readonly cipher: string;
}

/** Returns the result of a handshake, as the library reports it. */
export function infoOf(
  { alpnProtocol, version, cipher }: Agreed,
  serverName: string | null,
  peerCertificates: readonly Uint8Array[] = NONE,
  verified: boolean,
): TlsInfo {
  return {
    alpnProtocol: alpnProtocol || null,
    version: version as TlsVersion,
    cipher,
    serverName,
    peerCertificates,
    verified,
  };
}

const NONE: readonly Uint8Array[] = Object.freeze([]);

/** Returns the text of a native error; of OpenSSL's long lines, the last part. */
export function reasonOf(native: unknown): string | undefined {
  const { message, reason } = (native ?? {}) as {
    message?: string;
    reason?: string;
  };
  if (typeof reason === "string" && reason !== "") return sentence(reason);
  if (message === undefined) return undefined;
  // After a semicolon, Node 24 adds advice on its command line.
  return sentence(
    /: ?[\w. ]+ routines:[^:]*:([^:]+)/.exec(message)?.[1] ??
      message.split(";")[0],
  );
}
