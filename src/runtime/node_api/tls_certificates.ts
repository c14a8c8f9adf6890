/**
 * Certificates as `node:tls` takes and gives them, for every adapter.
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

/** How many certificates are kept ready. */
const MAX_READY = 256;

/** What is made of the same text is made once: reading a certificate costs as much as a handshake. */
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
    // At the end, as what was used last.
    this.#made.delete(key);
    this.#made.set(key, made);
    if (this.#made.size > MAX_READY) {
      const [oldest] = this.#made.keys();
      this.#made.delete(oldest);
    }
  }
}

const contexts = new Ready<SecureContext>();

/** What of a plan makes up a context. */
type ContextOptions = NonNullable<Parameters<typeof createSecureContext>[0]>;

/** A context, made once for the same options. */
export function contextOf(options: ContextOptions): SecureContext {
  return contexts.get(
    JSON.stringify(options),
    () => createSecureContext(bareOptions(options, ["maxVersion"])),
  );
}

/** A client's. @param ca Those of the plan's `caCerts` that are for the runtime. */
export function clientContext(
  plan: ClientPlan,
  ca: string[] | undefined,
): SecureContext {
  const { pair } = plan;
  return contextOf({
    ...pair,
    // An intermediate CA among them is an anchor too, on every runtime.
    ...ca && { ca, allowPartialTrustChain: true },
    ...protocolOf(plan),
    secureOptions: NO_RENEGOTIATION,
  });
}

/** What a server's context is made with beside its certificates. */
export function serverProtocolOf(plan: ServerPlan): ContextOptions {
  const { sessionTickets, suites } = plan;
  return {
    ...protocolOf(plan),
    secureOptions: NO_RENEGOTIATION |
      constants.SSL_OP_CIPHER_SERVER_PREFERENCE |
      (sessionTickets === false ? constants.SSL_OP_NO_TICKET : 0),
    // Without groups OpenSSL has no suite with DHE.
    ...suites.some(({ openssl }) => openssl.startsWith("DHE-")) &&
      { dhparam: "auto" },
  };
}

/** What both ends' contexts are made with. */
function protocolOf(
  { minVersion, maxVersion, suites }: ClientPlan | ServerPlan,
): ContextOptions {
  const ciphers = suites.map(({ openssl }) => openssl);
  // A level counts for TLS 1.3 too, but no list is of a level alone.
  if (minVersion === "TLSv1.3") ciphers.push(ANY_12);
  if (hasLevels()) ciphers.push(LEVEL);
  return { minVersion, maxVersion, ciphers: ciphers.join(":") };
}

/**
 * OpenSSL's level for 112 bits: no RSA below 2,048 and no SHA-1 in a chain. Node 20
 * and 22 are built for a lower one.
 */
const LEVEL = "@SECLEVEL=2";

/** Some suite of TLS 1.2. */
const ANY_12 = DEFAULT_SUITES.at(-1)!.openssl;

let levels: boolean | undefined;

/** BoringSSL has none. */
function hasLevels(): boolean {
  return levels ??= knows(`${ANY_12}:${LEVEL}`);
}

/** Whether a list of ciphers is understood. */
function knows(ciphers: string): boolean {
  try {
    createSecureContext({ ciphers });
    return true;
  } catch {
    return false; // "no cipher match", or no such command.
  }
}

const known = new Map<Suite, boolean>();

/** Why a runtime cannot use some suites, if so. */
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

/** OpenSSL's SSL_OP_NO_RENEGOTIATION, which Node has no name for. */
const NO_RENEGOTIATION = 1 << 30;

/** The name that a client sends (RFC 6066 §3): of a host, without a dot at its end. */
export function sentName(
  { peer: { name, family } }: ClientPlan,
): string | null {
  return family === 0 && name !== "" ? name : null;
}

/** What is wrong with a certificate for others. */
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

/** What both ends have agreed on, in a runtime's words. */
export interface Agreed {
  readonly alpnProtocol: string | false | null;
  readonly version: string;
  readonly cipher: string;
}

/** What a handshake has found out, in the library's words. */
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

/** What a native error says: of OpenSSL's long lines the end. */
export function reasonOf(native: unknown): string | undefined {
  const { message, reason } = (native ?? {}) as {
    message?: string;
    reason?: string;
  };
  if (typeof reason === "string" && reason !== "") return sentence(reason);
  if (message === undefined) return undefined;
  // Behind a semicolon Node 24 gives advice on how to start it.
  return sentence(
    /: ?[\w. ]+ routines:[^:]*:([^:]+)/.exec(message)?.[1] ??
      message.split(";")[0],
  );
}
