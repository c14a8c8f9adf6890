/**
 * Verifies the certificates that peers have sent: see `core/tls/chain.ts`. The
 * cryptography is that of `node:crypto`, which every runtime has.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { constants, createHash, createPublicKey, verify } from "node:crypto";
import { bareOptions } from "../../core/options/own_options.ts";
import {
  type Anchors,
  type ChainVerdict,
  flawOfAll,
  hasDangling,
  type Purpose,
  readAnchors,
  verifyChain,
  type VerifySignature,
} from "../../core/tls/chain.ts";
import { isFor } from "../../core/tls/general_names.ts";
import type { ClientPlan } from "../../core/options/tls.ts";
import { certificatesIn, writePem } from "../../core/tls/pem.ts";
import { Refused } from "../../core/tls/reasons.ts";
import { misnamed, Ready } from "./tls_certificates.ts";

/**
 * Cache of valid signatures, because peers reconnect. Deno takes half a millisecond to
 * verify one (2.9).
 */
const signed = new Ready<true>();

/**
 * Verifies a signature. Invalid ones are not cached: an untrusted peer can send any
 * number.
 */
const verifySignature: VerifySignature = (key, algorithm, message, bytes) => {
  const { spki } = key;
  const { kind, hash } = algorithm;
  const digest = digestOf(`${kind} ${hash}`, [spki, message, bytes]);
  if (signed.find(digest) !== undefined) return true;
  const found = isSignature(key, algorithm, message, bytes);
  if (found) signed.keep(digest, true);
  return found;
};

function digestOf(text: string, parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  hash.update(`${text} ${parts.map(({ length }) => length).join()}\n`);
  for (const part of parts) hash.update(part);
  return hash.digest("base64");
}

