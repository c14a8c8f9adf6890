/**
 * Blocks of IP addresses, for the `allow` and `deny` lists.
 *
 * Each block has one notation. Notations that programs interpret differently are
 * rejected: a list with another meaning than intended would admit unwanted addresses.
 *
 * @module
 */
import { isIPv4, isIPv6 } from "../core/options/hostname.ts";
import { shown } from "../core/shown.ts";

/** An address as an integer. */
interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

/** The number of bits of an address. */
const WIDTH = { 4: 32, 6: 128 } as const;

/** The IPv4-mapped form of a peer's address on an IPv6 socket: ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
const MAPPED_PREFIX_BITS = 96;
const MAPPED_PREFIX = 0xffffn;

/** Link-local addresses, valid on one link only: fe80::/10 (RFC 4291 §2.5.6). */
const LINK_LOCAL_BITS = 10;
const LINK_LOCAL = 0xfe80n >> 6n;

const PREFIX = /^(?:0|[1-9]\d{0,2})$/;

/** A set of address blocks. */
export class AddressBlocks {
  /**
   * The prefixes, by their length: a lookup costs one test per length in use, however
   * many blocks there are.
   */
  readonly #blocks = {
    4: new Map<number, Set<bigint>>(),
    6: new Map<number, Set<bigint>>(),
  };

  /**
   * @param blocks `"192.0.2.1"`, `"10.0.0.0/8"`, `"2001:db8::/32"` (RFC 4632, RFC 4291 §2.3)
   * @param option The option's name, for the error.
   * @throws {TypeError} an element is not an address or block
   */
  constructor(blocks: readonly string[], option: string) {
    if (!Array.isArray(blocks)) {
      throw new TypeError(
        `Cannot use ${option} ${
          shown(blocks)
        }: give an array of addresses and CIDR blocks`,
      );
    }
    for (const block of blocks) {
      const { address: { family, bits }, length } = parseBlock(block, option);
      const ofLength = this.#blocks[family];
      const known = ofLength.get(length) ?? new Set();
      ofLength.set(length, known.add(bits >> restOf(family, length)));
    }
  }

  /** Whether an address reported by a runtime is in one of the blocks. */
  has(hostname: string): boolean {
    const address = parsePeer(hostname);
    if (address === undefined) return false;
    const { family, bits } = address;
    for (const [length, known] of this.#blocks[family]) {
      if (known.has(bits >> restOf(family, length))) return true;
    }
    return false;
  }
}

/**
 * Returns the host that an address counts for: the same for every notation of an IPv4
 * address, and for IPv6 addresses that share a prefix. A link-local address, with its
 * zone, is a host of its own, because all machines of a link share the prefix.
 *
 * @param prefixLength The prefix length of IPv6 addresses, in bits.
 */
export function hostOf(hostname: string, prefixLength: number): string {
  if (!hostname.includes(":")) return hostname;
  const address = parsePeer(hostname);
  if (address === undefined) return hostname;
  const { family, bits } = address;
  if (family === 4) return textOf(address);
  if (bits >> restOf(6, LINK_LOCAL_BITS) === LINK_LOCAL) return hostname;
  return `${bits >> restOf(6, prefixLength)}/${prefixLength}`;
}

/** Parses a peer's address without its zone, which names the local interface. */
function parsePeer(hostname: string): Address | undefined {
  const address = parseAddress(hostname.split("%")[0]);
  return address === undefined ? undefined : unmapped(address);
}

function unmapped(address: Address): Address {
  const { family, bits } = address;
  return family === 6 && bits >> 32n === MAPPED_PREFIX
    ? { family: 4, bits: bits & 0xffff_ffffn }
    : address;
}

function parseBlock(
  block: unknown,
  option: string,
): { address: Address; length: number } {
  const refuse = (why: string) =>
    new TypeError(
      `Cannot use ${option} ${shown(block)}: ${why}`,
    );
  if (typeof block !== "string") throw refuse("give addresses and CIDR blocks");
  const [text, prefix, ...more] = block.split("/");
  const given = parseAddress(text);
  if (given === undefined || more.length > 0) {
    throw refuse(
      'give an IPv4 or IPv6 address without brackets and zone, or a block such as "10.0.0.0/8"',
    );
  }
  const width = WIDTH[given.family];
  if (
    prefix !== undefined && !(PREFIX.test(prefix) && Number(prefix) <= width)
  ) {
    throw refuse(`give a prefix of 0..${width} bits`);
  }
  const wanted = prefix === undefined ? width : Number(prefix);
  const address = unmapped(given);
  const mapped = address !== given;
  if (mapped && wanted < MAPPED_PREFIX_BITS) {
    throw refuse("it has IPv4 and IPv6 addresses; give a block of each");
  }
  const length = mapped ? wanted - MAPPED_PREFIX_BITS : wanted;
  const rest = restOf(address.family, length);
  const first = { ...address, bits: address.bits >> rest << rest };
  if (first.bits !== address.bits) {
    throw refuse(
      `it has bits beyond its prefix; give "${textOf(first)}/${length}"`,
    );
  }
  return { address, length };
}

/** Parses an address; `undefined` if it is invalid, or not in its only notation. */
function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, bits: bitsOf(text.split("."), 8n, 10) };
  if (text.includes("%") || !isIPv6(text)) return undefined;
  const plain = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head, tail] = plain.split("::")
    .map((groups) => groups === "" ? [] : groups.split(":"));
  const zeros = tail === undefined
    ? []
    : Array<string>(8 - head.length - tail.length).fill("0");
  return {
    family: 6,
    bits: bitsOf([...head, ...zeros, ...tail ?? []], 16n, 16),
  };
}

function bitsOf(parts: string[], width: bigint, radix: number): bigint {
  return parts.reduce(
    (bits, part) => bits << width | BigInt(Number.parseInt(part, radix)),
    0n,
  );
}

function textOf({ family, bits }: Address): string {
  const part = (width: number, at: number) =>
    Number(bits >> BigInt(width * at) & (1n << BigInt(width)) - 1n);
  if (family === 4) return [3, 2, 1, 0].map((at) => part(8, at)).join(".");
  const groups = [7, 6, 5, 4, 3, 2, 1, 0]
    .map((at) => part(16, at).toString(16));
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

/** The number of bits after a prefix. */
function restOf(family: 4 | 6, length: number): bigint {
  return BigInt(WIDTH[family] - length);
}
