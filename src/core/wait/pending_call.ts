/**
 * One call that waits: for bytes, for room, for a connection.
 *
 * @module
 */
import type { Operation } from "../../api/errors.ts";
import type { Addr, WaitOptions } from "../../api/stream.ts";
import { socketError } from "../errno.ts";
import { checkNames, OPTIONS } from "../options/option_names.ts";
import { ownOption } from "../options/own_options.ts";
import { shown } from "../shown.ts";
import { isBuffer } from "../stream/bytes.ts";

/** The longest a timer can run; past it the runtimes' timers fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** What settles the promise that was made last; see {@linkcode grab}. */
let grabbedResolve!: (value: never) => void;
let grabbedReject!: (reason: unknown) => void;

/** One executor for all promises: a closure for each would be made on every read. */
function grab(
  resolve: (value: never) => void,
  reject: (reason: unknown) => void,
): void {
  grabbedResolve = resolve;
  grabbedReject = reject;
}

/** What may end a waiting before its time. */
interface Limits {
  readonly signal: AbortSignal | undefined;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  readonly cancel: (reason: unknown) => void;
}

/**
 * A waiting call's promise, settled once: by its result, its signal or its time limit.
 *
 * Without private methods, which would mark each instance as it is made.
 */
export class PendingCall<T> {
  /** What the caller holds. */
  readonly promise: Promise<T>;
  /**
   * What is to be filled, of a call that gave a buffer. It is here because a class
   * that extends this one costs V8 a lookup for each call.
   */
  readonly into: Uint8Array | undefined;
  /** Whether the call has got its result, or its end. */
  settled = false;
  readonly #resolve: (value: T) => void;
  readonly #reject: (reason: unknown) => void;
  #limits: Limits | undefined;

  constructor(into?: Uint8Array) {
    this.into = into;
    this.promise = new Promise<never>(grab);
    this.#resolve = grabbedResolve as (value: T) => void;
    this.#reject = grabbedReject;
  }

  /**
   * Lets `options` end the waiting. Check them with {@linkcode checkWait} first.
   *
   * @param address Named by the errors.
   * @param forget Takes the call out of its queue, before its promise rejects.
   */
  limit(
    options: WaitOptions,
    operation: Operation,
    address: Addr | undefined,
    forget: () => void,
  ): void {
    const signal = ownOption(options, "signal");
    const timeoutMs = ownOption(options, "timeoutMs");
    const cancel = (reason: unknown) => {
      if (this.settled) return;
      forget();
      this.reject(reason);
    };
    if (signal !== undefined) onAbort(signal, cancel);
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (timeoutMs !== undefined && timeoutMs !== Infinity) {
      timer = setTimeout(() => {
        cancel(
          socketError("ETIMEDOUT", operation, address, {
            reason: `timed out after ${timeoutMs} ms`,
          }),
        );
      }, timeoutMs);
      // What is waited for keeps the process alive, or is not to: see unref().
      (timer as { unref?(): void }).unref?.();
    }
    this.#limits = { signal, timer, cancel };
  }

