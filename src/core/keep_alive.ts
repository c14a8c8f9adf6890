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

/** Keeps a handle ref'ed while something is pending on it, unless that is not wanted. */
export class KeepAlive {
  readonly #handle: RefHandle;
  #pending = 0;
  #wanted = true;

  /** @param handle Ref'ed; it is unref'ed at once, because nothing is pending. */
  constructor(handle: RefHandle) {
    this.#handle = handle;
    handle.unref();
  }

  /** Something has begun (`true`) or ended to wait. */
  waiting(begun: boolean): void {
    this.#pending += begun ? 1 : -1;
    if (!this.#wanted) return;
    if (begun && this.#pending === 1) this.#handle.ref();
    else if (!begun && this.#pending === 0) this.#handle.unref();
  }

  /** Lets what is pending keep the process alive, which is the default. */
  ref(): void {
    this.#wanted = true;
    if (this.#pending > 0) this.#handle.ref();
  }

  /** Lets the process end whatever is pending. */
  unref(): void {
    this.#wanted = false;
    this.#handle.unref();
  }
}
