/**
 * Keeps the process alive while an operation is pending, on every runtime as on Deno.
 *
 * @module
 */
import { unrefTimer } from "./pending_call.ts";

/** A runtime's handle, which keeps the process alive while it is ref'ed. */
export interface RefHandle {
  ref(): unknown;
  unref(): unknown;
}

/**
 * How long a handle may keep the process alive after its last pending operation.
 *
 * A busy connection starts and ends a wait with each message. Calling `unref()` and
 * `ref()` for each of them costs a tenth of a ping-pong. One timer for all handles
 * costs nothing.
 */
const LET_GO_MS = 20;

/** Replaces a handle that was closed. */
const NOTHING: RefHandle = { ref() {}, unref() {} };

/**
 * Saved when the module loads: a test's fake clock may replace the global one, and
 * stop.
 */
const setTimer = setTimeout;

/** The instances that became idle since the timer last fired. */
let released: KeepAlive[] = [];

/** Keeps a handle ref'ed while something is pending on it. */
export class KeepAlive {
  #handle: RefHandle;
  /** How many kinds of calls wait for input. */
  #waiting = 0;
  /** Whether those calls keep the process alive. */
  #isRef = true;
  #sending = false;
  #held = true;
  /** Whether the instance is in `released`. */
  #listed = false;

  /** @param handle Ref'ed by the runtime on creation, although nothing is pending. */
  constructor(handle: RefHandle) {
    this.#handle = handle;
    this.#release();
  }

  /** Records that calls start (`true`) or stop (`false`) waiting for input. */
  waiting(begun: boolean): void {
    this.#waiting += begun ? 1 : -1;
    this.#update();
  }

  /** Records that bytes start (`true`) or stop (`false`) waiting to be sent. */
  sending(begun: boolean): void {
    this.#sending = begun;
    this.#update();
  }

  /** Makes waiting calls keep the process alive, which is the default. */
  ref(): void {
    this.#isRef = true;
    this.#update();
  }

  /**
   * Lets the process exit while calls wait, but not while bytes are still to be sent.
   */
  unref(): void {
    this.#isRef = false;
    this.#letGo();
  }

  /** Releases the handle, which is about to be closed. */
  end(): void {
    this.#held = false;
    // `released` would retain the handle and its objects until the timer fires:
    // megabytes, if connections are short.
    this.#handle = NOTHING;
  }

  #holds(): boolean {
    return this.#sending || (this.#isRef && this.#waiting > 0);
  }

  #update(): void {
    if (this.#holds()) {
      if (this.#held) return;
      this.#held = true;
      this.#handle.ref();
    } else if (this.#held && !this.#listed) this.#release();
  }

  #release(): void {
    this.#listed = true;
    if (released.push(this) === 1) startTimer();
  }

  #letGo(): void {
    if (!this.#held || this.#holds()) return;
    this.#held = false;
    this.#handle.unref();
  }

  static letGo(): void {
    const all = released;
    released = [];
    for (const one of all) {
      one.#listed = false;
      one.#letGo();
    }
  }
}

function startTimer(): void {
  const timer = setTimer(KeepAlive.letGo, LET_GO_MS);
  // The released handles keep the process alive until the timer fires.
  unrefTimer(timer);
}
