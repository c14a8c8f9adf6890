/**
 * Checks and completes the options of `listen` and `connect` before anything is opened,
 * so that every runtime refuses the same ones.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import type { Operation } from "../../api/errors.ts";
import type {
  Addr,
  ConnectOptions,
  KeepAliveOptions,
  ListenOptions,
  NetAddr,
  UnixAddr,
} from "../../api/stream.ts";
import { quoted, shown } from "../shown.ts";
import { type Host, parseHostname } from "./hostname.ts";
import { checkNames, knownOptions, OPTIONS } from "./option_names.ts";
import { hasOwn } from "./own_options.ts";
import type { System } from "./system.ts";
import { checkNumber } from "./check_number.ts";
import { checkLimits } from "../wait/pending_call.ts";

/** The default of Deno and Node; Linux caps it at net.core.somaxconn. */
const DEFAULT_BACKLOG = 511;

/** The largest integer that the kernel accepts as an option. */
export const MAX_INT32 = 2 ** 31 - 1;

/** The complete options of a TCP listener. */
export interface TcpListenPlan {
  readonly transport: "tcp";
  readonly host: Host;
  readonly port: number;
  /** 1 or more. */
  readonly backlog: number;
  readonly reusePort: boolean;
  readonly ipv6Only: boolean;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly signal: AbortSignal | undefined;
  /** As requested: the port may still be 0. */
  readonly address: NetAddr;
}

/** The complete options of a Unix listener. */
export interface UnixListenPlan {
  readonly transport: "unix";
  readonly path: string;
  /** 1 or more. */
  readonly backlog: number;
  /** Whether the caller has given this backlog. */
  readonly backlogGiven: boolean;
  readonly reclaim: boolean;
  /** Permission bits of the file; the system's default if not given. */
  readonly mode: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly address: UnixAddr;
}

/** The complete options of a TCP connection. */
export interface TcpConnectPlan {
  readonly transport: "tcp";
  readonly host: Host;
  readonly port: number;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly address: NetAddr;
}

/** The complete options of a Unix connection. */
export interface UnixConnectPlan {
  readonly transport: "unix";
  readonly path: string;
  readonly address: UnixAddr;
}

/** The permission bits of a file for its owner, its group and others. */
export const ALL_MODE_BITS = 0o777;

/**
 * Checks and completes the options of `listen`.
 *
 * @throws {TypeError | RangeError} an option that no runtime could honour
 * @throws {SocketError} ENOTSUP, an option that this system cannot honour
 * @throws `signal.reason`, when it has already aborted
 */
export function planListen(
  given: ListenOptions,
  system: System,
): TcpListenPlan | UnixListenPlan {
  const to = "listen on";
  const options = knownOptions(given, OPTIONS.listen, "listen");
  checkLimits({ signal: options?.signal });
  if (isUnix(options, to)) {
    const { backlog, reclaim, signal } = options;
    const path = checkPath(options.path, to, system);
    const plan: UnixListenPlan = {
      transport: "unix",
      path,
      backlog: checkBacklog(backlog),
      backlogGiven: backlog !== undefined,
      reclaim: checkFlag("reclaim", reclaim, false),
      mode: checkMode(options.mode, path),
      signal,
      address: { transport: "unix", path },
    };
    refuse(system.pathRefusal, "listen", plan.address);
    return plan;
  }
  const { hostname = "0.0.0.0", port, signal } = options;
  const host = parseHostname(hostname, to);
  checkPort(port, 0, to);
  if (options.ipv6Only === true && host.family === 4) {
    throw new TypeError(
      `Cannot listen on ${host.name} with ipv6Only: give an IPv6 address, such as "::"`,
    );
  }
  const plan: TcpListenPlan = {
    transport: "tcp",
    host,
    port,
    backlog: checkBacklog(options.backlog),
    reusePort: checkFlag("reusePort", options.reusePort, false),
    ipv6Only: checkFlag("ipv6Only", options.ipv6Only, false),
    noDelay: checkFlag("noDelay", options.noDelay, true),
    keepAlive: checkFlag("keepAlive", options.keepAlive, false),
    signal,
    address: { transport: "tcp", hostname: host.name, port },
  };
  if (plan.reusePort) {
    refuse(system.reusePortRefusal, "listen", plan.address);
  }
  return plan;
}

/** @throws {SocketError} ENOTSUP, if a reason is given */
function refuse(
  reason: string | undefined,
  operation: Operation,
  address: Addr,
): void {
  if (reason === undefined) return;
  throw socketError("ENOTSUP", operation, address, { reason });
}

/**
 * Checks and completes the options of `connect`.
 *
 * @throws {TypeError | RangeError} an option that no runtime could honour
 * @throws {SocketError} ENOTSUP, a path on a system without Unix sockets
 * @throws `signal.reason`, when it has already aborted
 */
