/**
 * The server names that clients send (SNI, RFC 6066 §3): arbitrary bytes of an
 * unverified peer.
 *
 * @module
 */
import { quoted } from "../shown.ts";
import type { ServerPlan } from "../options/tls.ts";
import { Refused } from "./reasons.ts";

/** RFC 1035 §2.3.4, without the trailing dot. */
const MAX_NAME_CHARS = 253;

/**
 * RFC 1123 labels, and the underscore that many hosts have. A label does not end with
 * one, which excludes `__proto__`.
 */
const HOST_NAME =
  /^(?:[a-z\d_][a-z\d_-]{0,61})?[a-z\d](?:\.(?:[a-z\d_][a-z\d_-]{0,61})?[a-z\d])*$/;

/**
 * A name that some programs read as an IPv4 address; by RFC 6066, addresses are not
 * sent.
 */
const NUMERIC_END = /(?:^|\.)(?:\d+|0x[\da-f]*)$/;

/**
 * Returns a hostname in lower case without its trailing dot; any other name unchanged.
 */
export function serverNameOf(sent: string): string {
  const name = sent.toLowerCase().replace(/\.$/, "");
  return isHostName(name) ? name : sent;
}

/** Whether a name that {@linkcode serverNameOf} has returned is a hostname. */
export function isHostName(name: string): boolean {
  return name.length <= MAX_NAME_CHARS && HOST_NAME.test(name) &&
    !NUMERIC_END.test(name);
}

/** Returns why a server refuses a client for its server name, if so. */
export function nameRefusal(
  { allowAnyServerName, credentials }: ServerPlan,
  name: string | null,
): Refused | undefined {
  return name === null || allowAnyServerName || isHostName(name) ||
      credentials.names.has(name)
    ? undefined
    : new Refused(
      "unrecognized-name",
      `the server name ${quoted(name)} is no host name`,
    );
}
