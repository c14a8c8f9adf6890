/**
 * The option names of each function. An unknown name is refused: if it were ignored,
 * `{ host }` would listen on every address.
 *
 * @module
 */
import type {
  ConnectDatagramOptions,
  DatagramTarget,
  ListenDatagramOptions,
  MulticastOptions,
} from "../../api/datagram.ts";
import { bare, isArray, listed, quoted } from "../shown.ts";
import type {
  StartTlsClientOptions,
  StartTlsServerOptions,
  TlsClientOptions,
  TlsCredentials,
  TlsKeyPair,
  TlsListenerOptions,
} from "../../api/tls.ts";
import type {
  BoundedReadOptions,
  ConnectOptions,
  KeepAliveOptions,
  ListenOptions,
  NetAddr,
  ReadLineOptions,
  UnixAddr,
  WaitOptions,
} from "../../api/stream.ts";
import { hasOwn, ownOptions } from "./own_options.ts";

/** The option names of a function; the object has no prototype. */
export interface OptionNames {
  readonly [name: string]: 1;
}

/** The keys of each type of a union. */
type KeysOf<T> = T extends unknown ? keyof T & string : never;

/**
 * Returns all names of `T`: with a missing or an extra name, the call does not compile.
 */
export function namesOf<T>(names: Record<KeysOf<T>, 1>): OptionNames {
  return Object.assign(Object.create(null), names);
}

const WAIT = { signal: 1, timeoutMs: 1 } as const;

/** An address is also accepted as options: `connect(listener.addr)`. */
const ADDRESS = { transport: 1 } as const;

/** The option names of `listen`. */
export const LISTEN = {
  ...ADDRESS,
  hostname: 1,
  port: 1,
  path: 1,
  backlog: 1,
  reusePort: 1,
  ipv6Only: 1,
  noDelay: 1,
  keepAlive: 1,
  reclaim: 1,
  mode: 1,
  signal: 1,
} as const;
const CONNECT = {
  ...ADDRESS,
  hostname: 1,
  port: 1,
  path: 1,
  noDelay: 1,
  keepAlive: 1,
  signal: 1,
  timeoutMs: 1,
} as const;
const DATAGRAMS = {
  ...ADDRESS,
  hostname: 1,
  port: 1,
  maxQueuedBytes: 1,
  maxQueuedDatagrams: 1,
  maxDatagramBytes: 1,
  receiveBufferBytes: 1,
  sendBufferBytes: 1,
  broadcast: 1,
  signal: 1,
} as const;
const TLS = {
  alpnProtocols: 1,
  minVersion: 1,
  ciphers: 1,
  handshakeTimeoutMs: 1,
  caCerts: 1,
  cert: 1,
  key: 1,
} as const;
const TLS_CLIENT = {
  ...TLS,
  serverName: 1,
  unsafelyDisableHostnameVerification: 1,
} as const;
const TLS_SERVER = {
  ...TLS,
  serverNames: 1,
  chooseCertificate: 1,
  clientAuth: 1,
  helloTimeoutMs: 1,
  allowAnyServerName: 1,
  sessionTickets: 1,
} as const;
/** The option names of `serve` itself; this module cannot import its types. */
export const SERVE = {
  maxConnections: 1,
  maxConnectionsPerHost: 1,
  ipv6PrefixLength: 1,
  acceptRate: 1,
  allow: 1,
  deny: 1,
  idleTimeoutMs: 1,
  minRate: 1,
  graceMs: 1,
  signal: 1,
  onError: 1,
  onEvent: 1,
} as const;

/** Options, or the address of a listener in place of them. */
export type OrAddr<T> = T | NetAddr | UnixAddr;

/** The option names of each function. */
export const OPTIONS = {
  listen: namesOf<OrAddr<ListenOptions>>(LISTEN),
  connect: namesOf<OrAddr<ConnectOptions>>(CONNECT),
  listenTls: namesOf<OrAddr<ListenOptions> | TlsListenerOptions>({
    ...LISTEN,
    ...TLS_SERVER,
    maxHandshakes: 1,
  }),
  connectTls: namesOf<OrAddr<ConnectOptions> | TlsClientOptions>({
    ...CONNECT,
    ...TLS_CLIENT,
  }),
  startTlsClient: namesOf<StartTlsClientOptions>({
    ...TLS_CLIENT,
    role: 1,
    hostname: 1,
  }),
  startTlsServer: namesOf<StartTlsServerOptions>({ ...TLS_SERVER, role: 1 }),
  // A path is refused later, with a specific reason.
  listenDatagram: namesOf<ListenDatagramOptions | NetAddr | UnixAddr>({
    ...DATAGRAMS,
    path: 1,
    reuseAddress: 1,
    reusePort: 1,
    ipv6Only: 1,
  }),
  connectDatagram: namesOf<ConnectDatagramOptions | NetAddr | UnixAddr>({
    ...DATAGRAMS,
    path: 1,
    localHostname: 1,
    localPort: 1,
    timeoutMs: 1,
  }),
  reload: namesOf<TlsCredentials>({
    cert: 1,
    key: 1,
    serverNames: 1,
    chooseCertificate: 1,
    caCerts: 1,
  }),
  keyPair: namesOf<TlsKeyPair>({ cert: 1, key: 1 }),
  wait: namesOf<WaitOptions>(WAIT),
  boundedRead: namesOf<BoundedReadOptions>({ ...WAIT, maxBytes: 1 }),
  readLine: namesOf<ReadLineOptions>({ ...WAIT, maxBytes: 1, fatal: 1 }),
  keepAlive: namesOf<KeepAliveOptions>({ delayMs: 1 }),
  target: namesOf<DatagramTarget | UnixAddr>({
    ...ADDRESS,
    hostname: 1,
    port: 1,
    path: 1,
  }),
  multicast: namesOf<MulticastOptions>({ interface: 1, source: 1 }),
} as const;