  resolve(value: T): void {
    this.settled = true;
    if (this.#limits !== undefined) lift(this.#limits);
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.settled = true;
    if (this.#limits !== undefined) lift(this.#limits);
    this.#reject(reason);
  }
}

function lift({ signal, timer, cancel }: Limits): void {
  clearTimeout(timer);
  if (signal !== undefined) offAbort(signal, cancel);
}

/**
 * Whether `options` can end a waiting at all; they hold nothing else.
 *
 * @throws {TypeError | RangeError} another option, or one that makes no sense
 * @throws `signal.reason`, when it has aborted already
 */
export function checkWait(
  options: WaitOptions | undefined,
): options is WaitOptions {
  if (options === undefined) return false;
  if (typeof options === "object" && options !== null) {
    for (const name in options) {
      // Asked twice, for calls that have nothing wrong with them.
      if (name === "signal" || name === "timeoutMs") continue;
      checkNames(options, OPTIONS.wait, "wait");
    }
  }
  return checkLimits(options);
}

/**
 * Whether what limits a waiting, among other options, can end one at all.
 *
 * @throws {TypeError | RangeError} `timeoutMs` is no number of milliseconds
 * @throws `signal.reason`, when it has aborted already
 */
export function checkLimits(
  options: WaitOptions | undefined,
): options is WaitOptions {
  if (options === undefined) return false;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot wait with ${shown(options)}: give { signal, timeoutMs }`,
    );
  }
  const signal = ownOption(options, "signal");
  const timeoutMs = ownOption(options, "timeoutMs");
  if (timeoutMs !== undefined) {
    if (typeof timeoutMs !== "number") {
      throw new TypeError(
        `Cannot wait for timeoutMs ${
          shown(timeoutMs)
        }: give a number of milliseconds`,
      );
    }
    if (
      !(timeoutMs >= 0) || (timeoutMs > MAX_TIMER_MS && timeoutMs !== Infinity)
    ) {
      throw new RangeError(
        `Cannot wait for timeoutMs ${timeoutMs}: give 0..${MAX_TIMER_MS}, or none for no limit`,
      );
    }
  }
  if (signal === undefined) {
    if (timeoutMs !== undefined) return true;
    refuseSignals(options);
    return false;
  }
  checkSignal(signal);
  signal.throwIfAborted();
  return true;
}

/** Refuses what would be ignored in place of options: it has none of its own. */
function refuseSignals(options: object): void {
  if (Array.isArray(options) || isBuffer(options)) {
    throw new TypeError(
      `Cannot wait with ${
        Array.isArray(options) ? "an array" : "a buffer"
      }: give { signal, timeoutMs }`,
    );
  }
  if (options instanceof AbortController) {
    throw new TypeError(
      "Cannot wait with an AbortController: give { signal: controller.signal }",
    );
  }
  if (options instanceof AbortSignal) {
    throw new TypeError("Cannot wait with an AbortSignal: give { signal }");
  }
}

/** @throws {TypeError} what makes a signal is missing, or throws */
function checkSignal(signal: AbortSignal): void {
  let isOne: boolean;
  try {
    isOne = typeof signal.aborted === "boolean" &&
      typeof signal.throwIfAborted === "function";
    // One of a polyfill, or of another realm, may be as good.
    const target: EventTarget = signal;
    if (!(target instanceof AbortSignal)) {
      target.addEventListener("abort", noop);
      target.removeEventListener("abort", noop);
    }
  } catch {
    isOne = false;
  }
  if (isOne) return;
  throw new TypeError(
    `Cannot wait with signal ${shown(signal)}: give an AbortSignal`,
  );
}

function noop(): void {}

interface Watch {
  readonly calls: Set<(reason: unknown) => void>;
  readonly listener: () => void;
}

const watches = new WeakMap<AbortSignal, Watch>();

/** Calls back once the signal aborts, in the order of the calls to this. */
export function onAbort(
  signal: AbortSignal,
  call: (reason: unknown) => void,
): void {
  let watch = watches.get(signal);
  if (watch === undefined) {
    const calls = new Set<(reason: unknown) => void>();
    const listener = () => {
      watches.delete(signal);
      for (const call of calls) {
        try {
          call(signal.reason);
        } catch {
          // Thrown to the runtime, it would end the process, and the others' waiting
          // would go on.
        }
      }
    };
    watch = { calls, listener };
    watches.set(signal, watch);
    signal.addEventListener("abort", listener, { once: true });
  }
  watch.calls.add(call);
}

/** Takes a callback back; without effect where it has been called. */
export function offAbort(
  signal: AbortSignal,
  call: (reason: unknown) => void,
): void {
  const watch = watches.get(signal);
  if (watch === undefined || !watch.calls.delete(call)) return;
  if (watch.calls.size > 0) return;
  watches.delete(signal);
  signal.removeEventListener("abort", watch.listener);
}
