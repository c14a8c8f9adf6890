/**
 * What a case of the chain suite is: certificates that a peer presents, and
 * what is to be thought of them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Party } from "./certificate.ts";
import type { Der } from "./der.ts";
import { type Key, privateKeyOf } from "./keys.ts";
import { ROOT } from "./parties.ts";

/** What becomes of a chain; `open` where verifiers rightly differ. */
export type Verdict = "accept" | "refuse" | "open";

/** A chain under test. */
export interface ChainCase {
  readonly name: string;
  /** The rule that it tests, such as `"RFC 5280 §4.2.1.9"`. */
  readonly rule: string;
  /** What is in `caCerts`. */
  readonly anchors: readonly Der[];
  /** What the peer presents, its own certificate first. */
  readonly sent: readonly Der[];
  /** What the certificate has to be for: a DNS name or an IP address. */
  readonly host: string;
  readonly purpose: "server" | "client";
  readonly expected: Verdict;
  readonly why?: string;
  /** The private key of the peer. */
  readonly key: Key;
}

/** A case before its rule is known. */
export type Draft = Omit<ChainCase, "rule">;

/** What differs from a chain to the only root, for a server of `HOST`. */
export interface Circumstances {
  readonly anchors?: readonly Party[];
  readonly host?: string;
  readonly purpose?: "server" | "client";
  readonly why?: string;
  readonly key?: Key;
}

/** The server's name in most cases. */
export const HOST = "bank.example";

/** A chain that must be trusted. */
export function accept(
  name: string,
  sent: readonly Party[],
  circumstances: Circumstances = {},
): Draft {
  return draft("accept", name, sent, circumstances);
}

/** A chain that must be refused. */
export function refuse(
  name: string,
  sent: readonly Party[],
  circumstances: Circumstances = {},
): Draft {
  return draft("refuse", name, sent, circumstances);
}

/** A chain that may be trusted or refused, for a reason. */
export function open(
  name: string,
  sent: readonly Party[],
  circumstances: Circumstances & { readonly why: string },
): Draft {
  return draft("open", name, sent, circumstances);
}

function draft(
  expected: Verdict,
  name: string,
  sent: readonly Party[],
  { anchors = [ROOT], host = HOST, purpose = "server", why, key }:
    Circumstances,
): Draft {
  return {
    name,
    anchors: anchors.map(({ der }) => der),
    sent: sent.map(({ der }) => der),
    host,
    purpose,
    expected,
    key: key ?? sent[0].key,
    ...(why === undefined ? {} : { why }),
  };
}

/** The cases of one rule. */
export function rule(
  reference: string,
  ...drafts: readonly Draft[]
): ChainCase[] {
  return drafts.map((draft) => ({ ...draft, rule: reference }));
}

/** A certificate as PEM. */
export function pemOf(der: Uint8Array): string {
  const text = Buffer.from(der).toString("base64");
  const lines = text.match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** A case as peers and oracles read it. */
export interface PlainCase {
  readonly name: string;
  readonly host: string;
  readonly purpose: "server" | "client";
  /** DER in base64. */
  readonly anchors: readonly string[];
  readonly sent: readonly string[];
  /** PKCS#8 in base64. */
  readonly key: string;
}

/** A case in a form that JSON can hold. */
export function plain(
  { name, host, purpose, anchors, sent, key }: ChainCase,
): PlainCase {
  const base64 = (der: Der) => Buffer.from(der).toString("base64");
  return {
    name,
    host,
    purpose,
    anchors: anchors.map(base64),
    sent: sent.map(base64),
    key: privateKeyOf(key),
  };
}
