/**
 * Timers that run when a test says so.
 *
 * @module
 */

/** Replaces `setTimeout` and `clearTimeout` until it is disposed. */
export class FakeTime {
  #now = 0;
  #id = 0;
  readonly #timers = new Map<number, { at: number; call: () => void }>();
  readonly #real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
  };

  constructor() {
    const fake = {
      setTimeout: (call: () => void, ms = 0) => {
        this.#timers.set(++this.#id, { at: this.#now + ms, call });
        return this.#id;
      },
      clearTimeout: (id: number) => void this.#timers.delete(id),
    };
    Object.assign(globalThis, fake);
  }

  /** Lets milliseconds pass, and runs the timers that are due, in order. */
  tick(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers]
        .filter(([, { at }]) => at <= until)
        .sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [id, { at, call }] = due;
      this.#timers.delete(id);
      this.#now = at;
      call();
    }
    this.#now = until;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
  }
}
