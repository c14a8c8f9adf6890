/**
 * Checks and completes the options of datagram sockets before anything is opened.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import type { Operation } from "../../api/errors.ts";
import type {
  ConnectDatagramOptions,
  DatagramOptions,
  DatagramTarget,
  ListenDatagramOptions,
  MulticastOptions,
} from "../../api/datagram.ts";
import type { NetAddr, UnixAddr } from "../../api/stream.ts";
import { type Host, isIPv4, isIPv6, parseHostname } from "./hostname.ts";
import { checkFlag, checkPort, MAX_INT32 } from "./stream.ts";
import { shown } from "../shown.ts";
import { checkNames, knownOptions, OPTIONS } from "./option_names.ts";
import { hasOwn, ownOption, ownOptions } from "./own_options.ts";
import { checkNumber } from "./check_number.ts";
import { checkLimits } from "../wait/pending_call.ts";

/** Four times what Linux buffers for a socket by default. */
const DEFAULT_QUEUED_BYTES = 1024 * 1024;
const DEFAULT_QUEUED_DATAGRAMS = 4096;

/** The largest length in the header of a datagram (RFC 768). */
const MAX_BYTES = 65535;

/** Limits of the receive queue. */
export interface InboxLimits {
  readonly maxQueuedBytes: number;
  readonly maxQueuedDatagrams: number;
  /** How many bytes of a datagram are kept. */
  readonly maxDatagramBytes: number;
}

/** The complete options of a UDP socket. */
export interface UdpPlan extends InboxLimits {
  readonly transport: "udp";
  readonly operation: "listenDatagram" | "connectDatagram";
  /** The local host; `undefined` if the kernel chooses it. */
  readonly host: Host | undefined;
  readonly port: number;
  readonly peer: { readonly host: Host; readonly port: number } | undefined;
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  readonly ipv6Only: boolean;
  readonly broadcast: boolean;
  readonly receiveBufferBytes: number | undefined;
  readonly sendBufferBytes: number | undefined;
  /** The address that errors name: the peer's, or the local one as requested. */
  readonly address: NetAddr;
}

/**
 * Checks and completes the options of `listenDatagram`.
 *
 * @throws {TypeError | RangeError} an option that no runtime could honour
 * @throws `signal.reason`, when it has already aborted
 */
export function planListenDatagram(given: ListenDatagramOptions): UdpPlan {
  const to = "take datagrams on";
  const options = knownOptions(given, OPTIONS.listenDatagram, "take datagrams");
  checkKind(options, to, "listenDatagram");
  checkLimits({ signal: options.signal });
  const { hostname = "0.0.0.0", port, ipv6Only } = options;
  const host = parseHostname(hostname, to);
  checkPort(port, 0, to);
  if (ipv6Only === true && host.family === 4) {
    throw new TypeError(
      `Cannot ${to} ${host.name} with ipv6Only: give an IPv6 address, such as "::"`,
    );
  }
  return {
    transport: "udp",
    operation: "listenDatagram",
    host,
    port,
    peer: undefined,
    reuseAddress: checkFlag("reuseAddress", options.reuseAddress, false),
    reusePort: checkFlag("reusePort", options.reusePort, false),
    ipv6Only: checkFlag("ipv6Only", ipv6Only, false),
    address: { transport: "udp", hostname: host.name, port },
    ...checkUdp(options),
  };
}

/**
 * Checks and completes the options of `connectDatagram`.
 *
 * @throws {TypeError | RangeError} an option that no runtime could honour
 * @throws {SocketError} ENOTSUP, a path
 * @throws `signal.reason`, when it has already aborted
 */
export function planConnectDatagram(given: ConnectDatagramOptions): UdpPlan {
  const to = "exchange datagrams with";
  const options = knownOptions(
    given,
    OPTIONS.connectDatagram,
    "exchange datagrams",
  );
  checkKind(options, to, "connectDatagram");
  checkLimits(options);
  const { hostname = "127.0.0.1", port, localHostname, localPort = 0 } =
    options;
  const host = parseHostname(hostname, to);
  checkPort(port, 1, to);
  checkPort(localPort, 0, "send datagrams from");
  const local = localHostname === undefined
    ? undefined
    : parseHostname(localHostname, "send datagrams from");
  if (local?.family === 0) {
    throw new TypeError(
      `Cannot send datagrams from localHostname ${
        shown(localHostname)
      }: give an IP literal`,
    );
  }
  return {
    transport: "udp",
    operation: "connectDatagram",
    host: local,
    port: localPort,
    peer: { host, port },
    reuseAddress: false,
    reusePort: false,
    ipv6Only: false,
    address: { transport: "udp", hostname: host.name, port },
    ...checkUdp(options),
  };
}

