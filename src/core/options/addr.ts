/**
 * IP addresses, spelled the same on every runtime: IPv6 as in RFC 5952, with a zone only where
 * an address has one (RFC 4007), and that as the caller has spelled it.
 *
 * @module
 */
import { canonicalIPv6 } from "./hostname.ts";

/**
 * Addresses of link-local scope: fe80::/10 (RFC 4291 §2.5.6), and multicast addresses of
 * the scopes 1 and 2 (§2.7). They identify nothing without their zone.
 */
const LINK_LOCAL = /^(?:fe[89ab][\da-f]|ff[\da-f][12]):/i;

/** Whether an address, with a zone or without, is of link-local scope. */
export function isLinkLocal(address: string): boolean {
  return LINK_LOCAL.test(address);
}

/** What comes after the `%` of an IPv6 address (RFC 4007 §11). */
export function zoneOf(address: string): string | undefined {
  return address.split("%")[1];
}

/**
 * A literal as the system is given it. An address that is not link-local has no zone: the
 * system ignores it, and Deno and Bun do not take its name there (seen with 2.9, 1.4).
 */
export function systemAddress(literal: string): string {
  const zoneAt = literal.indexOf("%");
  return zoneAt === -1 || isLinkLocal(literal)
    ? literal
    : literal.slice(0, zoneAt);
}

/**
 * Spells an address of a runtime.
 *
 * Runtimes leave out the zone of a link-local address, or name its interface. With the
 * zone that was asked for, one can connect to it again.
 *
 * @param told As the runtime spells it.
 * @param asked An address on the same link, with or without a zone; or `%` and a zone.
 */
export function withZone(told: string, asked: string): string {
  // Most are IPv4.
  if (!told.includes(":")) return told;
  const [address, toldZone] = told.split("%");
  if (!isLinkLocal(address)) return spelled(address);
  const zone = zoneOf(asked) ?? toldZone;
  return zone === undefined ? address : `${address}%${zone}`;
}

/**
 * Systems write the last 32 bits of `::/96` in dotted decimals. RFC 5952 §5 does so for
 * prefixes that are known to have IPv4 addresses, which is only `::ffff:0:0/96`.
 */
function spelled(address: string): string {
  return address.startsWith("::") && address.includes(".") &&
      !address.startsWith("::ffff:")
    ? canonicalIPv6(address)
    : address;
}

/** An address of an interface. */
export interface InterfaceAddress {
  /** The interface, which is the zone of its link-local addresses. */
  readonly name: string;
  readonly address: string;
  /** The interface's number; 0 or none for an address that is not link-local. */
  readonly scopeid?: number | null | undefined;
}

/** The interface that is a zone, told by its name or its number. */
export function interfaceOf(
  zone: string,
  interfaces: readonly InterfaceAddress[],
): string | undefined {
  const number = /^\d+$/.test(zone) ? Number(zone) : NaN;
  return interfaces.find(({ name, scopeid }) =>
    name === zone || scopeid === number
  )?.name;
}

/**
 * Spells the two addresses of an accepted connection, of a runtime that leaves out zones.
 *
 * @param bound What the listener is bound to.
 * @param interfaces Called only where a zone is missing, and `bound` has none.
 * @returns The local and the remote one.
 */
export function spelledEnds(
  local: string,
  remote: string,
  bound: string,
  interfaces: () => readonly InterfaceAddress[],
): readonly [local: string, remote: string] {
  let near = bound;
  // A listener on every address accepts from every link.
  if (isLinkLocal(local) && zoneOf(bound) === undefined) {
    const zone = zoneAmong(interfaces(), local);
    if (zone !== undefined) near = `%${zone}`;
  }
  return [withZone(local, near), withZone(remote, near)];
}

/** The interface of a link-local address; `undefined` where several have it. */
function zoneAmong(
  interfaces: readonly InterfaceAddress[],
  address: string,
): string | undefined {
  const found = interfaces.filter((one) => one.address === address);
  return found.length === 1 ? found[0].name : undefined;
}

/**
 * Whether every connection that is accepted there has this very address at this
 * end, so that the system need not be asked for it. Not so where the address stands
 * for several, or may be written in several ways.
 */
export function isExact(hostname: string): boolean {
  return hostname !== "0.0.0.0" && !hostname.includes(":");
}