export function planConnect(
  given: ConnectOptions,
  system: System,
): TcpConnectPlan | UnixConnectPlan {
  const to = "connect to";
  const options = knownOptions(given, OPTIONS.connect, "connect");
  if (isUnix(options, to)) {
    checkLimits(options);
    const path = checkPath(options.path, to, system);
    const address: UnixAddr = { transport: "unix", path };
    refuse(system.pathRefusal, "connect", address);
    return { transport: "unix", path, address };
  }
  checkLimits(options);
  const { hostname = "127.0.0.1", port } = options;
  const host = parseHostname(hostname, to);
  checkPort(port, 1, to);
  return {
    transport: "tcp",
    host,
    port,
    noDelay: checkFlag("noDelay", options.noDelay, true),
    keepAlive: checkFlag("keepAlive", options.keepAlive, false),
    address: { transport: "tcp", hostname: host.name, port },
  };
}

/** Checks the argument of `Conn.setKeepAlive`. */
export function checkKeepAlive(
  keepAlive: boolean | KeepAliveOptions,
): { on: boolean; delayMs: number | undefined } {
  if (typeof keepAlive === "boolean") {
    return { on: keepAlive, delayMs: undefined };
  }
  checkNames(keepAlive, OPTIONS.keepAlive, "set keep-alive");
  const delayMs = hasOwn(keepAlive, "delayMs") ? keepAlive.delayMs : undefined;
  if (typeof delayMs !== "number") {
    throw new TypeError(
      `Cannot set keep-alive ${
        shown(keepAlive)
      }: give true, false or { delayMs }`,
    );
  }
  if (
    !Number.isInteger(delayMs) || delayMs < 1000 || delayMs > MAX_INT32 ||
    delayMs % 1000 !== 0
  ) {
    throw new RangeError(
      `Cannot set keep-alive with delayMs ${delayMs}: give whole seconds, 1000..${
        MAX_INT32 - MAX_INT32 % 1000
      }`,
    );
  }
  return { on: true, delayMs };
}

/** Whether the options give a path; otherwise they give a port. */
function isUnix<T extends { path?: string | undefined }>(
  options: T,
  to: string,
): options is T & { path: string } {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot ${to} ${shown(options)}: give { port } or { path }`,
    );
  }
  const { transport } = options as { transport?: unknown };
  const wanted = options.path === undefined ? "tcp" : "unix";
  if (transport !== undefined && transport !== wanted) {
    throw new TypeError(
      `Cannot ${to} ${wanted === "tcp" ? "a port" : "a path"} with transport ${
        shown(transport)
      }: give ${quoted(wanted)}, or none`,
    );
  }
  if (options.path === undefined) {
    for (const name of PATH_ONLY) {
      if ((options as Record<string, unknown>)[name] !== undefined) {
        throw new TypeError(
          `Cannot ${to} a port with ${name}: that is for paths; leave it out`,
        );
      }
    }
    return false;
  }
  for (const name of ["port", "hostname", ...TCP_ONLY]) {
    if ((options as Record<string, unknown>)[name] !== undefined) {
      throw new TypeError(
        `Cannot ${to} a path with ${name}: that is for TCP; leave out one of them`,
      );
    }
  }
  return true;
}

const PATH_ONLY = ["reclaim", "mode"];
const TCP_ONLY = ["reusePort", "ipv6Only", "noDelay", "keepAlive"];

/** Checks a port. @param lowest 0 if the kernel may choose one. */
export function checkPort(port: unknown, lowest: number, to: string): void {
  checkNumber(`${to} port`, port, { least: lowest, most: 65535 });
}

function checkPath(
  path: unknown,
  to: string,
  { maxPathBytes }: System,
): string {
  const refuse = (why: string) =>
    new TypeError(`Cannot ${to} path ${shown(path)}: ${why}`);
  if (typeof path !== "string" || path === "") {
    throw refuse("give a file's path");
  }
  if (path.includes("\0")) throw refuse("a path holds no NUL");
  const bytes = new TextEncoder().encode(path).byteLength;
  if (bytes > maxPathBytes) {
    throw refuse(
      `it has ${bytes} bytes, the system takes ${maxPathBytes}; give a shorter or a relative one`,
    );
  }
  return path;
}

/** Checks the permission bits of a file. */
function checkMode(mode: unknown, path: string): number | undefined {
  if (mode === undefined) return undefined;
  const remedy = "give permission bits, 0..0o777, such as 0o600";
  if (typeof mode !== "number") {
    throw new TypeError(
      `Cannot listen on ${shown(path)} with mode ${shown(mode)}: ${remedy}`,
    );
  }
  if (!Number.isInteger(mode) || mode < 0 || mode > ALL_MODE_BITS) {
    throw new RangeError(
      `Cannot listen on ${shown(path)} with mode ${mode}: ${remedy}`,
    );
  }
  return mode;
}

function checkBacklog(backlog: unknown = DEFAULT_BACKLOG): number {
  const range = { least: 0, most: MAX_INT32 };
  return Math.max(checkNumber("listen with backlog", backlog, range), 1);
}

/** Checks a boolean option, and applies its default. */
export function checkFlag(
  name: string,
  value: unknown,
  byDefault: boolean,
): boolean {
  if (value === undefined) return byDefault;
  if (typeof value === "boolean") return value;
  throw new TypeError(`Cannot use ${name} ${shown(value)}: give true or false`);
}
