/**
 * Addresses as the runtimes tell them, made the same.
 *
 * @module
 */

/**
 * An address as the runtime tells it, with the zone as it was asked for: some
 * leave it out, some know it by another name. One can connect to it again.
 */
export function withZone(told: string, asked: string): string {
  const zone = zoneOf(asked);
  return zone === undefined ? told : `${told.split("%")[0]}%${zone}`;
}

/** What comes after the `%` of an IPv6 address (RFC 4007 §11). */
export function zoneOf(address: string): string | undefined {
  return address.split("%")[1];
}

/**
 * Whether every connection that is accepted there has this very address at this
 * end, so that nobody needs to be asked for it. Not so where the address stands
 * for several, or may be written in several ways.
 */
export function isExact(hostname: string): boolean {
  return hostname !== "0.0.0.0" && !hostname.includes(":");
}
