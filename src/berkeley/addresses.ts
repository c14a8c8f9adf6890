/**
 * Socket addresses of one address family: types, checks and defaults.
 *
 * @module
 */
import { checkNumber } from "../core/options/check_number.ts";
import { parseHostname } from "../core/options/hostname.ts";
import { checkNames, OPTIONS } from "../core/options/option_names.ts";
import { ownOptions } from "../core/options/own_options.ts";
import { socketError } from "../core/errno.ts";
import type { Operation } from "../api/errors.ts";
import { shown } from "../core/shown.ts";
import type { Addr, NetAddr, UnixAddr } from "../api/stream.ts";
import { AF_INET, AF_INET6, AF_UNIX, type Family } from "./constants.ts";
import { servicePort } from "./services.ts";

/** The address of an AF_INET or AF_INET6 socket. */
export interface InetSocketAddress {
  /** An IP literal of the family, or a name. Defaults to every address of this machine. */
  hostname?: string | undefined;
  /** 0..65535, or the name of a service, such as `"http"`. */
  port: number | string;
}

/** The address of an AF_UNIX socket. */
export interface UnixSocketAddress {
  /** The path of the socket's file. */
  path: string;
}

/** The address to bind, connect or send to. */
export type SocketAddress = InetSocketAddress | UnixSocketAddress;

/** The transport of an AF_INET or AF_INET6 socket. */
type InetTransport = NetAddr["transport"];

/** The default address of a family: any address, with port 0 or no path. */
export function anyAddress(family: Family, transport: InetTransport): Addr {
  if (family === AF_UNIX) return { transport: "unix", path: "" };
  const hostname = family === AF_INET ? "0.0.0.0" : "::";
  return { transport, hostname, port: 0 };
}

/**
 * Checks an address and fills in its defaults.
 *
 * @param transport Ignored for AF_UNIX.
 * @throws {SocketError} EAFNOSUPPORT, an address of another family; EINVAL, not an address
 * @throws {TypeError | RangeError} the port is invalid
 * @throws {errors.NotFound} ENOENT, no such service
 */
export async function completed(
  given: SocketAddress,
  family: Family,
  operation: Operation,
  transport: InetTransport,
): Promise<Addr> {
  const address = ownOptions(given);
  if (typeof address !== "object" || address === null) {
    throw new TypeError(
      `Cannot ${operation} to ${
        shown(address)
      }: give { hostname, port } or { path }`,
    );
  }
  checkNames(given, OPTIONS.target, operation);
  const hasPath = "path" in address && address.path !== undefined;
  if (hasPath !== (family === AF_UNIX)) {
    throw socketError("EAFNOSUPPORT", operation, undefined, {
      reason: family === AF_UNIX
        ? "an AF_UNIX socket takes { path }"
        : "this socket takes { hostname, port }",
    });
  }
  return hasPath
    ? unixAddress(address as UnixSocketAddress)
    : await inetAddress(
      address as InetSocketAddress,
      family,
      operation,
      transport,
    );
}

function unixAddress({ path }: UnixSocketAddress): UnixAddr {
  if (typeof path !== "string") {
    throw new TypeError(`Cannot take ${shown(path)} for a path: give a string`);
  }
  return { transport: "unix", path };
}

async function inetAddress(
  { hostname, port }: InetSocketAddress,
  family: Family,
  operation: Operation,
  transport: InetTransport,
): Promise<NetAddr> {
  const any = anyAddress(family, transport) as NetAddr;
  const asked: NetAddr = {
    transport,
    hostname: hostname ?? any.hostname,
    port: await portOf(port, transport),
  };
  let literal: 0 | 4 | 6;
  try {
    literal = parseHostname(asked.hostname, `${operation} to`).family;
  } catch (cause) {
    // A value that is not a string is a TypeError, not EINVAL.
    if (typeof asked.hostname !== "string") throw cause;
    throw socketError("EINVAL", operation, asked, {
      cause,
      reason: "it is no address, and no name",
    });
  }
  if (literal !== 0 && (literal === 6) !== (family === AF_INET6)) {
    throw wrongFamily(operation, asked);
  }
  return asked;
}

/** The error for an address of the other family, possibly one that a name resolved to. */
export function wrongFamily(operation: Operation, address: Addr): Error {
  return socketError("EAFNOSUPPORT", operation, address, {
    reason: "it is of another address family than the socket",
  });
}

/** Whether an address is of a family. */
export function isOf(address: Addr, family: Family): boolean {
  if (address.transport === "unix") return family === AF_UNIX;
  return address.hostname.includes(":")
    ? family === AF_INET6
    : family === AF_INET;
}

async function portOf(
  port: number | string,
  transport: InetTransport,
): Promise<number> {
  if (typeof port === "string") return await servicePort(port, transport);
  if (typeof port !== "number") {
    throw new TypeError(
      `Cannot take ${
        shown(port)
      } for a port: give a number, 0..65535, or a service's name`,
    );
  }
  return checkNumber("take port", port, { least: 0, most: 65535 });
}
