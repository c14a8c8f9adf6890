/**
 * The options of TLS one by one, checked.
 *
 * @module
 */
import type { TlsKeyPair, TlsListenerOptions } from "../../api/tls.ts";
import { parseHostname } from "./hostname.ts";
import { checkNames, OPTIONS } from "./option_names.ts";
import { ownOptions } from "./own_options.ts";
import { shown } from "../shown.ts";

/** RFC 7301 §3.1: names of 1..255 bytes, 65535 with a length before each. */
export function checkAlpn(given: unknown): readonly string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    throw new TypeError(
      `Cannot use alpnProtocols ${shown(given)}: give an array of names`,
    );
  }
  let total = 0;
  for (const name of given) {
    // Registered names are ASCII; what runtimes do with others differs.
    if (typeof name !== "string" || !/^[\x20-\x7e]{1,255}$/.test(name)) {
      throw new TypeError(
        `Cannot use ${
          shown(name)
        } in alpnProtocols: give names of 1..255 ASCII characters`,
      );
    }
    total += 1 + name.length;
  }
  if (total > 65535) {
    throw new RangeError(
      `Cannot use alpnProtocols of ${total} bytes together: give fewer, 65535 at most`,
    );
  }
  return [...given];
}

/** Checks one of `serverNames`. @returns In lower case, without a dot at its end. */
export function checkServerName(name: string): string {
  const rest = name.startsWith("*.") ? name.slice(2) : name;
  const host = parseHostname(rest, "use TLS for");
  if (host.family !== 0) {
    throw new TypeError(
      `Cannot use ${
        shown(name)
      } in serverNames: clients name no IP addresses; use cert and key, or chooseCertificate`,
    );
  }
  return `${rest === name ? "" : "*."}${host.name}`.toLowerCase()
    .replace(/\.$/, "");
}

/** Checks a pair that a caller has given. */
export function checkPair(given: unknown, whose: string): TlsKeyPair {
  checkNames(given, OPTIONS.keyPair, "use TLS");
  const { cert, key } = ownOptions(given ?? {}) as Partial<TlsKeyPair>;
  for (const [name, value] of [["cert", cert], ["key", key]] as const) {
    if (typeof value !== "string" || !value.includes("-----BEGIN ")) {
      throw new TypeError(
        `Cannot use TLS with this ${name} for ${whose}: give cert and key as PEM text`,
      );
    }
  }
  return { cert: cert!, key: key! };
}

/** Checks `caCerts`. */
export function checkCaCerts(given: unknown): readonly string[] | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given) || given.length === 0) {
    throw new TypeError(
      `Cannot use caCerts ${
        Array.isArray(given) ? "without any" : shown(given)
      }: give an array of certificates as PEM text`,
    );
  }
  for (const cert of given) {
    if (typeof cert !== "string" || !cert.includes("-----BEGIN ")) {
      throw new TypeError(
        "Cannot use one of caCerts: give certificates as PEM text",
      );
    }
  }
  return [...given];
}

/** Checks `maxHandshakes`; `Infinity` for no limit. */
export function checkMaxHandshakes(options: TlsListenerOptions): number {
  const { maxHandshakes = Infinity } = options;
  if (
    maxHandshakes === Infinity ||
    (Number.isInteger(maxHandshakes) && maxHandshakes >= 1)
  ) return maxHandshakes;
  throw new RangeError(
    `Cannot use maxHandshakes ${
      shown(maxHandshakes)
    }: give a whole number, 1 or more`,
  );
}
