/**
 * The names in a certificate (RFC 5280 §4.2.1.6), and how they match a host (RFC 9525).
 *
 * They are read from the DER. As text, a name that contains a comma looks like two
 * names (CVE-2021-44532).
 *
 * @module
 */
import type { Host } from "../options/hostname.ts";
import { contextTag, DerError, type DerReader, TAG } from "./der.ts";

/** A name of a certificate. */
export interface GeneralName {
  readonly kind: "dns" | "ip" | "email" | "uri" | "directory" | "other";
  /** The value: text in ASCII, an address of 4 or 16 bytes, or DER. */
  readonly bytes: Uint8Array;
}

/** Kinds by tag; the tag of a constructed type has the constructed bit. */
const KINDS: ReadonlyMap<number, GeneralName["kind"]> = new Map([
  [contextTag(0, true), "other"],
  [contextTag(1, false), "email"],
  [contextTag(2, false), "dns"],
  [contextTag(3, true), "other"],
  [contextTag(4, true), "directory"],
  [contextTag(5, true), "other"],
  [contextTag(6, false), "uri"],
  [contextTag(7, false), "ip"],
  [contextTag(8, false), "other"],
]);

/** Reads GeneralNames. */
export function readNames(value: DerReader): GeneralName[] {
  const list = value.read(TAG.sequence);
  const names: GeneralName[] = [];
  do {
    const name = readName(list);
    const { length } = name.bytes;
    if (name.kind === "ip" && length !== 4 && length !== 16) {
      throw new DerError(`an IP address among its names has ${length} bytes`);
    }
    names.push(name);
  } while (!list.done);
  return names;
}

/** Reads a GeneralName. */
export function readName(list: DerReader): GeneralName {
  const kind = KINDS.get(list.tag);
  if (kind === undefined) throw new DerError("a name is of no known kind");
  const contents = list.any();
  const bytes = contents.rest;
  const isText = kind === "dns" || kind === "email" || kind === "uri";
  if (isText && bytes.some((byte) => byte >= 0x80)) {
    throw new DerError("a name among its names is not in ASCII");
  }
  if (kind === "directory") {
    // A CHOICE is tagged explicitly.
    const inner = contents.whole(TAG.sequence);
    contents.end();
    return { kind, bytes: inner };
  }
  return { kind, bytes };
}

/** Returns the text of a DNS name, a mail address or a URI. */
export function textOf({ bytes }: GeneralName): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Whether a certificate with these names is valid for the host. */
export function isFor(names: readonly GeneralName[], host: Host): boolean {
  if (host.family !== 0) {
    const address = addressOf(host);
    return names.some(({ kind, bytes }) =>
      kind === "ip" && bytes.length === address.length &&
      bytes.every((byte, at) => byte === address[at])
    );
  }
  const wanted = canonical(host.name);
  return names.some((name) =>
    name.kind === "dns" && matches(textOf(name).toLowerCase(), wanted)
  );
}

/** Returns the hosts that a certificate is valid for, for an error. */
export function describe(names: readonly GeneralName[]): string[] {
  return names
    .filter(({ kind }) => kind === "dns" || kind === "ip")
    .map((name) => name.kind === "dns" ? textOf(name) : addressText(name));
}

/** Returns a name in lower case, without the trailing dot of an absolute name. */
export function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** Labels of host names, and the underscore that many hosts have. */
const LABELS = /^[a-z\d_-]{1,63}(?:\.[a-z\d_-]{1,63})*$/;

/** RFC 9525 §6.3: `*` matches the whole left-most label, or itself. */
function matches(pattern: string, wanted: string): boolean {
  if (!pattern.startsWith("*.")) {
    return pattern === wanted && LABELS.test(pattern);
  }
  const base = pattern.slice(1);
  const label = wanted.slice(0, wanted.indexOf("."));
  // A wildcard below a top-level domain would cover whole countries.
  return LABELS.test(base.slice(1)) && base.includes(".", 1) &&
    label !== "" && wanted === label + base;
}

/** Returns the bytes of an IP literal in its canonical form. */
export function addressOf({ name, family }: Host): Uint8Array {
  const [text] = name.split("%");
  if (family === 4) return Uint8Array.from(text.split("."), Number);
  const [head, tail] = text.split("::").map(groupsOf);
  const bytes = new Uint8Array(16);
  bytes.set(head);
  if (tail !== undefined) bytes.set(tail, 16 - tail.length);
  return bytes;
}

/**
 * Returns the bytes of some groups of an IPv6 address; the last may be an IPv4 address.
 */
function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function addressText({ bytes }: GeneralName): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) {
    groups.push((bytes[at] << 8 | bytes[at + 1]).toString(16));
  }
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
