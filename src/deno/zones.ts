/**
 * The zones of link-local addresses, which are interfaces.
 *
 * @module
 */
import { type InterfaceAddress, interfaceOf, zoneOf } from "../core/addr.ts";
import { socketError } from "../errno.ts";
import { type Operation, SocketError } from "../errors.ts";
import type { NetAddr } from "../types.ts";

/** None where Deno would have to ask for a permission. */
export function interfaces(): readonly InterfaceAddress[] {
  const { state } = Deno.permissions.querySync({
    name: "sys",
    kind: "networkInterfaces",
  });
  return state === "granted" ? Deno.networkInterfaces() : [];
}

/**
 * Checks that a zone is an interface, where that can be known: to connect by one that
 * is none fails as if the network could not be reached.
 *
 * @throws {SocketError} ENODEV, it is none
 */
export function checkZone(
  literal: string,
  operation: Operation,
  asked: NetAddr,
): void {
  const zone = zoneOf(literal);
  if (zone === undefined) return;
  const known = interfaces();
  if (known.length > 0 && interfaceOf(zone, known) === undefined) {
    throw socketError("ENODEV", operation, asked);
  }
}

/** The error for one of a literal, of which a resolver does not know the zone. */
export function withoutZone(error: Error, literal: string): Error {
  if (!(error instanceof SocketError)) return error;
  const { code, operation, address, cause } = error;
  return code === "ENOTFOUND" && zoneOf(literal) !== undefined
    ? socketError("ENODEV", operation, address, { cause })
    : error;
}
