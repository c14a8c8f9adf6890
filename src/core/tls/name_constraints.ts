/**
 * Name constraints: which names the certificates below a CA may have (RFC 5280
 * §4.2.1.10).
 *
 * A name of a kind that cannot be compared here violates every constraint on its kind:
 * what is not supported is refused.
 *
 * @module
 */
import { contextTag, DerError, DerReader, TAG } from "./der.ts";
import { type GeneralName, readName, textOf } from "./general_names.ts";

/** Permitted and excluded names. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** The fields of a certificate that are constrained. */
export interface Named {
  readonly names: readonly GeneralName[];
  /** A distinguished name in DER. */
  readonly subject: Uint8Array;
}

/** A DNS name, or a suffix of one, with an optional leading dot. */
const DOMAIN = /^\.?[a-z\d_-]{1,63}(?:\.[a-z\d_-]{1,63})*$/;
const EMAIL_ADDRESS = "1.2.840.113549.1.9.1";

/** Reads NameConstraints. */
export function readConstraints(value: DerReader): NameConstraints {
  const fields = value.read(TAG.sequence);
  const permitted = readSubtrees(fields.optional(contextTag(0, true)));
  const excluded = readSubtrees(fields.optional(contextTag(1, true)));
  fields.end();
  if (permitted.length + excluded.length === 0) {
    throw new DerError("its name constraints are empty");
  }
  return { permitted, excluded };
}

function readSubtrees(list: DerReader | undefined): GeneralName[] {
  const bases: GeneralName[] = [];
  if (list === undefined) return bases;
  do {
    const subtree = list.read(TAG.sequence);
    const base = readName(subtree);
    // Some CAs encode the default minimum, 0. Other minimums, and a maximum, are not in
    // use (§4.2.1.10).
    const minimum = subtree.optional(contextTag(0, false));
    if (minimum !== undefined && minimum.rest.join() !== "0") {
      throw new DerError("a name constraint has a minimum");
    }
    subtree.end();
    checkBase(base);
    bases.push(base);
  } while (!list.done);
  return bases;
}

function checkBase(base: GeneralName): void {
  const { kind, bytes } = base;
  const isSound = kind === "ip"
    ? isBlock(bytes)
    : kind === "dns"
    ? bytes.length === 0 || DOMAIN.test(domainOf(base))
    : kind === "uri"
    ? DOMAIN.test(domainOf(base))
    : kind === "email"
    ? DOMAIN.test(domainOf(base).replace(/^[^@]+@/, ""))
    : true;
  if (!isSound) throw new DerError("a name constraint is malformed");
}

/** Whether bytes are an address and a contiguous mask. */
function isBlock(bytes: Uint8Array): boolean {
  if (bytes.length !== 8 && bytes.length !== 32) return false;
  const mask = Array.from(
    bytes.subarray(bytes.length / 2),
    (byte) => byte.toString(2).padStart(8, "0"),
  ).join("");
  return /^1*0*$/.test(mask);
}

/** Returns which name of a certificate violates the constraints of its CA, if any. */
export function violation(
  { permitted, excluded }: NameConstraints,
  { names, subject }: Named,
): string | undefined {
  const all = [...names];
  if (!new DerReader(subject).read(TAG.sequence).done) {
    all.push({ kind: "directory", bytes: subject });
  }
  const constrains = (kind: GeneralName["kind"]) =>
    [...permitted, ...excluded].some((base) => base.kind === kind);
  if (constrains("email") && attributeTypes(subject).includes(EMAIL_ADDRESS)) {
    return "the mail address in its subject";
  }
  for (const name of all) {
    if (!constrains(name.kind)) continue;
    const isAllowed = isComparable(name) &&
      !excluded.some((base) => base.kind === name.kind && meets(base, name)) &&
      (!permitted.some(({ kind }) => kind === name.kind) ||
        permitted.some((base) =>
          base.kind === name.kind && covers(base, name)
        ));
    if (!isAllowed) return NOUNS[name.kind];
  }
  return undefined;
}

const NOUNS: { readonly [kind in GeneralName["kind"]]: string } = {
  dns: "a DNS name",
  ip: "an IP address",
  email: "a mail address",
  uri: "a URI",
  directory: "its subject, or another directory name",
  other: "a name of another kind",
};

function isComparable(name: GeneralName): boolean {
  switch (name.kind) {
    case "dns":
      return /^(?:\*\.)?[a-z\d_-]/.test(domainOf(name)) &&
        DOMAIN.test(baseOf(name));
    case "email":
      return /^[^@]+@[^@.][^@]*$/.test(domainOf(name)) &&
        DOMAIN.test(mailHost(name));
    case "uri":
      return uriHost(name) !== undefined;
    case "other":
      return false;
    default:
      return true;
  }
}

