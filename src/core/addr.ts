/**
 * Addresses as the runtimes tell them, made the same.
 *
 * @module
 */

/**
 * The zone of an IPv6 address as it was asked for, where the runtime leaves
 * it out: an address that one can connect to again.
 */
export function withZone(told: string, asked: string): string {
  const at = asked.indexOf("%");
  return at < 0 || told.includes("%") ? told : told + asked.slice(at);
}
