/**
 * Resolves host names, and the zones of link-local addresses.
 *
 * The `node:` modules load on first use, because most addresses are literals.
 *
 * @module
 */
import {
  interfaceOf,
  isLinkLocal,
  withZone,
  zoneOf,
} from "../../core/options/addr.ts";
import type { Candidate } from "../../core/wait/connect_race.ts";
import { socketError } from "../../core/errno.ts";
import type { Operation } from "../../api/errors.ts";
import type { NetAddr } from "../../api/stream.ts";
import { translate } from "./errors.ts";

/** Returns the addresses of a name. */
export async function resolveName(
  name: string,
  operation: Operation,
  address: NetAddr,
): Promise<Candidate[]> {
  const { lookup } = await import("node:dns/promises");
  try {
    return await lookup(name, { all: true, verbatim: true });
  } catch (error) {
    throw translate(error, operation, address);
  }
}

/** Whether an address has a zone, which must be looked up before the address is used. */
export function hasZone(address: string): boolean {
  return zoneOf(address) !== undefined;
}

/**
 * Whether Linux refuses to connect to a link-local address, because it has no zone.
 * Newer versions of Node (seen with 24) add the first zone that they find.
 */
export function lacksZone(address: string): boolean {
  return process.platform === "linux" && isLinkLocal(address) &&
    !hasZone(address);
}

/**
 * Returns an address with its zone as libuv accepts it: the interface's name, or its
 * number on Windows.
 *
 * Node and Bun ignore a zone that is no interface, and then connect on any link.
 *
 * @param asked An address with a zone.
 * @throws {SocketError} ENODEV, there is no such interface
 */
export async function withNamedZone(
  asked: string,
  operation: Operation,
  address: NetAddr,
): Promise<string> {
  const { networkInterfaces } = await import("node:os");
  const zone = zoneOf(asked)!;
  const known = Object.entries(networkInterfaces()).flatMap((
    [name, addresses],
  ) => addresses!.map((one) => ({ ...one, name })));
  const name = interfaceOf(zone, known) ?? await interfaceOfLinux(zone);
  if (name === undefined) {
    throw socketError("ENODEV", operation, address);
  }
  const number = process.platform === "win32"
    ? known.find((one) => one.name === name && one.scopeid)?.scopeid
    : undefined;
  return withZone(asked, `%${number ?? name}`);
}

/** The directory of interfaces on Linux, including those without a link-local address. */
const INTERFACES = "/sys/class/net";

async function interfaceOfLinux(zone: string): Promise<string | undefined> {
  const { readdir, readFile } = await import("node:fs/promises");
  // Other systems have no such directory.
  for (const name of await readdir(INTERFACES).catch(() => [])) {
    const index = await readFile(`${INTERFACES}/${name}/ifindex`, "utf8")
      .catch(() => "");
    if (name === zone || index.trim() === zone) return name;
  }
  return undefined;
}
