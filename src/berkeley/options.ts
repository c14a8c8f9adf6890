/**
 * A socket's options.
 *
 * @module
 */
import { MAX_TIMER_MS } from "../core/waiter.ts";
import {
  IPPROTO_TCP,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDTIMEO,
  SOL_SOCKET,
  TCP_NODELAY,
} from "./constants.ts";

/** The options, by level and name, and whether each is a switch or a time. */
const KINDS: ReadonlyMap<string, "switch" | "time"> = new Map([
  [keyOf(SOL_SOCKET, SO_REUSEADDR), "switch"],
  [keyOf(SOL_SOCKET, SO_BROADCAST), "switch"],
  [keyOf(SOL_SOCKET, SO_KEEPALIVE), "switch"],
  [keyOf(SOL_SOCKET, SO_REUSEPORT), "switch"],
  [keyOf(SOL_SOCKET, SO_RCVTIMEO), "time"],
  [keyOf(SOL_SOCKET, SO_SNDTIMEO), "time"],
  [keyOf(IPPROTO_TCP, TCP_NODELAY), "switch"],
]);

/** The values; what was never set is 0. */
export class SocketOptions {
  /** See `Socket.setTimeout`. */
  timeoutMs: number | null = null;
  readonly #values = new Map<string, number>();

  /** Whether there is such an option. */
  static has(level: number, name: number): boolean {
    return KINDS.has(keyOf(level, name));
  }

  get(level: number, name: number): number {
    return this.#values.get(keyOf(level, name)) ?? 0;
  }

  /** Whether a switch is on. */
  isOn(level: number, name: number): boolean {
    return this.get(level, name) !== 0;
  }

  /**
   * @returns The value as it is kept: 0 or 1 of a switch.
   * @throws {TypeError | RangeError} the value makes no sense
   */
  set(level: number, name: number, value: number | boolean): number {
    const kind = KINDS.get(keyOf(level, name));
    const number = Number(value);
    if (typeof value !== "number" && typeof value !== "boolean") {
      throw new TypeError(
        `Cannot set option ${name} to ${String(value)}: give a number`,
      );
    }
    if (kind === "time" && !(number >= 0 && number <= MAX_TIMER_MS)) {
      throw new RangeError(
        `Cannot set option ${name} to ${number}: give milliseconds, 0..${MAX_TIMER_MS}`,
      );
    }
    const kept = kind === "switch" ? Number(number !== 0) : number;
    this.#values.set(keyOf(level, name), kept);
    return kept;
  }

  /** The options of a socket that was accepted: those of the listening one, without its time limit. */
  copy(): SocketOptions {
    const copy = new SocketOptions();
    for (const [key, value] of this.#values) copy.#values.set(key, value);
    return copy;
  }
}

function keyOf(level: number, name: number): string {
  return `${level}/${name}`;
}
