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

/** Keeps a handle ref'ed while something is pending on it. */
export class KeepAlive {
  readonly #handle: RefHandle;
  /** How many kinds of calls wait for something to come. */
  #waiting = 0;
  /** Whether those calls are to keep the process alive. */
  #wanted = true;
  #sending = false;
  #held = false;

  /** @param handle Ref'ed; it is unref'ed at once, because nothing is pending. */
  constructor(handle: RefHandle) {
    this.#handle = handle;
    handle.unref();
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
    this.#update();
  }

  #update(): void {
    const hold = this.#sending || (this.#wanted && this.#waiting > 0);
    if (hold === this.#held) return;
    this.#held = hold;
    if (hold) this.#handle.ref();
    else this.#handle.unref();
  }
}
