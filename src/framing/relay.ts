/**
 * Two connections, joined.
 *
 * @module
 */
import type { Conn } from "../api/stream.ts";
import { socketError } from "../core/errno.ts";
import { checkNumber, TIME_LIMIT } from "../core/options/check_number.ts";
import { copy } from "../core/stream/copy.ts";
import { unrefTimer } from "../core/wait/pending_call.ts";

/** How {@linkcode relay} ends. */
export interface RelayOptions {
  /** Resets both connections when it aborts. */
  signal?: AbortSignal | undefined;
  /**
   * Resets both connections if no byte moves for this many milliseconds, in either
   * direction. Defaults to `Infinity`, no limit.
   */
  idleTimeoutMs?: number | undefined;
}

/** The bytes that a relay has moved. */
export interface Relayed {
  /** Bytes from the first connection to the second. */
  readonly fromFirst: number;
  /** Bytes from the second connection to the first. */
  readonly fromSecond: number;
}

/**
 * Copies bytes both ways until both peers have sent FIN. Each FIN is passed on, so that
 * the other direction goes on (half-close).
 *
 * If one direction fails, or the relay is aborted, both connections are reset (see
 * `Conn.reset()`). After success both are still to be closed.
 *
 * @returns The bytes of each direction.
 * @throws the error of the connection that failed first
 * @throws {errors.TimedOut} ETIMEDOUT, past `idleTimeoutMs`
 * @throws `signal.reason`, when it aborts
 *
 * @example A proxy
 * ```ts no-eval
 * import { connect, serve } from "@anyport/sockets";
 * import { relay } from "@anyport/sockets/framing";
 *
 * await using server = await serve({ port: 8080 }, async (client, { signal }) => {
 *   using upstream = await connect({ port: 5432, signal });
 *   await relay(client, upstream, { signal, idleTimeoutMs: 60_000 });
 * });
 * ```
 */
export async function relay(
  first: Conn,
  second: Conn,
  { signal, idleTimeoutMs = Infinity }: RelayOptions = {},
): Promise<Relayed> {
  checkNumber("relay with idleTimeoutMs", idleTimeoutMs, TIME_LIMIT);
  signal?.throwIfAborted();
  const stop = new AbortController();
  const abort = () => stop.abort(signal!.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const stopIdling = watchIdle(first, second, idleTimeoutMs, stop);
  const pass = async (from: Conn, to: Conn): Promise<number> => {
    try {
      const moved = await copy(from, to, { signal: stop.signal });
      await to.closeWrite();
      return moved;
    } catch (error) {
      // The first failure is the one that is reported.
      stop.abort(error);
      throw error;
    }
  };
  try {
    const [fromFirst, fromSecond] = await Promise.all([
      pass(first, second),
      pass(second, first),
    ]);
    return { fromFirst, fromSecond };
  } catch {
    first.reset();
    second.reset();
    throw stop.signal.reason;
  } finally {
    stopIdling();
    signal?.removeEventListener("abort", abort);
  }
}

/** Aborts if no byte moves. @returns Ends the watch. */
function watchIdle(
  first: Conn,
  second: Conn,
  idleTimeoutMs: number,
  stop: AbortController,
): () => void {
  if (idleTimeoutMs === Infinity) return () => {};
  const count = () =>
    first.bytesRead + first.bytesWritten + second.bytesRead +
    second.bytesWritten;
  let moved = count();
  let since = performance.now();
  const timer = setInterval(() => {
    const now = count();
    if (now !== moved) {
      moved = now;
      since = performance.now();
    } else if (performance.now() - since >= idleTimeoutMs) {
      stop.abort(
        socketError("ETIMEDOUT", "read", first.remoteAddr, {
          reason: `no byte moved within idleTimeoutMs, ${idleTimeoutMs} ms`,
        }),
      );
    }
  }, Math.max(idleTimeoutMs / 8, 1));
  unrefTimer(timer);
  return () => clearInterval(timer);
}
