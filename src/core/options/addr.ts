/**
 * Spelling of IP addresses, the same on every runtime. IPv6 follows RFC 5952. Only
 * link-local addresses have a zone (RFC 4007), spelled as the caller has given it.
 *
 * @module
 */
import { canonicalIPv6 } from "./hostname.ts";

/**
 * Link-local addresses: fe80::/10 (RFC 4291 §2.5.6), and multicast addresses of the
 * scopes 1 and 2 (§2.7). Without a zone they are ambiguous.
 */
const LINK_LOCAL = /^(?:fe[89ab][\da-f]|ff[\da-f][12]):/i;

/** Whether an address, with a zone or without, is of link-local scope. */
export function isLinkLocal(address: string): boolean {
  return LINK_LOCAL.test(address);
}

/** Returns the zone: the part after the `%` of an IPv6 address (RFC 4007 §11). */
export function zoneOf(address: string): string | undefined {
  return address.split("%")[1];
}

/**
 * Returns a literal as the kernel accepts it. The zone of an address that is not
 * link-local is removed: the kernel ignores it, and Deno and Bun do not accept its name
 * there (seen with 2.9, 1.4).
 */
export function systemAddress(literal: string): string {
  const zoneAt = literal.indexOf("%");
  return zoneAt === -1 || isLinkLocal(literal)
    ? literal
    : literal.slice(0, zoneAt);
}

/**
 * Spells an address that a runtime reports.
 *
 * Runtimes omit the zone of a link-local address, or report the interface's name. With
 * the zone that the caller gave, the address can be connected to again.
 *
 * @param told The runtime's spelling.
 * @param asked An address on the same link, with or without a zone; or `%` and a zone.
 */
export function withZone(told: string, asked: string): string {
  // Most addresses are IPv4.
  if (!told.includes(":")) return told;
  const [address, toldZone] = told.split("%");
  if (!isLinkLocal(address)) return spelled(address);
  const zone = zoneOf(asked) ?? toldZone;
  return zone === undefined ? address : `${address}%${zone}`;
}

/**
 * Spells an address of `::/96`, whose last 32 bits systems write in dotted decimals.
 * RFC 5952 §5 does so only for prefixes known to embed IPv4, which is `::ffff:0:0/96`.
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

/** Returns the interface of a zone, which is its name or its number. */
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
 * Spells the two addresses of an accepted connection, for a runtime that omits zones.
 *
 * @param bound The address that the listener is bound to.
 * @param interfaces Called only if a zone is missing and `bound` has none.
 * @returns The local and the remote address.
 */
export function spelledEnds(
  local: string,
  remote: string,
  bound: string,
  interfaces: () => readonly InterfaceAddress[],
): readonly [local: string, remote: string] {
  let near = bound;
  // A listener on every address accepts connections from every link.
  if (isLinkLocal(local) && zoneOf(bound) === undefined) {
    const zone = zoneAmong(interfaces(), local);
    if (zone !== undefined) near = `%${zone}`;
  }
  return [withZone(local, near), withZone(remote, near)];
}

/** Returns the interface of a link-local address; `undefined` if several have it. */
function zoneAmong(
  interfaces: readonly InterfaceAddress[],
  address: string,
): string | undefined {
  const found = interfaces.filter((one) => one.address === address);
  return found.length === 1 ? found[0].name : undefined;
}

/**
 * Whether every connection that is accepted on `hostname` has it as its local address,
 * so that no query of the kernel is needed. False for an unspecified address, and for
 * one with several spellings.
 */
export function isExact(hostname: string): boolean {
  return hostname !== "0.0.0.0" && !hostname.includes(":");
}
