/**
 * Finding the connections that move nothing, or too little.
 *
 * Nothing is done when a byte moves: each connection counts its bytes anyway,
 * and is asked now and then whether there are more.
 *
 * @module
 */
import type { Conn } from "../api/stream.ts";
import type { Spoke, Wheel } from "./wheel.ts";

/** The limits, complete. */
export interface WatchLimits {
  /** Milliseconds; `undefined` for no limit. */
  readonly idleTimeoutMs: number | undefined;
  readonly minRate:
    | { readonly bytesPerSecond: number; readonly overMs: number }
    | undefined;
}

/** How often in the time of a limit a connection is looked at. */
const LOOKS = 8;

/** What is known of a connection that is watched. */
export class Watched implements Spoke {
  readonly conn: Conn;
  /** Its bytes at the last look, and since when they are so many. */
  bytes = 0;
  since: number;
  /** Its bytes when the period began that `minRate` is about, and when that was. */
  periodBytes = 0;
  periodBegan: number;
  slot: Spoke[] | undefined;
  at = 0;

  constructor(conn: Conn) {
    this.conn = conn;
    this.since = this.periodBegan = performance.now();
  }
}

/** What a connection is past. */
export type Limit = "idle" | "slow";

/** Watches what is in a wheel. @param past Called for what is past a limit. */
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
