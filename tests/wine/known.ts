/**
 * Cases that fail under Wine 10, and what was seen. On Windows itself they are not run yet.
 *
 * @module
 */

/** By runtime: parts of the names of cases. */
export const KNOWN: Readonly<Record<string, readonly RegExp[]>> = {
  node: [
    // Joining a group of IPv6 for one source fails with "UNKNOWN".
    /^join a multicast group works, or is refused by name \(hops6\)$/,
  ],
  bun: [
    /^join a multicast group works, or is refused by name \(hops6\)$/,
    // A connect() that is refused resolves. The cause, Wine or Bun, is not known.
    /refused|refuse |refuses,|closed port|where no socket listens|spell addresses$/,
    /^connect\(\) right after the listener was closed/,
    /^listen\(\) that is aborted rejects the reason/,
    /^listen\(\) with ipv6Only takes no connections over IPv4/,
    /^Socket: (?:time limits|a name may lead|connect gives a bound)/,
    // What Bun sends is taken at once, whole: no write waits.
    /its buffer is (?:transferred|of a Wasm memory)/,
    /^a clogged write\(\)|^close\(\) over writes that wait|^writable\.abort\(\)/,
    /^shutdown\(\) lets handlers finish|^idleTimeoutMs closes a peer/,
    /^write\(\) of a connection (?:below|past) /,
  ],
  deno: [],
};
