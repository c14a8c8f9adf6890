/**
 * The zones of link-local addresses, which are interfaces.
 *
 * @module
 */
import {
  type InterfaceAddress,
  interfaceOf,
  zoneOf,
} from "../../core/options/addr.ts";
import { socketError } from "../../core/errno.ts";
import { type Operation, SocketError } from "../../api/errors.ts";
import type { NetAddr } from "../../api/stream.ts";

/** The machine's interfaces; none without the permission to list them, which is not asked for. */
export function interfaces(): readonly InterfaceAddress[] {
  const { state } = Deno.permissions.querySync({
    name: "sys",
    kind: "networkInterfaces",
  });
  return state === "granted" ? Deno.networkInterfaces() : [];
}

/**
 * Checks that the zone of a literal is an interface, as far as the permissions allow. With
 * another one, connecting fails with ENETUNREACH, and sending with no code at all.
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

/**
 * Replaces an error about the zone of a literal: Deno leaves zones to the resolver, which
 * says of an unknown one that the name does not resolve.
 */
export function zoneError(error: Error, literal: string): Error {
  if (!(error instanceof SocketError)) return error;
  const { code, operation, address, cause } = error;
  return code === "ENOTFOUND" && zoneOf(literal) !== undefined
    ? socketError("ENODEV", operation, address, { cause })
    : error;
}
