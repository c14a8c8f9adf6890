/**
 * Cipher suites: their registered names, their names in OpenSSL, and the defaults.
 *
 * @module
 */
import type { TlsVersion } from "../../api/tls.ts";
import { shown } from "../shown.ts";

/** A cipher suite. */
export interface Suite {
  /** The name that IANA registers. */
  readonly name: string;
  /** The name in OpenSSL's lists. */
  readonly openssl: string;
  /** The only version of TLS that uses it. */
  readonly version: TlsVersion;
}

/** The suites of TLS 1.3 (RFC 8446 §B.4), in Node's order of preference. */
const SUITES_13 = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
];

/** The suites of TLS 1.2 with forward secrecy and AEAD (RFC 5289, RFC 7905). */
const SUITES_12 = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256:
    "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
};

/**
 * Other suites that a caller may name.
 *
 * With DHE the server chooses the groups, which RFC 9325 §4.1 advises against. The
 * others are CCM, not AEAD, or without forward secrecy.
 */
const OTHERS_12 = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM: "ECDHE-ECDSA-AES128-CCM",
  TLS_ECDHE_ECDSA_WITH_AES_256_CCM: "ECDHE-ECDSA-AES256-CCM",
  TLS_DHE_RSA_WITH_AES_128_GCM_SHA256: "DHE-RSA-AES128-GCM-SHA256",
  TLS_DHE_RSA_WITH_AES_256_GCM_SHA384: "DHE-RSA-AES256-GCM-SHA384",
  TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "DHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: "ECDHE-ECDSA-AES128-SHA256",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: "ECDHE-RSA-AES128-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384: "ECDHE-ECDSA-AES256-SHA384",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384: "ECDHE-RSA-AES256-SHA384",
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
  TLS_RSA_WITH_AES_128_GCM_SHA256: "AES128-GCM-SHA256",
  TLS_RSA_WITH_AES_256_GCM_SHA384: "AES256-GCM-SHA384",
  TLS_RSA_WITH_AES_128_CBC_SHA256: "AES128-SHA256",
  TLS_RSA_WITH_AES_256_CBC_SHA256: "AES256-SHA256",
  TLS_RSA_WITH_AES_128_CBC_SHA: "AES128-SHA",
  TLS_RSA_WITH_AES_256_CBC_SHA: "AES256-SHA",
};

const of13 = (name: string): Suite => ({
  name,
  openssl: name,
  version: "TLSv1.3",
});
const of12 = ([name, openssl]: [string, string]): Suite => ({
  name,
  openssl,
  version: "TLSv1.2",
});

/** The suites that are used by default. */
export const DEFAULT_SUITES: readonly Suite[] = [
  ...SUITES_13.map(of13),
  ...Object.entries(SUITES_12).map(of12),
];

const KNOWN = new Map(
  [
    ...DEFAULT_SUITES,
    of13("TLS_AES_128_CCM_SHA256"),
    ...Object.entries(OTHERS_12).map(of12),
  ].map((suite) => [suite.name, suite]),
);

/**
 * Checks and completes `ciphers`. @returns The suites to use, in order of preference.
 */
export function planSuites(given: unknown): readonly Suite[] {
  if (given === undefined) return DEFAULT_SUITES;
  if (!Array.isArray(given) || given.length === 0) {
    throw new TypeError(
      `Cannot use ciphers ${
        Array.isArray(given) ? "without any" : shown(given)
      }: give an array of registered names, such as "${SUITES_13[0]}"`,
    );
  }
  const suites = given.map((name) => {
    const suite = KNOWN.get(name);
    if (suite !== undefined) return suite;
    throw new TypeError(
      `Cannot use ${shown(name)} in ciphers: ${
        typeof name === "string" && name !== ""
          ? `it is not known; the nearest is "${nearest(name)}"`
          : "give registered names"
      }`,
    );
  });
  return [...new Set(suites)];
}

/** Returns the suites of one version. */
export function suitesOf(
  version: TlsVersion,
  suites: readonly Suite[],
): readonly Suite[] {
  return suites.filter((suite) => suite.version === version);
}

/**
 * Returns why a runtime does not support the planned suites, if so. Such a runtime uses
 * all of its suites of a version, or none, in its own order.
 *
 * @param runtime The runtime's name.
 */
export function withoutChoice(
  runtime: string,
  version: TlsVersion,
  suites: readonly Suite[],
): string | undefined {
  const wanted = suitesOf(version, suites);
  if (wanted.length === 0) return undefined;
  const own = suitesOf(version, DEFAULT_SUITES);
  const other = wanted.find((suite) => !own.includes(suite));
  if (other !== undefined) return `${runtime} has no ${other.name}`;
  const left = own.find((suite) => !wanted.includes(suite));
  return left &&
    `${runtime} cannot leave ${left.name} out of ciphers: it uses all of TLS ${
      version.slice(4)
    }, or none`;
}

/** Returns the suite whose name has most words in common with `given`. */
function nearest(given: string): string {
  // A name of OpenSSL has the same words, except for these.
  const wordsOf = (name: string) =>
    name.toUpperCase().replace(/^(TLS|SSL)_/, "").replace(/AES_(?=\d)/g, "AES")
      .split(/[-_ ]+/).filter((word) => word !== "WITH" && word !== "CBC");
  const words = wordsOf(given.slice(0, 100));
  let best = SUITES_13[0];
  let most = 0;
  for (const { name } of KNOWN.values()) {
    const own = wordsOf(name);
    const common = own.filter((word) => words.includes(word)).length;
    const score = 2 * common / (own.length + words.length);
    if (score > most) [best, most] = [name, score];
  }
  return best;
}
