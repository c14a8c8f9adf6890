/**
 * Which handles keep the process alive: on every runtime as on Deno, those
 * with an operation pending.
 *
 * @module
 */

/** A runtime's handle, which keeps the process alive while it is ref'ed. */
export interface RefHandle {
  ref(): unknown;
  unref(): unknown;
}

/**
 * How long a handle may go on holding the process when nothing is pending on
 * it any more.
 *
 * A busy connection begins and ends to wait with each message. To take its
 * handle's reference away and give it back each time costs a tenth of a
 * ping-pong; once in so many milliseconds, for all of them, costs nothing.
 */
const LET_GO_MS = 20;

/** In place of a handle that was closed. */
const NOTHING: RefHandle = { ref() {}, unref() {} };

/** Tests of users may put a clock of theirs in its place later, and stop it. */
const setTimer = setTimeout;

/** Those that may let go, since the last time that was looked at. */
let released: KeepAlive[] = [];

/** Keeps a handle ref'ed while something is pending on it. */
export class KeepAlive {
  #handle: RefHandle;
  /** How many kinds of calls wait for something to come. */
  #waiting = 0;
  /** Whether those calls are to keep the process alive. */
  #wanted = true;
  #sending = false;
  #held = true;
  /** Whether it is among `released`. */
  #listed = false;

  /** @param handle Ref'ed, as the runtime makes it, though nothing is pending. */
  constructor(handle: RefHandle) {
    this.#handle = handle;
    this.#release();
  }

  /** Calls have begun (`true`) or ended to wait for something to come. */
  waiting(begun: boolean): void {
    this.#waiting += begun ? 1 : -1;
    this.#update();
  }

  /** Bytes have begun (`true`) or ended to wait to be sent. */
  sending(begun: boolean): void {
    this.#sending = begun;
    this.#update();
  }

  /** Lets waiting calls keep the process alive, which is the default. */
  ref(): void {
    this.#wanted = true;
    this.#update();
  }

  /** Lets the process end though calls wait; not before what was written is sent. */
  unref(): void {
    this.#wanted = false;
    this.#letGo();
  }

  /** The handle is about to be closed, and holds nothing any more. */
  end(): void {
    this.#held = false;
    // Until it is looked at `released` would keep it, and all that hangs on it:
    // with connections that come and go, megabytes.
    this.#handle = NOTHING;
  }

  #holds(): boolean {
    return this.#sending || (this.#wanted && this.#waiting > 0);
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
  // It is those handles that keep the process until then.
  (timer as { unref?(): void }).unref?.();
}
