/**
 * Verifies peers by the certificates that they have sent: see `core/tls/chain.ts`. The
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

/** Peers come back, and to verify a signature takes Deno half a millisecond (2.9). */
const signed = new Ready<true>();

/** Those that are no signatures are not kept: strangers can send any number. */
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

/** What was made of a list of `caCerts`. */
interface Roots {
  /** Tells lists apart. */
  readonly id: number;
  readonly anchors: Anchors;
  /** Those that can be an anchor, in PEM. */
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
 * Those of `caCerts` that are for the runtime: what can be no anchor is not. Deno
 * trusts what roots of version 1 have signed, and its servers send all that they
 * trust behind their certificate, for clients to refuse (2.9).
 */
export function runtimeAnchors(caCerts: readonly string[]): string[] {
  return [...rootsOf(caCerts).usable];
}

/** Why none of `caCerts` can be an anchor, if none can. */
export function flawOfAnchors(caCerts: readonly string[]): string | undefined {
  return flawOfAll(rootsOf(caCerts).anchors);
}

/**
 * Whether a CA of `caCerts` is issued by another, which is not among them. It is asked
 * before they are checked, and what cannot be read has none.
 */
export function hasDanglingAnchor(caCerts: readonly string[]): boolean {
  let read: Anchors;
  try {
    read = rootsOf(caCerts).anchors;
  } catch {
    return false; // The check says why.
  }
  return hasDangling(read);
}

/** A chain that was trusted, and the time in which it is. */
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
 * @returns Why it is refused all the same; or its certificates, with `caCerts` those
 *   that lead to the anchor.
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

/** What is known of a client when its handshake is done. */
export interface Client {
  /**
   * Whether the runtime has verified the whole chain, and may not show all of it: of
   * what a client has sent, Node 24 shows its own certificate alone.
   */
  readonly isPartial: boolean;
  /** The runtime's verdict. */
  readonly authorized: boolean;
  /** Whether it has resumed a session. */
  readonly isResumed: boolean;
  /** What it has sent, or had when the session began. */
  readonly sent: readonly Uint8Array[];
}

/** What is wrong with a client. */
export interface ClientFlaw {
  readonly error: Error;
  /** Whether it is to be refused even where it need not be trusted. */
  readonly isFatal: boolean;
}

const CERTIFICATE_REQUIRED = new Refused(
  "certificate-required",
  "the client is not trusted: it has sent no certificate",
);

/** How many clients are known for each list of anchors; others may not come back. */
const MAX_CLIENTS = 65_536;

/** By anchors: hashes of certificates that have led to one, and when they expire. */
const clients = new Ready<Map<string, number>>();

/**
 * Verifies clients by some anchors.
 *
 * Of a client that resumes a session, only its own certificate is kept (RFC 5077,
 * OpenSSL); and Deno resumes sessions that any server of the process has given out,
 * whatever that server thought of the client (2.9). So what is known of
 * certificates is kept here.
 *
 * @returns What is wrong with one, if anything is.
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
