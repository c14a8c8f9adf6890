/**
 * Checks the zones of link-local addresses, which identify interfaces.
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

/**
 * Returns the machine's interfaces; none without the permission to list them. Deno does
 * not prompt for it here.
 */
export function interfaces(): readonly InterfaceAddress[] {
  const { state } = Deno.permissions.querySync({
    name: "sys",
    kind: "networkInterfaces",
  });
  return state === "granted" ? Deno.networkInterfaces() : [];
}

/**
 * Checks that the zone of a literal is an interface, if the permissions allow it.
 * Without the check, connecting fails with ENETUNREACH, and sending fails without a
 * code.
 *
 * @throws {SocketError} ENODEV, there is no such interface
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
 * Replaces ENOTFOUND for a literal with a zone by ENODEV. Deno passes zones to the
 * resolver, which reports an unknown zone as an unknown name.
 */
export function zoneError(error: Error, literal: string): Error {
  if (!(error instanceof SocketError)) return error;
  const { code, operation, address, cause } = error;
  return code === "ENOTFOUND" && zoneOf(literal) !== undefined
    ? socketError("ENODEV", operation, address, { cause })
    : error;
}
