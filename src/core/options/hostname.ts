/**
 * Hostnames as callers write them: IP literals and names, told apart and
 * checked before anything is opened.
 *
 * @module
 */

import { shown } from "../shown.ts";

/** A checked hostname. */
export interface Host {
  /** Without brackets; a name in its ASCII form. */
  readonly name: string;
  /** 4 or 6 for an IP literal, 0 for a name. */
  readonly family: 0 | 4 | 6;
}

/** RFC 1123 labels, and the underscore that service names and many hosts have. */
const NAME =
  /^(?:[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?\.)*[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?\.?$/i;
/** An IPv4 address as IPv6 has it (RFC 4291 §2.5.5.2), in one of its notations. */
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;
/** What resolvers take for an IPv4 address in one of its old notations. */
const NUMERIC_END = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i;

/**
 * Tells IP literals from names.
 *
 * @param purpose `"listen on"` or `"connect to"`, for the error.
 * @throws {TypeError} it is neither. So is an address in a notation that only
 *   some resolvers read ("127.1", "010.0.0.1"): one text, one address.
 */
export function parseHostname(hostname: unknown, purpose: string): Host {
  if (typeof hostname === "string") {
    const bare = hostname.startsWith("[") && hostname.endsWith("]")
      ? hostname.slice(1, -1)
      : hostname;
    // First what most are, and what takes no regular expressions to find out: those
    // have to be compiled.
    if (isIPv4(hostname)) return { name: hostname, family: 4 };
    if (isIPv6(bare)) return { name: canonicalIPv6(bare), family: 6 };
    if (bare === hostname) {
      const name = toAscii(hostname);
      if (name !== undefined) return { name, family: 0 };
    }
  }
  throw new TypeError(
    `Cannot ${purpose} hostname ${
      shown(hostname)
    }: give an IPv4 or IPv6 literal, or a name`,
  );
}

/**
 * What the system sends to in place of an unspecified address (`ip(7)`): a loopback
 * address, which the peer then has.
 */
export function reachable(host: Host): Host {
  switch (host.name) {
    case "0.0.0.0":
      return { name: "127.0.0.1", family: 4 };
    case "::":
      return { name: "::1", family: 6 };
    case "::ffff:0.0.0.0":
      return { name: "::ffff:127.0.0.1", family: 6 };
    default:
      return host;
  }
}

/** Whether it is an IPv4 address in dotted decimals, none with a leading zero. */
export function isIPv4(text: string): boolean {
  const octets = text.split(".", 5);
  return octets.length === 4 && octets.every(isOctet);
}

function isOctet(text: string): boolean {
  const number = Number(text);
  // Written again: neither "07" nor "1e-7" comes out as it went in.
  return number >= 0 && number <= 255 && String(number | 0) === text;
}

/** RFC 4291 §2.2, with a zone index or name as RFC 4007 §11 writes it. */
export function isIPv6(text: string): boolean {
  const [address, zone, ...more] = text.split("%");
  if (more.length > 0 || (zone !== undefined && !/^[\w.-]+$/.test(zone))) {
    return false;
  }
  return /^[\da-f:.]*:[\da-f:.]*$/i.test(address) &&
    URL.canParse(`http://[${address}]/`);
}

/** As RFC 5952 has it, so that texts can be compared. */
export function canonicalIPv6(text: string): string {
  const [address, zone] = text.split("%");
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1)
    .replace(MAPPED, (_, high, low) => `::ffff:${dotted(high)}.${dotted(low)}`);
  return zone === undefined ? short : `${short}%${zone}`;
}

/** Half of an IPv4 address in an IPv6 one (RFC 5952 §5). */
function dotted(hex: string): string {
  const half = parseInt(hex, 16);
  return `${half >> 8}.${half & 255}`;
}

function toAscii(name: string): string | undefined {
  let ascii = name;
  // deno-lint-ignore no-control-regex
  if (/[^\x00-\x7f]/.test(name)) {
    // What a URL would not take for a part of its host is not one.
    if (/[\s/:?#@\\[\]%]/.test(name)) return undefined;
    if (!URL.canParse(`http://${name}/`)) return undefined;
    ascii = new URL(`http://${name}/`).hostname;
  }
  const fits = ascii.replace(/\.$/, "").length <= 253;
  return fits && NAME.test(ascii) && !NUMERIC_END.test(ascii)
    ? ascii
    : undefined;
}
