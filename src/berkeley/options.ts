/**
 * The options of a socket: their kinds, checks and values.
 *
 * @module
 */
import { checkNumber, MAX_TIMER_MS } from "../core/options/check_number.ts";
import { socketError } from "../core/errno.ts";
import { shown } from "../core/shown.ts";
import {
  AF_UNIX,
  type Family,
  IPPROTO_TCP,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDTIMEO,
  SOCK_DGRAM,
  type SocketType,
  SOL_SOCKET,
  TCP_NODELAY,
} from "./constants.ts";
import { stateError } from "./errors.ts";

/** The options by level and name: a switch, or a time in milliseconds. */
const KINDS: ReadonlyMap<string, "switch" | "time"> = new Map([
  [keyOf(SOL_SOCKET, SO_REUSEADDR), "switch"],
  [keyOf(SOL_SOCKET, SO_BROADCAST), "switch"],
  [keyOf(SOL_SOCKET, SO_KEEPALIVE), "switch"],
  [keyOf(SOL_SOCKET, SO_REUSEPORT), "switch"],
  [keyOf(SOL_SOCKET, SO_RCVTIMEO), "time"],
  [keyOf(SOL_SOCKET, SO_SNDTIMEO), "time"],
  [keyOf(IPPROTO_TCP, TCP_NODELAY), "switch"],
]);

/** The values of options; 0 by default. */
export class SocketOptions {
  readonly #values = new Map<string, number>();
  #timeoutMs: number | null = null;

  /** See `Socket.setTimeout`. */
  get timeoutMs(): number | null {
    return this.#timeoutMs;
  }

  set timeoutMs(ms: number | null) {
    if (ms !== null) checkTimeout(ms);
    this.#timeoutMs = ms;
  }

  get(level: number, name: number): number {
    return this.#values.get(keyOf(level, name)) ?? 0;
  }

  /** Whether a switch is on. */
  isOn(level: number, name: number): boolean {
    return this.get(level, name) !== 0;
  }

  /**
   * @returns The stored value: 0 or 1 for a switch.
   * @throws {TypeError | RangeError} the value is invalid
   */
  set(level: number, name: number, value: number | boolean): number {
    const kind = KINDS.get(keyOf(level, name));
    if (typeof value !== "number" && typeof value !== "boolean") {
      throw new TypeError(
        `Cannot set option ${name} to ${shown(value)}: give a number`,
      );
    }
    const number = Number(value);
    if (kind === "time") checkNumber(`set option ${name} to`, number, TIME);
    const kept = kind === "switch" ? Number(number !== 0) : number;
    this.#values.set(keyOf(level, name), kept);
    return kept;
  }

  /** The options of an accepted socket: those of the listening one, without its timeout. */
  copy(): SocketOptions {
    const copy = new SocketOptions();
    for (const [key, value] of this.#values) copy.#values.set(key, value);
    return copy;
  }
}

/** @throws {SocketError} the socket does not support the option, see `Socket.setsockopt` */
export function assertOption(
  operation: "setsockopt" | "getsockopt",
  { family, type }: { readonly family: Family; readonly type: SocketType },
  level: number,
  name: number,
): void {
  const tcp = level === IPPROTO_TCP;
  if (tcp && family === AF_UNIX) throw stateError("ENOTSUP", operation);
  // The kernel rejects the level of getsockopt(2) before it checks the name.
  if (tcp && type === SOCK_DGRAM && operation === "getsockopt") {
    throw stateError("EOPNOTSUPP", operation);
  }
  if ((tcp && type === SOCK_DGRAM) || !KINDS.has(keyOf(level, name))) {
    throw socketError("ENOPROTOOPT", operation, undefined, {
      reason: `there is no option ${shown(name)} at level ${shown(level)}`,
    });
  }
}

/** Milliseconds of a timer. */
const TIME = {
  least: 0,
  most: MAX_TIMER_MS,
  unit: "milliseconds",
} as const;

function checkTimeout(ms: unknown): void {
  checkNumber("wait for", ms, TIME);
}

function keyOf(level: number, name: number): string {
  return `${shown(level)}/${shown(name)}`;
}
