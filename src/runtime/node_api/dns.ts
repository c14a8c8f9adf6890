/**
 * Names of hosts and of zones, which the system knows.
 *
 * Its modules are loaded when first needed; most addresses are literals.
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

/** The addresses of a name. */
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

/** Whether an address has a zone, which is to be looked up before the address is used. */
export function hasZone(address: string): boolean {
  return zoneOf(address) !== undefined;
}

/**
 * Whether Linux refuses to connect to an address, which has no zone. Newer versions of Node,
 * seen with 24, give it the first zone that they find.
 */
export function lacksZone(address: string): boolean {
  return process.platform === "linux" && isLinkLocal(address) &&
    !hasZone(address);
}

/**
 * An address with its zone as libuv takes it: by its name, on Windows by its number.
 *
 * Node and Bun ignore a zone that is no interface, and then connect on any link.
 *
 * @param asked Has a zone.
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

/** Where Linux tells of interfaces, also of those without a link-local address. */
const INTERFACES = "/sys/class/net";

async function interfaceOfLinux(zone: string): Promise<string | undefined> {
  const { readdir, readFile } = await import("node:fs/promises");
  // None where there is no such folder.
  for (const name of await readdir(INTERFACES).catch(() => [])) {
    const index = await readFile(`${INTERFACES}/${name}/ifindex`, "utf8")
      .catch(() => "");
    if (name === zone || index.trim() === zone) return name;
  }
  return undefined;
}
