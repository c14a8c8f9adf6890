/**
 * A pending call: its promise, its signal and its time limit.
 *
 * @module
 */
import type { Operation } from "../../api/errors.ts";
import type { Addr, WaitOptions } from "../../api/stream.ts";
import { socketError } from "../errno.ts";
import { checkNumber, TIME_LIMIT } from "../options/check_number.ts";
import { checkNames, OPTIONS } from "../options/option_names.ts";
import { ownOption } from "../options/own_options.ts";
import { shown } from "../shown.ts";
import { isBuffer } from "../stream/bytes.ts";

/** Settle the promise that was created last; see {@linkcode grab}. */
let grabbedResolve!: (value: never) => void;
let grabbedReject!: (reason: unknown) => void;

/** The executor of all promises. A closure would be created for each read. */
function grab(
  resolve: (value: never) => void,
  reject: (reason: unknown) => void,
): void {
  grabbedResolve = resolve;
  grabbedReject = reject;
}

/** What may end a call early. */
interface Limits {
  readonly signal: AbortSignal | undefined;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  readonly cancel: (reason: unknown) => void;
}

/**
 * The promise of a pending call, settled once: by its result, its signal or its time
 * limit.
 *
 * The class has no private methods, which would brand each instance on creation.
 */
export class PendingCall<T> {
  /** The promise that the caller holds. */
  readonly promise: Promise<T>;
  /**
   * The buffer to fill, if the call has one. In a subclass this field would cost V8 a
   * lookup for each call.
   */
  readonly into: Uint8Array | undefined;
  /** Whether the promise is settled. */
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
   * Applies the signal and the time limit of `options`, checked by
   * {@linkcode checkWait}.
   *
   * @param address The address that errors name.
   * @param forget Removes the call from its queue, before its promise rejects.
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
      // The handle that the call waits for keeps the process alive, unless unref() was
      // called.
      unrefTimer(timer);
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
 * Checks the options of a wait, and returns whether they can end it.
 *
 * @throws {TypeError | RangeError} an unknown option, or an invalid value
 * @throws `signal.reason`, when it has already aborted
 */
export function checkWait(
  options: WaitOptions | undefined,
): options is WaitOptions {
  if (options === undefined) return false;
  if (typeof options === "object" && options !== null) {
    for (const name in options) {
      // Checked here first, so that valid options skip the full check.
      if (name === "signal" || name === "timeoutMs") continue;
      checkNames(options, OPTIONS.wait, "wait");
    }
  }
  return checkLimits(options);
}

/**
 * Checks the wait options among others, and returns whether they can end a wait.
 *
 * @throws {TypeError | RangeError} `signal` or `timeoutMs` is invalid
 * @throws `signal.reason`, when it has already aborted
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
    checkNumber("wait for timeoutMs", timeoutMs, TIME_LIMIT);
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

/**
 * Refuses values that are not options: without such properties they would be ignored.
 */
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

/** @throws {TypeError} a member of AbortSignal is missing, or throws */
function checkSignal(signal: AbortSignal): void {
  let isOne: boolean;
  try {
    isOne = typeof signal.aborted === "boolean" &&
      typeof signal.throwIfAborted === "function";
    // A signal of a polyfill, or of another realm, is accepted.
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

/** Lets the process exit while a timer runs; a browser's timer is a number. */
export function unrefTimer(timer: ReturnType<typeof setTimeout>): void {
  (timer as { unref?(): void }).unref?.();
}

interface Watch {
  readonly calls: Set<(reason: unknown) => void>;
  readonly listener: () => void;
}

const watches = new WeakMap<AbortSignal, Watch>();

/** Calls `call` when the signal aborts, in the order of registration. */
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
          // Uncaught, the error would end the process, and the other calls would stay
          // pending.
        }
      }
    };
    watch = { calls, listener };
    watches.set(signal, watch);
    signal.addEventListener("abort", listener, { once: true });
  }
  watch.calls.add(call);
}

/** Removes a callback; no effect if it has been called. */
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
