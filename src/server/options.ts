/**
 * The options of `serve`: checks and defaults, applied before a listener opens.
 *
 * @module
 */
import { shown } from "../core/shown.ts";
import {
  checkNames,
  LISTEN,
  namesOf,
  type OrAddr,
  SERVE,
} from "../core/options/option_names.ts";
import { ownOptions } from "../core/options/own_options.ts";
import { checkNumber, MAX_TIMER_MS } from "../core/options/check_number.ts";
import { checkLimits } from "../core/wait/pending_call.ts";
import type { Addr, Conn, ListenOptions } from "../api/stream.ts";
import { AddressBlocks } from "./address_blocks.ts";
import { AcceptPace, type AdmissionLimits } from "./admission.ts";
import type {
  MinRate,
  ServeOptions,
  ServerEvent,
  ShutdownOptions,
} from "../api/serve.ts";
import type { WatchLimits } from "./watch.ts";

/** Option names: of `serve()` with listen options, of `serve()` over a listener, and of nested objects. */
export const NAMES = {
  all: namesOf<OrAddr<ListenOptions> | ServeOptions>({ ...LISTEN, ...SERVE }),
  serve: namesOf<ServeOptions>(SERVE),
  minRate: namesOf<MinRate>({ bytesPerSecond: 1, overMs: 1 }),
  shutdown: namesOf<ShutdownOptions>({ graceMs: 1 }),
} as const;

/** The options, with defaults filled in. */
export interface ServePlan<A extends Addr>
  extends AdmissionLimits, WatchLimits {
  readonly maxConnections: number;
  readonly pace: AcceptPace | undefined;
  readonly graceMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onError: ((error: unknown, conn: Conn<A>) => unknown) | undefined;
  readonly onEvent: ((event: ServerEvent<A>) => unknown) | undefined;
}

const DEFAULT_GRACE_MS = 5_000;
const DEFAULT_RATE_PERIOD_MS = 10_000;

/** The prefix of one link, whose hosts choose the remaining bits (RFC 4291 §2.5.1, RFC 8981). */
const DEFAULT_IPV6_PREFIX_LENGTH = 64;

/** Minimums: with shorter ones, polling would dominate. */
const MIN_IDLE_MS = 10;
const MIN_RATE_PERIOD_MS = 100;

/**
 * Checks the options and fills in defaults.
 *
 * @param transport What the server listens on.
 * @throws {TypeError | RangeError} an invalid option
 * @throws `signal.reason`, when it is already aborted
 */
export function planServe<A extends Addr>(
  given: ServeOptions<A>,
  transport: Addr["transport"],
): ServePlan<A> {
  const options = ownOptions(given);
  const { signal, allow, deny, acceptRate } = options;
  checkLimits({ signal });
  if (transport === "unix") refuseTcpOnly(options);
  return {
    maxConnections: checkCount("maxConnections", options.maxConnections),
    maxPerHost: checkCount(
      "maxConnectionsPerHost",
      options.maxConnectionsPerHost,
    ),
    ipv6PrefixLength: checkPrefixLength(options.ipv6PrefixLength),
    pace: acceptRate === undefined
      ? undefined
      : new AcceptPace(checkRate("acceptRate", acceptRate)),
    allow: allow === undefined ? undefined : new AddressBlocks(allow, "allow"),
    deny: deny === undefined ? undefined : new AddressBlocks(deny, "deny"),
    idleTimeoutMs: checkMs(
      "idleTimeoutMs",
      options.idleTimeoutMs,
      MIN_IDLE_MS,
      true,
    ),
    minRate: checkMinRate(options.minRate),
    graceMs: checkMs("graceMs", options.graceMs, 0, true) ?? DEFAULT_GRACE_MS,
    signal,
    onError: checkHook("onError", options.onError),
    onEvent: checkHook("onEvent", options.onEvent),
  };
}

/**
 * Checks a number of milliseconds.
 *
 * @throws {TypeError | RangeError} it is invalid
 */
export function checkMs(
  name: string,
  value: unknown,
  least: number,
  orInfinity = false,
): number | undefined {
  if (value === undefined) return undefined;
  return checkNumber(`serve with ${name}`, value, {
    least,
    most: MAX_TIMER_MS,
    unit: "milliseconds",
    orInfinity,
  });
}

/** Checks a count; `Infinity` by default. */
function checkCount(name: string, value: unknown = Infinity): number {
  return checkNumber(`serve with ${name}`, value, {
    least: 1,
    orInfinity: true,
  });
}

/** Checks a prefix length of IPv6. */
function checkPrefixLength(
  value: unknown = DEFAULT_IPV6_PREFIX_LENGTH,
): number {
  const range = { least: 1, most: 128 };
  return checkNumber("serve with ipv6PrefixLength", value, range);
}

/** Checks a rate per second. */
function checkRate(name: string, value: unknown): number {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot serve with ${name} ${shown(value)}: give a number`,
    );
  }
  if (!(value > 0 && value < Infinity)) {
    throw new RangeError(
      `Cannot serve with ${name} ${value}: give a number above 0`,
    );
  }
  return value;
}

function checkMinRate(minRate: unknown): WatchLimits["minRate"] {
  if (minRate === undefined) return undefined;
  if (typeof minRate !== "object" || minRate === null) {
    throw new TypeError(
      `Cannot serve with minRate ${
        shown(minRate)
      }: give { bytesPerSecond, overMs }`,
    );
  }
  checkNames(minRate, NAMES.minRate, "serve with minRate");
  const { bytesPerSecond, overMs } = ownOptions(minRate as Partial<MinRate>);
  return {
    bytesPerSecond: checkRate("minRate.bytesPerSecond", bytesPerSecond),
    overMs: checkMs("minRate.overMs", overMs, MIN_RATE_PERIOD_MS) ??
      DEFAULT_RATE_PERIOD_MS,
  };
}

function checkHook<F>(name: string, hook: F): F {
  if (hook === undefined || typeof hook === "function") return hook;
  throw new TypeError(
    `Cannot serve with ${name} ${shown(hook)}: give a function`,
  );
}

const TCP_ONLY = [
  "maxConnectionsPerHost",
  "ipv6PrefixLength",
  "allow",
  "deny",
] as const;

function refuseTcpOnly<A extends Addr>(options: ServeOptions<A>): void {
  for (const name of TCP_ONLY) {
    if (options[name] !== undefined) {
      throw new TypeError(
        `Cannot serve a path with ${name}: that is for TCP; leave it out`,
      );
    }
  }
}
