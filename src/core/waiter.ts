/**
 * One call that waits: for bytes, for room, for a connection.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import type { Operation } from "../errors.ts";
import type { Addr, WaitOptions } from "../types.ts";
import { offAbort, onAbort } from "./abort.ts";

/** The longest a timer can run; past it the runtimes' timers fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What a waiting call is called in its errors. */
export interface Subject {
  /** The address that errors name. */
  readonly address: Addr | undefined;
}

/** A waiting call's promise, settled once: by its result, its signal or its time limit. */
export class Waiter<T> {
  /** What the caller holds. */
  readonly promise: Promise<T>;
  /** Whether the call has got its result, or its end. */
  settled = false;
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #signal: AbortSignal | undefined;
  #cancel: ((reason: unknown) => void) | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /**
   * Lets `options` end the waiting. Check them with {@linkcode checkWait} first.
   *
   * @param forget Takes the call out of its queue, before its promise rejects.
   */
  limit(
    options: WaitOptions,
    operation: Operation,
    subject: Subject,
    forget: () => void,
  ): void {
    const { signal, timeoutMs } = options;
    const cancel = (reason: unknown) => {
      if (this.settled) return;
      forget();
      this.reject(reason);
    };
    if (signal !== undefined) {
      this.#signal = signal;
      this.#cancel = cancel;
      onAbort(signal, cancel);
    }
    if (timeoutMs !== undefined && timeoutMs !== Infinity) {
      this.#timer = setTimeout(() => {
        cancel(
          socketError("ETIMEDOUT", operation, subject.address, {
            reason: `timed out after ${timeoutMs} ms`,
          }),
        );
      }, timeoutMs);
      // What is waited for keeps the process alive, or is not to: see unref().
      (this.#timer as { unref?(): void }).unref?.();
    }
  }

  resolve(value: T): void {
    this.#settle();
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.#settle();
    this.#reject(reason);
  }

  #settle(): void {
    this.settled = true;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    if (this.#signal !== undefined) offAbort(this.#signal, this.#cancel!);
  }
}

/**
 * Whether `options` can end a waiting at all.
 *
 * @throws {TypeError | RangeError} `timeoutMs` is no number of milliseconds
 * @throws `signal.reason`, when it has aborted already
 */
export function checkWait(
  options: WaitOptions | undefined,
): options is WaitOptions {
  if (options === undefined) return false;
  const { signal, timeoutMs } = options;
  if (timeoutMs !== undefined) {
    if (typeof timeoutMs !== "number") {
      throw new TypeError(
        `Cannot wait for timeoutMs ${
          String(timeoutMs)
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
  if (signal === undefined) return timeoutMs !== undefined;
  if (
    typeof signal !== "object" || signal === null ||
    typeof signal.addEventListener !== "function"
  ) {
    throw new TypeError(
      `Cannot wait with signal ${String(signal)}: give an AbortSignal`,
    );
  }
  signal.throwIfAborted();
  return true;
}