/** Whether a constraint covers everything that a name stands for. */
function covers(base: GeneralName, name: GeneralName): boolean {
  switch (name.kind) {
    case "dns":
      return isWildcard(name)
        ? isWithin(domainOf(base), `.${baseOf(name)}`)
        : isWithin(domainOf(base), domainOf(name));
    case "ip":
      return isInBlock(base.bytes, name.bytes);
    case "email": {
      const wanted = domainOf(base);
      return wanted.includes("@")
        // The local part is case-sensitive.
        ? sameMailbox(textOf(base), textOf(name))
        : isHost(wanted, mailHost(name));
    }
    case "uri":
      return isHost(domainOf(base), uriHost(name)!);
    case "directory":
      return isPrefix(base.bytes, name.bytes);
    default:
      return false;
  }
}

/** Whether a constraint covers something that a name stands for. */
function meets(base: GeneralName, name: GeneralName): boolean {
  if (covers(base, name)) return true;
  if (name.kind !== "dns" || !isWildcard(name)) return false;
  const [, ...rest] = domainOf(base).split(".");
  return rest.join(".") === baseOf(name);
}

/** RFC 5280: a DNS name covers itself, and every name with labels added before it. */
function isWithin(domain: string, name: string): boolean {
  if (domain === "") return true;
  return name === domain ||
    name.endsWith(domain.startsWith(".") ? domain : `.${domain}`);
}

/** For mail addresses and URIs: one host, or with a leading dot all hosts below it. */
function isHost(domain: string, host: string): boolean {
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain;
}

function sameMailbox(a: string, b: string): boolean {
  const [localA, hostA] = a.split("@");
  const [localB, hostB] = b.split("@");
  return localA === localB && hostA.toLowerCase() === hostB.toLowerCase();
}

function isInBlock(block: Uint8Array, address: Uint8Array): boolean {
  const size = block.length / 2;
  return address.length === size &&
    address.every((byte, at) =>
      (byte & block[size + at]) === (block[at] & block[size + at])
    );
}

function domainOf(name: GeneralName): string {
  return textOf(name).toLowerCase();
}

function isWildcard(name: GeneralName): boolean {
  return domainOf(name).startsWith("*.");
}

/** Returns a DNS name without its wildcard. */
function baseOf(name: GeneralName): string {
  return domainOf(name).replace(/^\*\./, "");
}

function mailHost(name: GeneralName): string {
  return domainOf(name).replace(/^.*@/, "");
}

/** Returns the host of a URI; `undefined` if it has none, or an address. */
function uriHost(name: GeneralName): string | undefined {
  const authority = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/.exec(domainOf(name))?.[1];
  const host = authority?.replace(/^.*@/, "").replace(/:\d*$/, "");
  return host !== undefined && DOMAIN.test(host) && !host.startsWith(".") &&
      !/\.\d+$/.test(host)
    ? host
    : undefined;
}

/** RFC 5280 §7.1: whether a name starts with all parts of the constraint. */
function isPrefix(base: Uint8Array, name: Uint8Array): boolean {
  const parts = partsOf(name);
  return partsOf(base).every((part, at) => part === parts[at]);
}

/** Returns the relative names of a distinguished name, in a comparable form. */
function partsOf(name: Uint8Array): string[] {
  return relativeNames(name).map((attributes) =>
    JSON.stringify(attributes.sort())
  );
}

/** Returns the attribute types of a distinguished name. */
function attributeTypes(name: Uint8Array): string[] {
  return relativeNames(name).flat().map((attribute) => attribute.split("=")[0]);
}

/** Returns the attributes of each relative name, such as `2.5.4.3=a name`. */
function relativeNames(name: Uint8Array): string[][] {
  const list = new DerReader(name).read(TAG.sequence);
  const names: string[][] = [];
  while (!list.done) {
    const set = list.read(TAG.set);
    const attributes: string[] = [];
    while (!set.done) {
      const attribute = set.read(TAG.sequence);
      attributes.push(`${attribute.oid()}=${folded(attribute)}`);
    }
    names.push(attributes);
  }
  return names;
}

/** Returns the text of a string, normalised in case, whitespace and encoding. */
function folded(attribute: DerReader): string {
  const isBmp = attribute.tag === TAG.bmpString;
  const { rest } = attribute.any();
  const text = new TextDecoder(isBmp ? "utf-16be" : "utf-8").decode(rest);
  return text.toLowerCase().trim().replace(/\s+/g, " ");
}
