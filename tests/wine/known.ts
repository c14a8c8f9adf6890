/**
 * Cases that fail under Wine 10, and why that is Wine's, or not known to be ours.
 *
 * @module
 */

/** By runtime: parts of the names of cases. */
export const KNOWN: Readonly<Record<string, readonly RegExp[]>> = {
  node: [
    // Wine has no MCAST_JOIN_SOURCE_GROUP for IPv6: "UNKNOWN".
    /^join a multicast group works, or is refused by name \(hops6\)$/,
  ],
  bun: [
    /^join a multicast group works, or is refused by name \(hops6\)$/,
    // A connect() that is refused resolves: Wine tells Bun's poll that it can write.
    /refused|refuse |refuses,|closed port|where no socket listens|spell addresses$/,
    /^connect\(\) right after the listener was closed/,
    /^listen\(\) that is aborted rejects the reason/,
    /^listen\(\) with ipv6Only takes no connections over IPv4/,
    /^Socket: (?:time limits|a name may lead|connect gives a bound)/,
    // Wine takes what Bun sends at once, whole.
    /its buffer is (?:transferred|of a Wasm memory)/,
    /^a clogged write\(\)|^close\(\) over writes that wait|^writable\.abort\(\)/,
    /^shutdown\(\) lets handlers finish|^idleTimeoutMs closes a peer/,
    /^write\(\) of a connection (?:below|past) /,
  ],
  deno: [],
};
