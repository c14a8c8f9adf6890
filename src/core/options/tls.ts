/**
 * Checks and completes the options of TLS before anything is opened, so that every
 * runtime refuses the same ones.
 *
 * @module
 */
import type {
  StartTlsClientOptions,
  StartTlsOptions,
  TlsClientHello,
  TlsClientOptions,
  TlsCredentials,
  TlsKeyPair,
  TlsListenerOptions,
  TlsOptions,
  TlsServerOptions,
  TlsVersion,
} from "../../api/tls.ts";
import { type Host, parseHostname } from "./hostname.ts";
import { checkNames, OPTIONS } from "./option_names.ts";
import { ownOptions } from "./own_options.ts";
import { checkFlag } from "./stream.ts";
import { bare, shown } from "../shown.ts";
import { planSuites, type Suite, suitesOf } from "../tls/ciphers.ts";
import { canonical } from "../tls/general_names.ts";
import { checkNumber, TIME_LIMIT } from "./check_number.ts";

const DEFAULT_HANDSHAKE_MS = 30_000;
/** A client sends its first message at once; only the network is slow. */
const DEFAULT_HELLO_MS = 10_000;
const PURPOSE = "use TLS";

interface CommonPlan {
  readonly alpnProtocols: readonly string[];
  /** `suites` has a suite for each version from this one to `maxVersion`. */
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** In order of preference. */
  readonly suites: readonly Suite[];
  readonly handshakeTimeoutMs: number;
}

/** The complete options of a TLS client. */
export interface ClientPlan extends CommonPlan {
  readonly role: "client";
  /** The host that the certificate has to name. */
  readonly peer: Host;
  readonly verifiesName: boolean;
  readonly caCerts: readonly string[] | undefined;
  readonly pair: TlsKeyPair | undefined;
}

/** The complete credentials of a TLS server. */
export interface CredentialsPlan {
  /** The default, for clients to which nothing else applies. */
  readonly pair: TlsKeyPair | undefined;
  /** Key pairs by name in lower case; may be empty. */
  readonly names: ReadonlyMap<string, TlsKeyPair>;
  readonly choose: TlsCredentials["chooseCertificate"];
  readonly caCerts: readonly string[] | undefined;
}

/** The complete options of a TLS server. */
export interface ServerPlan extends CommonPlan {
  readonly role: "server";
  readonly clientAuth: "none" | "request" | "require";
  readonly sessionTickets: boolean | undefined;
  readonly helloTimeoutMs: number;
  /** Whether server names that are not hostnames are accepted. */
  readonly allowAnyServerName: boolean;
  readonly credentials: CredentialsPlan;
}

/**
 * Checks and completes the options of a client.
 *
 * @param hostname The host to connect to.
 * @throws {TypeError | RangeError} an invalid option
 */
export function planClient(
  given: TlsClientOptions,
  hostname: string | undefined,
): ClientPlan {
  const options = ownOptions(given);
  const {
    serverName = hostname,
    unsafelyDisableHostnameVerification: unverified,
    cert,
    key,
  } = options;
  const verifiesName = !checkFlag(
    "unsafelyDisableHostnameVerification",
    unverified,
    false,
  );
  if (serverName === undefined && verifiesName) {
    throw new TypeError(
      "Cannot use TLS without a serverName: give the name that the server's certificate is for",
    );
  }
  return {
    role: "client",
    ...planCommon(options),
    // Without a name, no server_name extension is sent.
    peer: serverName === undefined
      ? { name: "", family: 0 }
      : peerOf(parseHostname(serverName, "use TLS with")),
    verifiesName,
    caCerts: checkCaCerts(options.caCerts),
    pair: cert === undefined && key === undefined
      ? undefined
      : checkPair({ cert, key }, "the client"),
  };
}

/**
 * RFC 6066 §3: the name is sent without its trailing dot, which certificates omit too.
 */
function peerOf({ name, family }: Host): Host {
  return { name: family === 0 ? canonical(name) : name, family };
}

/**
 * Checks and completes the options of a server.
 *
 * @throws {TypeError | RangeError} an invalid option
 */
