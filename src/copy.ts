/**
 * Moving bytes from one connection to another.
 *
 * @module
 */
import type { Conn, WaitOptions } from "./types.ts";

/** Where bytes come from. */
export type CopySource = Pick<Conn, "readChunk">;

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
 * @param options `timeoutMs` limits each read and each write, not the whole.
 * @returns How many bytes were moved.
 * @throws what {@linkcode Conn.readChunk} and {@linkcode Conn.write} throw
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
  let moved = 0;
  for (;;) {
    const chunk = await from.readChunk(options);
    if (chunk === null) return moved;
    moved += await to.write(chunk, options);
  }
}