const isSignature: VerifySignature = (
  { spki },
  { kind, hash },
  message,
  bytes,
) => {
  const key = createPublicKey(bareOptions({
    key: Buffer.from(spki),
    format: "der" as const,
    type: "spki" as const,
  }));
  const padded = bareOptions({
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
  return verify(hash, message, kind === "rsa-pss" ? padded : key, bytes);
};

/** A parsed list of `caCerts`. */
interface Roots {
  /** Identifies the list in cache keys. */
  readonly id: number;
  readonly anchors: Anchors;
  /** The certificates that can be an anchor, in PEM. */
  readonly usable: readonly string[];
}

/** A plan's list is the same object for the same certificates: see `materialCheck`. */
const roots = new WeakMap<readonly string[], Roots>();
let lists = 0;

function rootsOf(caCerts: readonly string[]): Roots {
  const known = roots.get(caCerts);
  if (known !== undefined) return known;
  const anchors = readAnchors(caCerts.flatMap(certificatesIn));
  const usable = anchors.certificates
    .map(({ der }) => writePem("CERTIFICATE", der));
  const made = { id: lists++, anchors, usable };
  roots.set(caCerts, made);
  return made;
}

/**
 * Returns the certificates of `caCerts` that the runtime gets: those that can be an
 * anchor. Deno trusts certificates that roots of version 1 have signed. Its servers
 * send all trusted certificates after their own, which clients refuse (2.9).
 */
export function runtimeAnchors(caCerts: readonly string[]): string[] {
  return [...rootsOf(caCerts).usable];
}

/** Returns why none of `caCerts` can be an anchor; `undefined` if one can. */
export function flawOfAnchors(caCerts: readonly string[]): string | undefined {
  return flawOfAll(rootsOf(caCerts).anchors);
}

/**
 * Whether a CA of `caCerts` has an issuer that is not among them. Called before the
 * check of `caCerts`; `false` if they cannot be parsed.
 */
export function hasDanglingAnchor(caCerts: readonly string[]): boolean {
  let read: Anchors;
  try {
    read = rootsOf(caCerts).anchors;
  } catch {
    return false; // The check reports the reason.
  }
  return hasDangling(read);
}

/** A trusted chain, and the period in which it is valid. */
interface Trusted {
  readonly verdict: ChainVerdict & { trusted: true };
  readonly from: number;
  readonly until: number;
}

const trusted = new Ready<Trusted>();

function verdictOn(
  sent: readonly Uint8Array[],
  caCerts: readonly string[] | undefined,
  purpose: Purpose,
): ChainVerdict {
  const list = caCerts && rootsOf(caCerts);
  const now = Date.now();
  const digest = digestOf(`${purpose} ${list?.id}`, sent);
  const known = trusted.find(digest);
  if (known !== undefined && known.from <= now && now <= known.until) {
    return known.verdict;
  }
  const verdict = verifyChain({
    sent,
    anchors: list?.anchors,
    purpose,
    now,
    verify: verifySignature,
  });
  if (verdict.trusted) {
    const { path } = verdict;
    trusted.keep(digest, {
      verdict,
      from: Math.max(...path.map(({ notBefore }) => notBefore)),
      until: Math.min(...path.map(({ notAfter }) => notAfter)),
    });
  }
  return verdict;
}

/**
 * Verifies a server that the runtime trusts.
 *
 * @returns Why it is refused, or its certificates: with `caCerts`, those that lead to
 *   the anchor.
 */
export function verifyServer(
  { caCerts, verifiesName, peer }: ClientPlan,
  sent: readonly Uint8Array[],
): Error | readonly Uint8Array[] {
  const verdict = verdictOn(sent, caCerts, "server");
  if (!verdict.trusted) return untrusted("server", verdict.reason);
  const { path } = verdict;
  const [{ names }] = path;
  if (verifiesName && !isFor(names, peer)) return misnamed(peer.name, names);
  return caCerts === undefined ? sent : path.map(({ der }) => der.slice());
}

function untrusted(purpose: Purpose, reason: string): Refused {
  return new Refused(
    "untrusted-certificate",
    `the ${purpose} is not trusted: ${reason}`,
  );
}

/** The properties of a client after its handshake. */
export interface Client {
  /**
   * Whether the runtime verifies the whole chain but may report only a part of it. Node
   * 24 reports only a client's own certificate.
   */
  readonly isPartial: boolean;
  /** The runtime's verdict. */
  readonly authorized: boolean;
  /** Whether the handshake has resumed a session. */
  readonly isResumed: boolean;
  /** The certificates that the client has sent, or that its session began with. */
  readonly sent: readonly Uint8Array[];
}

/** Why a client is not trusted. */
export interface ClientFlaw {
  readonly error: Error;
  /** Whether the client is refused even where it need not be trusted. */
  readonly isFatal: boolean;
}

const CERTIFICATE_REQUIRED = new Refused(
  "certificate-required",
  "the client is not trusted: it has sent no certificate",
);

/**
 * How many clients are remembered for each list of anchors. Others are not trusted when
 * they resume a session.
 */
const MAX_CLIENTS = 65_536;

/**
 * By list of anchors: hashes of certificates that have led to one, and when they
 * expire.
 */
const clients = new Ready<Map<string, number>>();

/**
 * Creates the verification of clients by a list of anchors.
 *
 * A session keeps only the client's own certificate (RFC 5077, OpenSSL). Deno resumes a
 * session of any server in the process, even if that server did not trust the client
 * (2.9). So the trusted certificates are remembered here.
 *
 * @returns A function that returns why a client is not trusted, if so.
 */
export function clientVerifier(
  caCerts: readonly string[],
): (client: Client) => ClientFlaw | undefined {
  const known = clients.get(JSON.stringify(caCerts), () => new Map());
  return ({ authorized, isPartial, isResumed, sent }) => {
    const flaw = (reason: string, isFatal = false): ClientFlaw => ({
      error: untrusted("client", reason),
      isFatal,
    });
    if (sent.length === 0) {
      return { error: CERTIFICATE_REQUIRED, isFatal: false };
    }
    const name = createHash("sha256").update(sent[0]).digest("base64");
    if (isResumed) {
      return Date.now() < (known.get(name) ?? 0)
        ? undefined
        : flaw("its session is another's, or over");
    }
    known.delete(name);
    let verdict = verdictOn(sent, caCerts, "client");
    if (
      !verdict.trusted && verdict.isIssuerMissing && isPartial && authorized
    ) verdict = verdictOn(sent, undefined, "client");
    if (!verdict.trusted) return flaw(verdict.reason, verdict.isMalformed);
    if (!authorized) return flaw("the runtime refuses its certificate");
    known.set(name, Math.min(...verdict.path.map(({ notAfter }) => notAfter)));
    if (known.size > MAX_CLIENTS) {
      const [oldest] = known.keys();
      known.delete(oldest);
    }
    return undefined;
  };
}