export function planServer(given: TlsServerOptions): ServerPlan {
  checkObject(given);
  const options = ownOptions(given);
  const { clientAuth = "none", sessionTickets } = options;
  if (!["none", "request", "require"].includes(clientAuth)) {
    throw new TypeError(
      `Cannot use clientAuth ${
        shown(clientAuth)
      }: give "none", "request" or "require"`,
    );
  }
  const credentials = planCredentials(options);
  checkClientAuth(clientAuth, credentials);
  return {
    role: "server",
    ...planCommon(options),
    clientAuth,
    sessionTickets: sessionTickets === undefined
      ? undefined
      : checkFlag("sessionTickets", sessionTickets, true),
    helloTimeoutMs: checkTimeout(
      "helloTimeoutMs",
      options.helloTimeoutMs,
      DEFAULT_HELLO_MS,
    ),
    allowAnyServerName: checkFlag(
      "allowAnyServerName",
      options.allowAnyServerName,
      false,
    ),
    credentials,
  };
}

/** Plans the same server with other credentials; missing ones are kept. */
export function planReload(
  plan: ServerPlan,
  credentials: TlsCredentials,
): ServerPlan {
  checkObject(credentials);
  checkNames(credentials, OPTIONS.reload, "use other certificates");
  const given = ownOptions(credentials);
  const now = plan.credentials;
  const { cert, key } = given;
  const fresh = planCredentials({
    cert: cert ?? (key === undefined ? now.pair?.cert : undefined),
    key: key ?? (cert === undefined ? now.pair?.key : undefined),
    serverNames: given.serverNames ?? Object.fromEntries(now.names),
    chooseCertificate: given.chooseCertificate ?? now.choose,
    caCerts: given.caCerts ?? now.caCerts,
  });
  checkClientAuth(plan.clientAuth, fresh);
  return { ...plan, credentials: fresh };
}

/** Checks and completes the options of `startTls`, for either role. */
export function planStart(
  options: StartTlsOptions | undefined,
  remote: string | undefined,
): ClientPlan | ServerPlan {
  const given: StartTlsOptions = options === undefined
    ? {}
    : ownOptions(options);
  checkObject(given);
  if (given.role === "server") {
    checkNames(options, OPTIONS.startTlsServer, "start TLS as a server");
    return planServer(given);
  }
  if (given.role !== undefined && given.role !== "client") {
    throw new TypeError(
      `Cannot start TLS with role ${
        shown(given.role)
      }: give "client" or "server"`,
    );
  }
  checkNames(options, OPTIONS.startTlsClient, "start TLS as a client");
  const { hostname = remote }: StartTlsClientOptions = given;
  return planClient(given, hostname);
}

/**
 * Returns the certificate for a name; an exact name takes precedence over a wildcard.
 */
export function pairFor(
  { names }: CredentialsPlan,
  { serverName }: TlsClientHello,
): TlsKeyPair | undefined {
  if (serverName === null || names.size === 0) return undefined;
  return names.get(serverName) ??
    names.get(serverName.replace(/^[^.]+/, "*"));
}

function planCommon(options: TlsOptions): CommonPlan {
  const { minVersion = "TLSv1.2" } = options;
  if (minVersion !== "TLSv1.2" && minVersion !== "TLSv1.3") {
    throw new TypeError(
      `Cannot use minVersion ${shown(minVersion)}: give "TLSv1.2" or "TLSv1.3"`,
    );
  }
  return {
    alpnProtocols: checkAlpn(options.alpnProtocols),
    ...planVersions(minVersion, planSuites(options.ciphers)),
    handshakeTimeoutMs: checkTimeout(
      "handshakeTimeoutMs",
      options.handshakeTimeoutMs,
      DEFAULT_HANDSHAKE_MS,
    ),
  };
}

/** Excludes a version for which there is no suite. */
function planVersions(
  minVersion: TlsVersion,
  suites: readonly Suite[],
): Pick<CommonPlan, "minVersion" | "maxVersion" | "suites"> {
  const has13 = suitesOf("TLSv1.3", suites).length > 0;
  const has12 = suitesOf("TLSv1.2", suites).length > 0;
  if (minVersion === "TLSv1.3" && !has13) {
    throw new TypeError(
      'Cannot use ciphers without a suite of TLS 1.3 with minVersion "TLSv1.3": name one, or leave minVersion out',
    );
  }
  return {
    minVersion: has12 ? minVersion : "TLSv1.3",
    maxVersion: has13 ? "TLSv1.3" : "TLSv1.2",
    suites,
  };
}

function checkTimeout(name: string, value: unknown, byDefault: number): number {
  if (value === undefined) return byDefault;
  return checkNumber(`use ${name}`, value, TIME_LIMIT);
}

