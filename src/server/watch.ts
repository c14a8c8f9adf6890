/**
 * Detects idle and slow connections.
 *
 * Connections count their bytes anyway; the counters are polled, so that a read or
 * write costs nothing extra.
 *
 * @module
 */
import type { Conn } from "../api/stream.ts";
import type { Spoke, Wheel } from "./wheel.ts";

/** The limits, with defaults filled in. */
export interface WatchLimits {
  /** Milliseconds; `undefined` for no limit. */
  readonly idleTimeoutMs: number | undefined;
  readonly minRate:
    | { readonly bytesPerSecond: number; readonly overMs: number }
    | undefined;
}

/** How many times a connection is polled within the time of a limit. */
const LOOKS = 8;

/** The state of a watched connection. */
export class Watched implements Spoke {
  readonly conn: Conn;
  /** Its byte count at the last poll, and the time of its last change. */
  bytes = 0;
  since: number;
  /** Its byte count and the time at the start of the current `minRate` period. */
  periodBytes = 0;
  periodBegan: number;
  slot: Spoke[] | undefined;
  at = 0;

  constructor(conn: Conn) {
    this.conn = conn;
    this.since = this.periodBegan = performance.now();
  }
}

/** The limit that a connection exceeded. */
export type Limit = "idle" | "slow";

/** Polls the connections of a wheel. @param past Called for one that exceeded a limit. */
export function watch<W extends Watched>(
  wheel: Wheel<W>,
  limits: WatchLimits,
  past: (one: W, limit: Limit) => void,
): void {
  const shortestMs = Math.min(
    limits.idleTimeoutMs ?? Infinity,
    limits.minRate?.overMs ?? Infinity,
  );
  if (shortestMs === Infinity) return;
  wheel.turn(shortestMs / LOOKS, (one) => {
    const limit = look(one, limits, performance.now());
    if (limit !== undefined) past(one, limit);
  });
}

function look(
  one: Watched,
  { idleTimeoutMs, minRate }: WatchLimits,
  now: number,
): Limit | undefined {
  const bytes = one.conn.bytesRead + one.conn.bytesWritten;
  if (bytes !== one.bytes) {
    one.bytes = bytes;
    one.since = now;
  } else if (idleTimeoutMs !== undefined && now - one.since >= idleTimeoutMs) {
    return "idle";
  }
  if (minRate === undefined) return undefined;
  const took = now - one.periodBegan;
  if (took < minRate.overMs) return undefined;
  const moved = bytes - one.periodBytes;
  if (moved < minRate.bytesPerSecond * took / 1000) return "slow";
  one.periodBytes = bytes;
  one.periodBegan = now;
  return undefined;
}