/** The functions that an error may name: those with many options of their own. */
const OWNERS: readonly [call: string, names: OptionNames][] = [
  ["listen()", OPTIONS.listen],
  ["connect()", OPTIONS.connect],
  ["serve()", SERVE],
  ["listenTls()", OPTIONS.listenTls],
  ["connectTls()", OPTIONS.connectTls],
  ["connectDatagram()", OPTIONS.connectDatagram],
  ["listenDatagram()", OPTIONS.listenDatagram],
];

/** Option names of other APIs, and what they are called here. */
const SYNONYMS: OptionNames | { readonly [name: string]: string } = Object
  .assign(Object.create(null), {
    host: "hostname",
    address: "hostname",
    socketpath: "path",
    unix: "path",
    ca: "caCerts",
    certs: "cert",
    certificate: "cert",
    privatekey: "key",
    alpn: "alpnProtocols",
    protocols: "alpnProtocols",
    sni: "serverName",
    snicallback: "chooseCertificate",
    requestcert: "clientAuth",
    abortsignal: "signal",
    timeout: "timeoutMs",
    handshaketimeout: "handshakeTimeoutMs",
    localaddress: "localHostname",
    reuseaddr: "reuseAddress",
    maxconns: "maxConnections",
    initialdelay: "delayMs",
    keepaliveinitialdelay: "delayMs",
  });

/** Names that are not supported, and why. */
const REFUSED: { readonly [name: string]: string } = Object.assign(
  Object.create(null),
  {
    rejectUnauthorized:
      "verification cannot be turned off; caCerts of connectTls() and listenTls() names the roots to trust",
  },
);

/**
 * Refuses unknown names of own enumerable properties. A property that is `undefined`
 * counts as absent, and inherited properties are ignored.
 *
 * @param doing The refused call, such as `"listen"`.
 * @throws {TypeError} an unknown option; the message names the nearest known one
 */
export function checkNames(
  options: unknown,
  known: OptionNames,
  doing: string,
): void {
  if (typeof options !== "object" || options === null) return;
  for (const name in options) {
    if (name in known || !hasOwn(options, name)) continue;
    if ((options as Record<string, unknown>)[name] === undefined) continue;
    throw new TypeError(
      `Cannot ${doing} with option ${quoted(name)}: ${
        remedy(name, known, doing)
      }`,
    );
  }
}

/**
 * Copies an object's own options as {@linkcode ownOptions} does, if all names are
 * known.
 *
 * @throws {TypeError} an unknown name: see {@linkcode checkNames}
 */
export function knownOptions<T>(
  given: T,
  known: OptionNames,
  doing: string,
): T {
  if (isArray(given) || ArrayBuffer.isView(given)) {
    throw new TypeError(
      `Cannot ${doing} with ${
        isArray(given) ? "an array" : "a buffer"
      }: give an object with options`,
    );
  }
  checkNames(given, known, doing);
  const own = ownOptions(given);
  return typeof own === "object" && own !== null
    ? only<T & object>(own, known)
    : own;
}

/** Copies the options of an object that a function knows. */
export function only<T extends object>(options: object, known: OptionNames): T {
  const copy = Object.create(null);
  for (const name of Object.getOwnPropertyNames(options)) {
    if (name in known) copy[name] = (options as Record<string, unknown>)[name];
  }
  return copy;
}

function remedy(name: string, known: OptionNames, doing: string): string {
  if (name in REFUSED) return REFUSED[name];
  const owners = OWNERS.filter(([, names]) => hasOwn(names, name))
    .map(([call]) => call);
  if (owners.length > 0) {
    const [verb] = doing.split(" ");
    const owner = owners.find((call) => call.startsWith(verb)) ?? owners[0];
    return `that is an option of ${owner}`;
  }
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean ${quoted(near)}?`;
  for (const [call, names] of OWNERS) {
    const other = nearest(name, names);
    if (other !== undefined) return `did you mean ${quoted(other)} of ${call}?`;
  }
  return `it takes ${listed(Object.keys(known))}`;
}

/** Returns the known name that was probably meant. */
function nearest(name: string, known: OptionNames): string | undefined {
  const wanted = bare(name).toLowerCase();
  const synonym = SYNONYMS[wanted];
  if (typeof synonym === "string" && synonym in known) return synonym;
  let best: string | undefined, least = Infinity;
  for (const one of Object.keys(known)) {
    const have = one.toLowerCase();
    const begins = wanted.length > 2 && have.startsWith(wanted) ||
      have.length > 2 && wanted.startsWith(have);
    const distance = begins ? 1 : edits(wanted, have);
    if (distance >= least || distance > Math.min(3, have.length / 3)) continue;
    best = one;
    least = distance;
  }
  return best;
}

/**
 * Counts the insertions, deletions, substitutions and swaps of neighbours that change
 * one text into the other (Damerau, in its restricted form).
 */
function edits(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + same);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] &&
        from[i - 2] === to[j - 1];
      if (swapped) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    before = row;
    row = next;
  }
  return row[to.length];
}
