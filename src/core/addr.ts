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
