/**
 * What every server of the bench sends and answers, whatever it is written with.
 *
 * Streams carry byte `i % 251` at place `i`, which the load generator checks.
 */

/**
 * A block can be sent again and again: it is a whole number of periods. It is
 * a little longer than 64 KiB, Node's high-water mark, so that `write()` tells
 * a server on `node:net` to wait for 'drain' and to serve others meanwhile.
 */
const PERIODS = 262;

/** The bytes of a source's block. */
export function block() {
  const bytes = new Uint8Array(251 * PERIODS);
  for (let i = 0; i < bytes.length; i++) bytes[i] = i % 251;
  return bytes;
}

/** The pieces of a burst, each of which is to be a write of its own. */
export function pieces(size, count) {
  const bytes = block();
  return Array.from({ length: count }, (_, i) => {
    const at = (i * size) % 251;
    return bytes.subarray(at, at + size);
  });
}

/** What a sink answers to the end: how much it got. */
export function countReply(count) {
  return new TextEncoder().encode(String(count));
}

/**
 * What a workload is apart from TLS.
 *
 * @param word The workload's name; with "tls-" before it, it is secured.
 * @returns Its name without that, and what to show to clients of TLS.
 */
export async function plainly(word) {
  if (!word.startsWith("tls-")) return { workload: word };
  const { credentials } = await import("./credentials.mjs");
  return { workload: word.slice("tls-".length), tls: credentials() };
}

/**
 * Collects garbage when signalled, where the server was started so that it can:
 * what an idle connection holds is to be measured, not what it has left behind.
 */
const collect = globalThis.gc ??
  (globalThis.Bun?.env.BENCH_COLLECT && (() => Bun.gc(true)));
if (collect) {
  if (globalThis.Deno) Deno.addSignalListener("SIGUSR2", () => collect());
  else process.on("SIGUSR2", () => collect());
}
