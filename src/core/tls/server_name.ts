/**
 * The server names that clients send (SNI, RFC 6066 §3): a stranger's choice of bytes.
 *
 * @module
 */
import { quoted } from "../shown.ts";
import type { ServerPlan } from "../options/tls.ts";
import { Refused } from "./reasons.ts";

/** RFC 1035 §2.3.4, without the dot at the end. */
const MAX_NAME_CHARS = 253;

/**
 * RFC 1123 labels; with the underscores that many hosts have, but not at the end of a
 * label: `__proto__` is none.
 */
const HOST_NAME =
  /^(?:[a-z\d_][a-z\d_-]{0,61})?[a-z\d](?:\.(?:[a-z\d_][a-z\d_-]{0,61})?[a-z\d])*$/;

/** The end of what some programs take for an IPv4 address; RFC 6066 has addresses not sent. */
const NUMERIC_END = /(?:^|\.)(?:\d+|0x[\da-f]*)$/;

/** A name as hosts are called, in lower case without the dot at its end; any other as it came. */
export function serverNameOf(sent: string): string {
  const name = sent.toLowerCase().replace(/\.$/, "");
  return isHostName(name) ? name : sent;
}

/** Whether a name that {@linkcode serverNameOf} has given is a host's. */
export function isHostName(name: string): boolean {
  return name.length <= MAX_NAME_CHARS && HOST_NAME.test(name) &&
    !NUMERIC_END.test(name);
}

/** Why a server refuses a client because of the name that it has sent, if so. */
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
