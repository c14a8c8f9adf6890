/**
 * Extensions of certificates under test (RFC 5280 §4.2).
 *
 * @module
 */
import {
  bitString,
  boolean,
  bytes,
  type Der,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
} from "./der.ts";

/** Object identifiers of extensions. */
export const EXTENSION = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  certificatePolicies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  authorityKeyIdentifier: "2.5.29.35",
  policyConstraints: "2.5.29.36",
  extKeyUsage: "2.5.29.37",
  inhibitAnyPolicy: "2.5.29.54",
  /** Understood by no verifier. */
  unknown: "1.3.6.1.4.1.99999.1",
} as const;

/** Purposes of extendedKeyUsage. */
export const PURPOSE = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
  any: "2.5.29.37.0",
} as const;

/** An extension of any content. */
export function extension(
  identifier: string,
  critical: boolean,
  content: Uint8Array,
): Der {
  return sequence(
    oid(identifier),
    critical ? boolean(true) : new Uint8Array(),
    octetString(content),
  );
}

/** FALSE is the default and is left out, unless it is asked for. */
export function basicConstraints(
  ca: boolean,
  { pathLen, critical = true }: { pathLen?: number; critical?: boolean } = {},
): Der {
  return extension(
    EXTENSION.basicConstraints,
    critical,
    sequence(
      ca ? boolean(true) : new Uint8Array(),
      pathLen === undefined ? new Uint8Array() : integer(pathLen),
    ),
  );
}

const KEY_USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
] as const;

export type KeyUsage = (typeof KEY_USAGES)[number];

export function keyUsage(...usages: readonly KeyUsage[]): Der {
  return extension(EXTENSION.keyUsage, true, keyUsageBits(usages));
}

/** The bits alone, without the zeros behind the last of them. */
export function keyUsageBits(usages: readonly KeyUsage[]): Der {
  const places = usages.map((usage) => KEY_USAGES.indexOf(usage));
  const octet = places.reduce((all, place) => all | (0x80 >> place), 0);
  return places.length === 0
    ? bitString(bytes())
    : bitString(bytes(octet), 7 - Math.max(...places));
}

/** Takes names of {@linkcode PURPOSE} and other identifiers. */
export function extKeyUsage(
  purposes: readonly string[],
  critical = false,
): Der {
  return extension(
    EXTENSION.extKeyUsage,
    critical,
    sequence(
      ...purposes.map((purpose) =>
        oid(PURPOSE[purpose as keyof typeof PURPOSE] ?? purpose)
      ),
    ),
  );
}

export function subjectAltName(
  names: readonly Uint8Array[],
  critical = false,
): Der {
  return extension(EXTENSION.subjectAltName, critical, sequence(...names));
}

export function subjectKeyIdentifier(keyId: Uint8Array): Der {
  return extension(
    EXTENSION.subjectKeyIdentifier,
    false,
    octetString(keyId),
  );
}

export function authorityKeyIdentifier(keyId: Uint8Array): Der {
  return extension(
    EXTENSION.authorityKeyIdentifier,
    false,
    sequence(implicit(0, keyId)),
  );
}

/** Each subtree is a general name, or a whole GeneralSubtree made by {@linkcode subtree}. */
export function nameConstraints(
  { permitted = [], excluded = [], critical = true }: {
    readonly permitted?: readonly Uint8Array[];
    readonly excluded?: readonly Uint8Array[];
    readonly critical?: boolean;
  },
): Der {
  const list = (number: number, names: readonly Uint8Array[]) =>
    names.length === 0 ? new Uint8Array() : explicit(
      number,
      ...names.map((name) => name[0] === 0x30 ? name : sequence(name)),
    );
  return extension(
    EXTENSION.nameConstraints,
    critical,
    sequence(list(0, permitted), list(1, excluded)),
  );
}

/** A GeneralSubtree with what may stand behind its name. */
export function subtree(name: Uint8Array, ...rest: readonly Uint8Array[]): Der {
  return sequence(name, ...rest);
}

export function certificatePolicies(
  policies: readonly string[],
  critical = false,
): Der {
  return extension(
    EXTENSION.certificatePolicies,
    critical,
    sequence(...policies.map((policy) => sequence(oid(policy)))),
  );
}

/** An extension that no verifier understands. */
export function unknown(critical: boolean, last = 1): Der {
  return extension(
    EXTENSION.unknown.replace(/\d+$/, String(last)),
    critical,
    sequence(),
  );
}
