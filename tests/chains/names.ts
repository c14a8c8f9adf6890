/**
 * Names in certificates under test: distinguished ones and general ones.
 *
 * @module
 */
import {
  bytes,
  type Der,
  element,
  explicit,
  implicit,
  latin1,
  oid,
  sequence,
  set,
  utf8String,
} from "./der.ts";

const ATTRIBUTES = {
  CN: "2.5.4.3",
  C: "2.5.4.6",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  email: "1.2.840.113549.1.9.1",
} as const;

/** A distinguished name of one attribute to each level; the empty one for `{}`. */
export function distinguishedName(
  attributes: { readonly [type in keyof typeof ATTRIBUTES]?: string | Der },
): Der {
  return sequence(
    ...Object.entries(attributes).map(([type, value]) =>
      set(sequence(
        oid(ATTRIBUTES[type as keyof typeof ATTRIBUTES]),
        typeof value === "string" ? utf8String(value) : value,
      ))
    ),
  );
}

/** A name that has a common name alone. */
export function commonName(text: string): Der {
  return distinguishedName({ CN: text });
}

export function mail(address: string | Der): Der {
  return implicit(1, raw(address));
}

export function dns(name: string | Der): Der {
  return implicit(2, raw(name));
}

export function directory(name: Der): Der {
  return explicit(4, name);
}

export function uri(text: string | Der): Der {
  return implicit(6, raw(text));
}

/** An IP address given by its bytes. */
export function ip(...address: readonly number[]): Der {
  return implicit(7, bytes(...address));
}

export function registeredId(dotted: string): Der {
  return implicit(8, oid(dotted).slice(2));
}

/** A name of another form, such as a user principal name. */
export function otherName(dotted: string, value: Uint8Array): Der {
  return element(0xa0, oid(dotted), explicit(0, value));
}

/** The bytes of an IPv6 address, given as eight groups. */
export function ipv6(groups: readonly number[]): number[] {
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
}

function raw(value: string | Der): Der {
  return typeof value === "string" ? latin1(value) : value;
}
