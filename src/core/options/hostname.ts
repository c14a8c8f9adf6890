/**
 * Parses the hostnames that callers give: checks them before anything is opened, and
 * distinguishes IP literals from names.
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

/** RFC 1123 labels, and the underscore of service names and many hosts. */
const NAME =
  /^(?:[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?\.)*[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?\.?$/i;
/** An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), in hexadecimal notation. */
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;
/** A name that resolvers read as an IPv4 address in a legacy notation. */
const NUMERIC_END = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i;

/**
 * Parses a hostname as an IP literal or a name.
 *
 * @param purpose `"listen on"` or `"connect to"`, for the error.
 * @throws {TypeError} neither of them, or an address in a notation that only some
 *   resolvers accept ("127.1", "010.0.0.1"): its meaning would be ambiguous
 */
export function parseHostname(hostname: unknown, purpose: string): Host {
  if (typeof hostname === "string") {
    const bare = hostname.startsWith("[") && hostname.endsWith("]")
      ? hostname.slice(1, -1)
      : hostname;
    // The most common form comes first. It needs no regular expressions, which have to
    // be compiled.
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
 * Returns the loopback address that the kernel uses in place of an unspecified one
 * (`ip(7)`). It is then the address of the peer.
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

/** Whether a text is an IPv4 address in dotted decimals, without leading zeros. */
export function isIPv4(text: string): boolean {
  const octets = text.split(".", 5);
  return octets.length === 4 && octets.every(isOctet);
}

function isOctet(text: string): boolean {
  const number = Number(text);
  // Compared with its canonical form, from which "07" and "1e-7" differ.
  return number >= 0 && number <= 255 && String(number | 0) === text;
}

/**
 * Whether a text is an IPv6 address (RFC 4291 §2.2), with an optional zone index or
 * name (RFC 4007 §11).
 */
export function isIPv6(text: string): boolean {
  const [address, zone, ...more] = text.split("%");
  if (more.length > 0 || (zone !== undefined && !/^[\w.-]+$/.test(zone))) {
    return false;
  }
  return /^[\da-f:.]*:[\da-f:.]*$/i.test(address) &&
    URL.canParse(`http://[${address}]/`);
}

/** Formats an IPv6 address as in RFC 5952, so that texts can be compared. */
export function canonicalIPv6(text: string): string {
  const [address, zone] = text.split("%");
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1)
    .replace(MAPPED, (_, high, low) => `::ffff:${dotted(high)}.${dotted(low)}`);
  return zone === undefined ? short : `${short}%${zone}`;
}

/** Formats 16 bits of an embedded IPv4 address in dotted decimals (RFC 5952 §5). */
function dotted(hex: string): string {
  const half = parseInt(hex, 16);
  return `${half >> 8}.${half & 255}`;
}

function toAscii(name: string): string | undefined {
  let ascii = name;
  // deno-lint-ignore no-control-regex
  if (/[^\x00-\x7f]/.test(name)) {
    // These characters cannot be part of the host in a URL.
    if (/[\s/:?#@\\[\]%]/.test(name)) return undefined;
    if (!URL.canParse(`http://${name}/`)) return undefined;
    ascii = new URL(`http://${name}/`).hostname;
  }
  const fits = ascii.replace(/\.$/, "").length <= 253;
  return fits && NAME.test(ascii) && !NUMERIC_END.test(ascii)
    ? ascii
    : undefined;
}
