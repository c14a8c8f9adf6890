/**
 * Moving bytes from one connection to another.
 *
 * @module
 */
import { markShort, readsInPlace } from "./conn.ts";
import { ownOption } from "../options/own_options.ts";
import { checkWait } from "../wait/pending_call.ts";
import { BadResource, Interrupted, TimedOut } from "../../api/errors.ts";
import { shown } from "../shown.ts";
import type { Conn, WaitOptions } from "../../api/stream.ts";

/**
 * The buffer of connections that are read in place. It grows while reads fill
 * it, because on a busy connection the system calls are what costs (256 KiB
 * moves 1.4 times as much as 64 KiB on Deno), and shrinks when they do not,
 * because a quiet one holds it all the time.
 */
const MIN_BUFFER_BYTES = 16 * 1024;
const MAX_BUFFER_BYTES = 256 * 1024;

/** Where bytes come from. */
export type CopySource = Pick<Conn, "read" | "readChunk">;

/** Where bytes go. */
export type CopyTarget = Pick<Conn, "write">;

/**
 * Moves bytes from `from` to `to` until `from` ends, at the speed of a loop of
 * reads and writes, which the piping of web streams does not reach.
 *
 * It waits for `to` to take each chunk before it reads the next one, so
 * nothing piles up. It closes neither side: call `to.closeWrite()` to pass the
 * end on.
 *
 * Cancelling loses nothing: bytes not yet read stay in `from`, bytes that were
 * read stay queued in `to`.
 *
 * When `from` fails, closing `to` resets it, so that its peer does not take a part
 * for the whole; over TLS there is no close_notify. Writing more to `to`, or ending
 * it by `to.closeWrite()`, takes that back.
 *
 * @param options `timeoutMs` limits each read and each write, not the whole.
 * @returns How many bytes were moved.
 * @throws what {@linkcode Conn.read} and {@linkcode Conn.write} throw
 *
 * @example A relay, both ways
 * ```ts
 * import { type Conn, copy } from "@anyport/sockets";
 *
 * async function relay(a: Conn, b: Conn): Promise<void> {
 *   const pass = async (from: Conn, to: Conn) => {
 *     await copy(from, to);
 *     await to.closeWrite();
 *   };
 *   await Promise.all([pass(a, b), pass(b, a)]);
 * }
 * ```
 */
export async function copy(
  from: CopySource,
  to: CopyTarget,
  options?: WaitOptions,
): Promise<number> {
  checkEnd("from", from, ["read", "readChunk"]);
  checkEnd("to", to, ["write"]);
  checkWait(options);
  markShort(to, false);
  try {
    return readsInPlace(from)
      ? await copyInPlace(from, to, options)
      : await copyChunks(from, to, options);
  } catch (error) {
    if (endsShort(error, options)) markShort(to, true);
    throw error;
  }
}

/** Checks an end before a byte is taken: what cannot be passed on would be lost. */
function checkEnd(
  name: string,
  end: CopySource | CopyTarget,
  methods: readonly string[],
): void {
  const has = (method: string) =>
    typeof (end as unknown as Record<string, unknown>)[method] === "function";
  if (typeof end === "object" && end !== null && methods.every(has)) return;
  throw new TypeError(
    `Cannot copy ${name} ${shown(end)}: give a connection, or what has ${
      methods.join("() and ")
    }()`,
  );
}

/**
 * Whether the bytes end where they must not: not so where the caller has stopped the
 * copying, by its options or by closing an end.
 */
function endsShort(error: unknown, options: WaitOptions | undefined): boolean {
  if (error instanceof Interrupted || error instanceof BadResource) {
    return false;
  }
  const signal = ownOption(options, "signal");
  if (signal?.aborted && error === signal.reason) return false;
  return !(error instanceof TimedOut && error.cause === undefined &&
    ownOption(options, "timeoutMs") !== undefined);
}

async function copyChunks(
  from: CopySource,
  to: CopyTarget,
  options: WaitOptions | undefined,
): Promise<number> {
  let moved = 0;
  for (;;) {
    const chunk = await from.readChunk(options);
    if (chunk === null) return moved;
    moved += await pass(chunk, to, options);
  }
}

async function copyInPlace(
  from: CopySource,
  to: CopyTarget,
  options: WaitOptions | undefined,
): Promise<number> {
  let moved = 0;
  let buffer = new Uint8Array(MIN_BUFFER_BYTES);
  for (;;) {
    const n = await from.read(buffer, options);
    if (n === null) return moved;
    moved += await pass(buffer.subarray(0, n), to, options);
    const size = buffer.byteLength;
    if (n === size && size < MAX_BUFFER_BYTES) {
      buffer = new Uint8Array(size * 2);
    } else if (n < size / 8 && size > MIN_BUFFER_BYTES) {
      buffer = new Uint8Array(size / 2);
    }
  }
}

/** Writes what was read, also if the signal has aborted in between: it is out of `from`. */
function pass(
  bytes: Uint8Array,
  to: CopyTarget,
  options: WaitOptions | undefined,
): Promise<number> {
  const signal = ownOption(options, "signal");
  if (!signal?.aborted) return to.write(bytes, options);
  // No call waits for it; the next write reports its failure.
  to.write(bytes).catch(() => {});
  return Promise.reject(signal.reason);
}