function planCredentials(given: TlsCredentials): CredentialsPlan {
  const { cert, key, serverNames = {}, chooseCertificate: choose } = given;
  if (typeof serverNames !== "object" || serverNames === null) {
    throw new TypeError(
      `Cannot use serverNames ${
        shown(serverNames)
      }: give an object of names with { cert, key }`,
    );
  }
  if (choose !== undefined && typeof choose !== "function") {
    throw new TypeError(
      `Cannot use chooseCertificate ${shown(choose)}: give a function`,
    );
  }
  const names = new Map(
    Object.entries(ownOptions(serverNames)).map((
      [name, pair],
    ): [string, TlsKeyPair] => [
      checkServerName(name),
      checkPair(pair, bare(name)),
    ]),
  );
  const pair = cert === undefined && key === undefined
    ? undefined
    : checkPair({ cert, key }, "the server");
  if (pair === undefined && names.size === 0 && choose === undefined) {
    throw new TypeError(
      "Cannot use TLS without a certificate: give cert and key, serverNames or chooseCertificate",
    );
  }
  return { pair, names, choose, caCerts: checkCaCerts(given.caCerts) };
}

function checkClientAuth(
  clientAuth: ServerPlan["clientAuth"],
  { caCerts }: CredentialsPlan,
): void {
  if (clientAuth !== "none" && caCerts === undefined) {
    throw new TypeError(
      `Cannot use clientAuth "${clientAuth}" without caCerts: give the roots to trust`,
    );
  }
}

function checkObject(options: unknown): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot ${PURPOSE} with ${shown(options)}: give options`,
    );
  }
}

/**
 * RFC 7301 §3.1: names of 1..255 bytes, at most 65535 in total with a length byte each.
 */
export function checkAlpn(given: unknown): readonly string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    throw new TypeError(
      `Cannot use alpnProtocols ${shown(given)}: give an array of names`,
    );
  }
  let total = 0;
  for (const name of given) {
    // Registered names are ASCII; runtimes treat others differently.
    if (typeof name !== "string" || !/^[\x20-\x7e]{1,255}$/.test(name)) {
      throw new TypeError(
        `Cannot use ${
          shown(name)
        } in alpnProtocols: give names of 1..255 ASCII characters`,
      );
    }
    total += 1 + name.length;
  }
  if (total > 65535) {
    throw new RangeError(
      `Cannot use alpnProtocols of ${total} bytes together: give fewer, 65535 at most`,
    );
  }
  return [...given];
}

/** Checks one of `serverNames`. @returns In lower case, without a trailing dot. */
export function checkServerName(name: string): string {
  const rest = name.startsWith("*.") ? name.slice(2) : name;
  const host = parseHostname(rest, "use TLS for");
  if (host.family !== 0) {
    throw new TypeError(
      `Cannot use ${
        shown(name)
      } in serverNames: clients name no IP addresses; use cert and key, or chooseCertificate`,
    );
  }
  return `${rest === name ? "" : "*."}${host.name}`.toLowerCase()
    .replace(/\.$/, "");
}

/** Checks a certificate and key that a caller has given. */
export function checkPair(given: unknown, whose: string): TlsKeyPair {
  checkNames(given, OPTIONS.keyPair, "use TLS");
  const { cert, key } = ownOptions(given ?? {}) as Partial<TlsKeyPair>;
  for (const [name, value] of [["cert", cert], ["key", key]] as const) {
    if (typeof value !== "string" || !value.includes("-----BEGIN ")) {
      throw new TypeError(
        `Cannot use TLS with this ${name} for ${whose}: give cert and key as PEM text`,
      );
    }
  }
  return { cert: cert!, key: key! };
}

/** Checks `caCerts`. */
export function checkCaCerts(given: unknown): readonly string[] | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given) || given.length === 0) {
    throw new TypeError(
      `Cannot use caCerts ${
        Array.isArray(given) ? "without any" : shown(given)
      }: give an array of certificates as PEM text`,
    );
  }
  for (const cert of given) {
    if (typeof cert !== "string" || !cert.includes("-----BEGIN ")) {
      throw new TypeError(
        "Cannot use one of caCerts: give certificates as PEM text",
      );
    }
  }
  return [...given];
}

/** Checks `maxHandshakes`; `Infinity` for no limit. */
export function checkMaxHandshakes(options: TlsListenerOptions): number {
  const { maxHandshakes = Infinity } = options;
  if (
    maxHandshakes === Infinity ||
    (Number.isInteger(maxHandshakes) && maxHandshakes >= 1)
  ) return maxHandshakes;
  throw new RangeError(
    `Cannot use maxHandshakes ${
      shown(maxHandshakes)
    }: give a whole number, 1 or more`,
  );
}
