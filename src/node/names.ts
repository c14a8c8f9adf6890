/**
 * Names of hosts and of zones, which the system knows.
 *
 * Its modules are loaded when first needed; most addresses are literals.
 *
 * @module
 */
import { withZone, zoneOf } from "../core/addr.ts";
import type { Candidate } from "../core/connecting.ts";
import type { Operation } from "../errors.ts";
import type { NetAddr } from "../types.ts";
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

/** Whether an address has a zone that is told by its number. */
export function hasNumericZone(address: string): boolean {
  const zone = zoneOf(address);
  return zone !== undefined && /^\d+$/.test(zone);
}

/** Node knows zones by their names only, where other runtimes know their numbers too. */
export async function withNamedZone(address: string): Promise<string> {
  const { networkInterfaces } = await import("node:os");
  const zone = Number(zoneOf(address));
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const found = addresses!.some((known) =>
      known.family === "IPv6" && known.scopeid === zone
    );
    if (found) return withZone(address, `%${name}`);
  }
  return address;
}