/** Refuses a path by an error that names it: Unix datagram sockets are not supported. */
function checkKind(
  options: object,
  to: string,
  operation: UdpPlan["operation"],
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot ${to} ${shown(options)}: give { port }`);
  }
  const { path } = options as { path?: unknown };
  if (path === undefined) return;
  const address: UnixAddr = {
    transport: "unix",
    path: typeof path === "string" ? path : "",
  };
  throw socketError("ENOTSUP", operation, address, {
    reason: "no runtime has Unix datagram sockets that send while they receive",
  });
}

function checkUdp(options: DatagramOptions) {
  return {
    broadcast: checkFlag("broadcast", options.broadcast, false),
    receiveBufferBytes: checkCount("receiveBufferBytes", options),
    sendBufferBytes: checkCount("sendBufferBytes", options),
    maxQueuedBytes: checkCount("maxQueuedBytes", options) ??
      DEFAULT_QUEUED_BYTES,
    maxQueuedDatagrams: checkCount("maxQueuedDatagrams", options) ??
      DEFAULT_QUEUED_DATAGRAMS,
    maxDatagramBytes: checkCount("maxDatagramBytes", options, MAX_BYTES) ??
      MAX_BYTES,
  };
}

function checkCount(
  name: keyof DatagramOptions,
  options: DatagramOptions,
  most = MAX_INT32,
): number | undefined {
  const value: unknown = options[name];
  if (value === undefined) return undefined;
  return checkNumber(`use ${name}`, value, { least: 1, most });
}

/** A checked target. */
export interface Target {
  readonly host: Host;
  readonly port: number;
}

/** Whether an argument of `send` is a target; otherwise it is its options. */
export function isTarget(value: object): value is DatagramTarget {
  return hasOwn(value, "port") || hasOwn(value, "hostname") ||
    hasOwn(value, "path");
}

/** Checks the destination of a datagram. @throws {TypeError | RangeError} */
export function checkTarget(target: DatagramTarget): Target {
  const to = "send a datagram to";
  checkNames(target, OPTIONS.target, "send a datagram");
  const hostname = ownOption(target, "hostname");
  const port = ownOption(target, "port");
  checkPort(port, 1, to);
  return { host: parseHostname(hostname, to), port: port! };
}

/** A checked membership. */
export interface Membership {
  readonly group: string;
  /** IPv4: an address of the interface. IPv6: `::%` and its name or index. */
  readonly interface: string | undefined;
  readonly source: string | undefined;
}

/** Checks a membership for the address family of the socket. @throws {TypeError} */
export function checkMembership(
  group: unknown,
  options: MulticastOptions = {},
  family: 4 | 6,
): Membership {
  if (!isMulticast(group, family)) {
    throw new TypeError(
      `Cannot join multicast group ${
        shown(group)
      }: give an IPv${family} multicast address, such as "${
        family === 4 ? "239.0.0.1" : "ff02::1"
      }"`,
    );
  }
  checkNames(options, OPTIONS.multicast, "join a multicast group");
  const { interface: name, source } = ownOptions(options);
  if (source !== undefined && !isLiteral(source, family)) {
    throw new TypeError(
      `Cannot join with source ${shown(source)}: give an IPv${family} literal`,
    );
  }
  return {
    group,
    interface: name === undefined ? undefined : checkInterface(name, family),
    source,
  };
}

/** Checks the name of an interface. @returns The form that the runtimes accept. */
export function checkInterface(name: unknown, family: 4 | 6): string {
  if (typeof name === "string") {
    if (family === 4 && isIPv4(name)) return name;
    if (family === 6 && /^(?:::%)?[\w.-]+$/.test(name)) {
      return name.startsWith("::%") ? name : `::%${name}`;
    }
  }
  throw new TypeError(
    `Cannot use interface ${shown(name)}: give ${
      family === 4 ? "an IPv4 address of it" : "its name, or its index"
    }`,
  );
}

/** Checks a number of hops. @throws {TypeError | RangeError} */
export function checkTtl(ttl: unknown, operation: Operation): number {
  return checkNumber(`call ${operation} with`, ttl, { least: 1, most: 255 });
}

function isMulticast(group: unknown, family: 4 | 6): group is string {
  if (typeof group !== "string" || !isLiteral(group, family)) return false;
  if (family === 6) return /^ff/i.test(group);
  const first = Number(group.split(".")[0]);
  return first >= 224 && first <= 239;
}

function isLiteral(text: unknown, family: 4 | 6): boolean {
  return typeof text === "string" && (family === 4 ? isIPv4 : isIPv6)(text);
}
