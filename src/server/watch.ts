/**
 * Finding the connections that move nothing, or too little.
 *
 * Nothing is done when a byte moves: each connection counts its bytes anyway,
 * and is asked now and then whether there are more.
 *
 * @module
 */
import type { Conn } from "../types.ts";
import { Wheel } from "./wheel.ts";

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

/** A connection that is watched. */
export interface Watched {
  readonly conn: Conn;
  /** Called when it is past a limit; it is watched on until it is let go. */
  readonly past: (limit: "idle" | "slow") => void;
  /** Its bytes at the last look, and since when they are so many. */
  bytes: number;
  since: number;
  /** Its bytes when the period began that `minRate` is about, and when that was. */
  periodBytes: number;
  periodBegan: number;
  slot: Set<Watched> | undefined;
}

/** Watches connections. */
export class Watch {
  readonly #limits: WatchLimits;
  readonly #wheel: Wheel<Watched>;

  private constructor(limits: WatchLimits, shortestMs: number) {
    this.#limits = limits;
    this.#wheel = new Wheel(shortestMs / LOOKS, (one) => this.#look(one));
  }

  /** A watch, where there is something to watch for. */
  static for(limits: WatchLimits): Watch | undefined {
    const shortestMs = Math.min(
      limits.idleTimeoutMs ?? Infinity,
      limits.minRate?.overMs ?? Infinity,
    );
    return shortestMs === Infinity ? undefined : new Watch(limits, shortestMs);
  }

  /** Begins to watch. @returns What is to be let go. */
  watch(conn: Conn, past: Watched["past"]): Watched {
    const now = performance.now();
    const one: Watched = {
      conn,
      past,
      bytes: 0,
      since: now,
      periodBytes: 0,
      periodBegan: now,
      slot: undefined,
    };
    one.slot = this.#wheel.add(one);
    return one;
  }

  /** Watches it no longer. */
  letGo(one: Watched): void {
    this.#wheel.delete(one, one.slot!);
  }

  #look(one: Watched): void {
    const { idleTimeoutMs, minRate } = this.#limits;
    const now = performance.now();
    const bytes = one.conn.bytesRead + one.conn.bytesWritten;
    if (bytes !== one.bytes) {
      one.bytes = bytes;
      one.since = now;
    } else if (
      idleTimeoutMs !== undefined && now - one.since >= idleTimeoutMs
    ) {
      return one.past("idle");
    }
    if (minRate === undefined) return;
    const took = now - one.periodBegan;
    if (took < minRate.overMs) return;
    const moved = bytes - one.periodBytes;
    if (moved < minRate.bytesPerSecond * took / 1000) return one.past("slow");
    one.periodBytes = bytes;
    one.periodBegan = now;
  }
}
