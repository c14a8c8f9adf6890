/**
 * Verifies that a peer's certificate leads to an anchor (RFC 5280 §6), by the same
 * rules on every runtime.
 *
 * It is a second check after a runtime's own, and can only refuse. Deno trusts a chain
 * that it cannot parse, by its names alone (2.9). Bun accepts weak keys and hashes
 * (1.4), and Node 20 accepts keys of 1,024 bits. What cannot be verified is refused.
 *
 * The input is certificates in DER, the output a verdict. The caller verifies
 * signatures.
 *
 * @module
 */
import {
  type Certificate,
  isSelfIssued,
  readCertificate,
  signsHandshakes,
} from "./certificate.ts";
import type { PublicKey, SignatureAlgorithm } from "./certificate_keys.ts";
import { DerError, sameBytes } from "./der.ts";
import { violation } from "./name_constraints.ts";

/** Whether a key made a signature. May throw if it cannot verify one. */
export type VerifySignature = (
  key: PublicKey,
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

/** The role in which the peer presents its certificate. */
export type Purpose = "server" | "client";

/** The trusted certificates, parsed once. */
export interface Anchors {
  readonly certificates: readonly Certificate[];
  /** Why the other certificates cannot be anchors. */
  readonly unusable: readonly string[];
}

/** The input of a verification. */
export interface ChainInput {
  /** The certificates that the peer has sent, in DER, its own first. */
  readonly sent: readonly Uint8Array[];
  /**
   * `undefined` if only the runtime knows them. Its verdict then covers the last
   * signature, and all certificates that lead there must be well-formed and strong.
   */
  readonly anchors: Anchors | undefined;
  readonly purpose: Purpose;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly verify: VerifySignature;
}

/**
 * Whether a peer is trusted, with the path or the reason.
 *
 * A malformed certificate proves nothing, not even the peer's key: Deno accepts one
 * that it cannot parse without proof that the peer has its key (2.9).
 */
export type ChainVerdict =
  | { readonly trusted: true; readonly path: readonly Certificate[] }
  | {
    readonly trusted: false;
    readonly isMalformed: boolean;
    /** Whether no known certificate can be the issuer of the peer's certificate. */
    readonly isIssuerMissing: boolean;
    readonly reason: string;
  };

/** How many certificates a peer may send, and how many a path may have. */
const MAX_SENT = 64;
const MAX_PATH = 32;
/** How many signatures are verified at most, because there can be many paths. */
const MAX_SIGNATURES = 100;

const PURPOSES = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" };
const ANY_PURPOSE = "2.5.29.37.0";

/** How many comparisons of names with constraints are made at most. */
const MAX_COMPARISONS = 250_000;

/** A bit of KeyUsage, in its first byte. */
const KEY_CERT_SIGN = 0x04;

/** Reads trusted certificates. A malformed one cannot be an anchor. */
export function readAnchors(ders: readonly Uint8Array[]): Anchors {
  const certificates: Certificate[] = [];
  const unusable: string[] = [];
  for (const der of ders) {
    try {
      certificates.push(readCertificate(der));
    } catch (error) {
      unusable.push(reasonOf(error));
    }
  }
  return { certificates, unusable };
}

/** Returns why none of them can be an anchor for any purpose; `undefined` if one can. */
export function flawOfAll(
  { certificates, unusable }: Anchors,
): string | undefined {
  const flaws = certificates.map(flawOfAny);
  return flaws.includes(undefined) ? undefined : [...unusable, ...flaws][0];
}

/** Verifies a peer's certificate, except for its names. */
export function verifyChain(input: ChainInput): ChainVerdict {
  const { sent } = input;
  if (sent.length === 0) return refused("it has sent no certificate");
  if (sent.length > MAX_SENT) {
    return refused(
      `it has sent ${sent.length} certificates, ${MAX_SENT} at most`,
    );
  }
  const known: Certificate[] = [];
  for (const [at, der] of sent.entries()) {
    try {
      const certificate = readCertificate(der);
      // Some peers send a certificate twice.
      if (!known.some((one) => sameBytes(one.der, der))) {
        known.push(certificate);
      }
    } catch (error) {
      return refused(
        `certificate ${at + 1} of ${sent.length} is refused: ${
          reasonOf(error)
        }`,
        { isMalformed: true },
      );
    }
  }
  return new Search(input, known).verdict();
}

class Search {
  readonly #input: ChainInput;
  readonly #leaf: Certificate;
  readonly #others: readonly Certificate[];
  #signatures = 0;
  #comparisons = 0;
  /** The flaw of the longest path so far. */
  #reason: string | undefined;
  #reasonAt = 0;

  constructor(input: ChainInput, known: readonly Certificate[]) {
    this.#input = input;
    [this.#leaf, ...this.#others] = known;
  }

  verdict(): ChainVerdict {
    const { anchors, purpose, now } = this.#input;
    const leaf = this.#leaf;
    const flaw = leafFlaw(leaf) ?? flawOf(leaf, purpose, now);
    if (flaw !== undefined) return refused(`its certificate ${flaw}`);
    // A self-issued certificate is trusted if it is itself an anchor.
    const isNamed = isSelfIssued(leaf) &&
      anchors?.certificates.some(({ der }) => sameBytes(der, leaf.der));
    if (isNamed) return { trusted: true, path: [leaf] };
    if (anchors === undefined && isSelfIssued(leaf)) {
      return this.#allStrong();
    }
    if (leaf.isCa) {
      return refused(
        "its certificate is a CA's, which is trusted for itself only where caCerts names it",
      );
    }
    return anchors === undefined
      ? this.#allStrong()
      : this.#result(this.#search([leaf], anchors), anchors);
  }

  #result(
    path: readonly Certificate[] | undefined,
    { certificates, unusable }: Anchors,
  ): ChainVerdict {
    if (path !== undefined) return { trusted: true, path };
    if (this.#signatures >= MAX_SIGNATURES) {
      return refused("too many paths lead on from its certificate");
    }
    const more = unusable.length === 0
      ? ""
      : `; of caCerts, ${unusable.length} can be no anchor: ${unusable[0]}`;
    return refused(`${this.#reason ?? "its issuer is not trusted"}${more}`, {
      isIssuerMissing: ![...certificates, ...this.#others]
        .some((one) => isIssuer(one, this.#leaf)),
    });
  }

  /** Searches a path from the last certificate to an anchor. */
  #search(
    path: readonly Certificate[],
    anchors: Anchors,
  ): readonly Certificate[] | undefined {
    const last = path[path.length - 1];
    for (const anchor of anchors.certificates) {
      const whole = isIssuer(anchor, last) && this.#extended(path, anchor);
      if (whole) return whole;
    }
    if (path.length >= MAX_PATH) {
      return this.#blame(path, "more certificates than are followed lead on");
    }
    for (const other of this.#others) {
      const isOnPath = path.some((one) =>
        sameBytes(one.subject, other.subject) &&
        sameBytes(one.key?.spki ?? EMPTY, other.key?.spki ?? EMPTY)
      );
      if (isOnPath || !isIssuer(other, last)) continue;
      const longer = this.#extended(path, other);
      const whole = longer && this.#search(longer, anchors);
      if (whole !== undefined) return whole;
      if (this.#signatures >= MAX_SIGNATURES) return undefined;
    }
    return this.#blame(path, "has an issuer that is not trusted");
  }

  /**
   * Returns the path with an issuer appended, unless it cannot have issued the last
   * one.
   */
  #extended(
    path: readonly Certificate[],
    issuer: Certificate,
  ): readonly Certificate[] | undefined {
    const { purpose, now, verify } = this.#input;
    const last = path[path.length - 1];
    const flaw = issuerFlaw(issuer, path) ?? flawOf(issuer, purpose, now) ??
      this.#constraintFlaw(issuer, path);
    if (flaw !== undefined) {
      return this.#blame(path, `has an issuer that ${flaw}`);
    }
    if (last.algorithm === undefined) {
      return this.#blame(path, `is refused: ${last.weakness.algorithm}`);
    }
    if (this.#signatures++ >= MAX_SIGNATURES) return undefined;
    return isSignedBy(last, issuer, verify)
      ? [...path, issuer]
      : this.#blame(path, "is not signed by its issuer");
  }

  /** Returns which names below an issuer violate its constraints. */
  #constraintFlaw(
    { constraints }: Certificate,
    path: readonly Certificate[],
  ): string | undefined {
    if (constraints === undefined) return undefined;
    const { permitted, excluded } = constraints;
    for (const [at, certificate] of path.entries()) {
      if (at > 0 && isSelfIssued(certificate)) continue;
      // An unauthenticated peer can send thousands of both.
      this.#comparisons += (1 + certificate.names.length) *
        (permitted.length + excluded.length);
      if (this.#comparisons > MAX_COMPARISONS) {
        return "has too many name constraints, or names below it";
      }
      const wrong = violation(constraints, certificate);
      if (wrong !== undefined) return `does not allow ${wrong} below it`;
    }
    return undefined;
  }

  /** Records the flaw of the last certificate of a path. */
  #blame(path: readonly Certificate[], what: string): undefined {
    if (path.length <= this.#reasonAt) return;
    this.#reasonAt = path.length;
    this.#reason = path.length === 1
      ? `its certificate ${what}`
      : `certificate ${path.length} of its chain ${what}`;
  }

  /**
   * Checks that all certificates that the leaf leads to are strong, and CAs. The path
   * and the anchor that the runtime has chosen are not known.
   */
  #allStrong(): ChainVerdict {
    const reached = new Set([this.#leaf]);
    for (const one of reached) {
      const { algorithm, weakness } = one;
      const flaw = algorithm === undefined && !isSelfIssued(one)
        ? `is refused: ${weakness.algorithm}`
        : lastingFlaw(one, this.#input.purpose) ??
          (one === this.#leaf ? undefined : caFlaw(one));
      if (flaw !== undefined) {
        return refused(`a certificate of its chain ${flaw}`);
      }
      for (const other of this.#others) {
        if (isIssuer(other, one)) reached.add(other);
      }
    }
    return { trusted: true, path: [...reached] };
  }
}

const EMPTY = new Uint8Array(0);
/** Whether a CA among the anchors has an issuer that is not among them. */
export function hasDangling({ certificates }: Anchors): boolean {
  return certificates.some((one) =>
    one.isCa && !isSelfIssued(one) &&
    !certificates.some((other) => isIssuer(other, one))
  );
}

function refused(
  reason: string,
  { isMalformed = false, isIssuerMissing = false } = {},
): ChainVerdict {
  return { trusted: false, isMalformed, isIssuerMissing, reason };
}

/** Whether a certificate can be the issuer of another, by the fields of both. */
function isIssuer(
  issuer: Certificate,
  { issuer: name, issuerKey }: Certificate,
): boolean {
  if (!sameBytes(issuer.subject, name)) return false;
  if (issuerKey === undefined) return true;
  const { id, issuers, serial } = issuerKey;
  const isNamed = issuers.length === 0 ||
    issuers.some(({ kind, bytes }) =>
      kind === "directory" && sameBytes(bytes, issuer.issuer)
    );
  return isNamed &&
    (serial === undefined || sameBytes(serial, issuer.serial)) &&
    (id === undefined || issuer.keyId === undefined ||
      sameBytes(id, issuer.keyId));
}

/** Whether the issuer's key has signed a certificate. */
function isSignedBy(
  { algorithm, signed, signature }: Certificate,
  { key }: Certificate,
  verify: VerifySignature,
): boolean {
  if (key!.kind !== KEYS[algorithm!.kind]) return false;
  try {
    return verify(key!, algorithm!, signed, signature);
  } catch {
    // A signature that cannot be verified counts as invalid.
    return false;
  }
}

/** The kind of key for each kind of signature. */
const KEYS = {
  ecdsa: "ec",
  rsa: "rsa",
  "rsa-pss": "rsa",
  ed25519: "ed25519",
} as const;

/** Returns the flaw of a certificate, at any position of a path. */
function flawOf(
  certificate: Certificate,
  purpose: Purpose,
  now: number,
): string | undefined {
  const { notBefore, notAfter } = certificate;
  if (now < notBefore) return "is not valid yet";
  // The second of `notAfter` is still valid.
  if (now >= notAfter + 1000) return "has expired";
  return lastingFlaw(certificate, purpose);
}

/** Returns a flaw that is independent of the time. */
function lastingFlaw(
  certificate: Certificate,
  purpose: Purpose,
): string | undefined {
  const flaw = flawOfAny(certificate);
  if (flaw !== undefined) return flaw;
  const { purposes } = certificate;
  return purposes === undefined || purposes.includes(PURPOSES[purpose]) ||
      purposes.includes(ANY_PURPOSE)
    ? undefined
    : `is not for a ${purpose}`;
}

/** Returns a flaw that is independent of the time and the purpose. */
function flawOfAny(
  { key, weakness, unknown }: Certificate,
): string | undefined {
  if (key === undefined) return `is refused: ${weakness.key}`;
  return unknown.length > 0
    ? `has a critical extension that is not understood: ${unknown[0]}`
    : undefined;
}

function leafFlaw(certificate: Certificate): string | undefined {
  return signsHandshakes(certificate)
    ? undefined
    : "has a key that is not for signing";
}

/** Returns why a certificate cannot issue others. */
function caFlaw({ isCa, keyUsage }: Certificate): string | undefined {
  if (!isCa) return "is no CA";
  return keyUsage !== undefined && !(keyUsage[0] & KEY_CERT_SIGN)
    ? "has a key that is not for signing certificates"
    : undefined;
}

/** Returns why a certificate cannot have issued the last one of a path. */
function issuerFlaw(
  issuer: Certificate,
  path: readonly Certificate[],
): string | undefined {
  const flaw = caFlaw(issuer);
  if (flaw !== undefined) return flaw;
  // RFC 5280 §6.1.4 (l): self-issued certificates do not count.
  const [, ...cas] = path;
  return cas.filter((ca) => !isSelfIssued(ca)).length > issuer.pathLength
    ? "allows fewer CAs below it"
    : undefined;
}

/** Returns why bytes are not a certificate. */
function reasonOf(error: unknown): string {
  if (error instanceof DerError) return error.message;
  throw error;
}
