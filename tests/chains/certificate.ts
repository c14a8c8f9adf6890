/**
 * Makes certificates with every field as it is asked for, right or wrong.
 *
 * @module
 */
import {
  bitString,
  bytes,
  type Der,
  element,
  explicit,
  integer,
  sequence,
  TAG,
  time,
} from "./der.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  extKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from "./extensions.ts";
import {
  algorithmOf,
  defaultSignature,
  type Key,
  keyIdOf,
  sign,
  type SignatureName,
} from "./keys.ts";
import { commonName, dns } from "./names.ts";

/** Who has a certificate, and can issue others. */
export interface Party {
  readonly subject: Der;
  readonly key: Key;
  readonly keyId: Der;
  /** The certificate. */
  readonly der: Der;
}

/** The extensions that are there by default, in this order. */
export interface Extensions {
  readonly basicConstraints?: Der | null;
  readonly keyUsage?: Der | null;
  readonly extKeyUsage?: Der | null;
  readonly subjectAltName?: Der | null;
  readonly subjectKeyIdentifier?: Der | null;
  readonly authorityKeyIdentifier?: Der | null;
}

/** A certificate as it is wanted; what is not named is right. */
export interface Order {
  readonly by: Party | "self";
  readonly subject: string | Der;
  readonly key: Key;
  /** The number in the field: 2 for version 3, the default; `null` for no field. */
  readonly version?: number | null;
  /** The whole field. */
  readonly versionField?: Der;
  /** The whole element. */
  readonly serial?: Der;
  /** In place of the name of `by`. */
  readonly issuer?: Der;
  /** A date, or the whole element. */
  readonly from?: Date | Der;
  readonly until?: Date | Der;
  /** Each in place of the default one; `null` for none. */
  readonly extensions?: Extensions;
  /** Further extensions. */
  readonly more?: readonly Der[];
  /** All extensions, in place of the default ones; `null` for no field. */
  readonly only?: readonly Der[] | null;
  readonly signature?: SignatureName;
  /** The algorithm within what is signed, and outside of it. */
  readonly inner?: Der;
  readonly outer?: Der;
  readonly spki?: Der;
  /** What stands between the key and the extensions. */
  readonly uniqueIds?: Der;
  /** What stands behind the extensions. */
  readonly tail?: Der;
  /** Changes what is signed, before. */
  readonly alter?: (tbs: Der) => Der;
  /** Changes what was signed, after. */
  readonly forge?: (tbs: Der) => Der;
  /** Changes the signature. */
  readonly spoil?: (signature: Der) => Der;
  /** The BIT STRING of a signature. */
  readonly wrap?: (signature: Der) => Der;
  /** Changes the whole certificate. */
  readonly finish?: (certificate: Der) => Der;
}

const DAY_MS = 86_400_000;
const START = Date.now();

/** A moment so many days from now. */
export function days(count: number): Date {
  return new Date(START + count * DAY_MS);
}

let serials = 0;

/** Makes a certificate. */
export function issue(order: Order, defaults: Extensions): Party {
  const { by, key, from = days(-2), until = days(30) } = order;
  const subject = typeof order.subject === "string"
    ? commonName(order.subject)
    : order.subject;
  const signer = by === "self" ? key : by.key;
  const signature = order.signature ?? defaultSignature(signer);
  const algorithm = algorithmOf(signature);
  const { alter = same, forge = same, spoil = same, finish = same } = order;
  const { wrap = bitString } = order;
  const tbs = alter(sequence(
    order.versionField ?? versionOf(order.version),
    order.serial ?? newSerial(),
    order.inner ?? algorithm,
    order.issuer ?? (by === "self" ? subject : by.subject),
    sequence(timeOf(from), timeOf(until)),
    subject,
    order.spki ?? key.spki,
    order.uniqueIds ?? bytes(),
    extensionsOf(order, defaults),
    order.tail ?? bytes(),
  ));
  const signed = spoil(sign(signature, signer, tbs));
  const der = finish(
    sequence(forge(tbs), order.outer ?? algorithm, wrap(signed)),
  );
  return { subject, key, keyId: keyIdOf(key), der };
}

function versionOf(version: number | null = 2): Der {
  return version === null ? bytes() : explicit(0, integer(version));
}

function newSerial(): Der {
  const number = integer(0x10000 + ++serials).subarray(2);
  return element(TAG.integer, bytes(0x5a), number);
}

function timeOf(value: Date | Der): Der {
  return value instanceof Date ? time(value) : value;
}

function extensionsOf(order: Order, defaults: Extensions): Der {
  const { extensions = {}, more = [], only } = order;
  if (only === null) return bytes();
  const list = only ??
    [
      ...Object.values({ ...defaults, ...extensions })
        .filter((value): value is Der => value !== null && value !== undefined),
      ...more,
    ];
  return explicit(3, sequence(...list));
}

function same(der: Der): Der {
  return der;
}

type Given<K extends keyof Order> = Partial<Order> & Pick<Order, K>;

/** A root: signs itself. */
export function root(order: Given<"subject" | "key">): Party {
  return issue({ by: "self", ...order }, {
    basicConstraints: basicConstraints(true),
    keyUsage: keyUsage("keyCertSign", "cRLSign"),
    subjectKeyIdentifier: subjectKeyIdentifier(keyIdOf(order.key)),
  });
}

/** An intermediate. */
export function intermediate(order: Given<"by" | "subject" | "key">): Party {
  return issue(order, {
    basicConstraints: basicConstraints(true),
    keyUsage: keyUsage("keyCertSign", "cRLSign"),
    subjectKeyIdentifier: subjectKeyIdentifier(keyIdOf(order.key)),
    authorityKeyIdentifier: authorityOf(order),
  });
}

/** A leaf for servers. */
export function leaf(
  { names = ["bank.example"], ...order }: Given<"by" | "key"> & {
    /** dNSNames, or whole general names. */
    readonly names?: readonly (string | Der)[];
  },
): Party {
  return issue({ subject: "leaf", ...order }, {
    basicConstraints: basicConstraints(false),
    keyUsage: keyUsage("digitalSignature"),
    extKeyUsage: extKeyUsage(["serverAuth"]),
    subjectAltName: subjectAltName(
      names.map((name) => typeof name === "string" ? dns(name) : name),
    ),
    subjectKeyIdentifier: subjectKeyIdentifier(keyIdOf(order.key)),
    authorityKeyIdentifier: authorityOf(order),
  });
}

/** A leaf for clients. */
export function clientLeaf(order: Given<"by" | "key">): Party {
  return issue({ subject: "client", ...order }, {
    basicConstraints: basicConstraints(false),
    keyUsage: keyUsage("digitalSignature"),
    extKeyUsage: extKeyUsage(["clientAuth"]),
    subjectKeyIdentifier: subjectKeyIdentifier(keyIdOf(order.key)),
    authorityKeyIdentifier: authorityOf(order),
  });
}

function authorityOf({ by, key }: Pick<Order, "by" | "key">): Der {
  return authorityKeyIdentifier(by === "self" ? keyIdOf(key) : by.keyId);
}
