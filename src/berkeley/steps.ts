/**
 * The steps that change what a socket is.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";

/** One of them. */
export type Step = "bind" | "listen" | "connect";

/** What takes them. */
interface Taker {
  /** @throws {BadResource} EBADF, closed */
  assertOpen(step: Step): void;
}

/** Takes one after the other: each finds the state that the last one left. */
export class Steps {
  readonly #taker: Taker;
  #underWay: Step | undefined;

  constructor(taker: Taker) {
    this.#taker = taker;
  }

  /**
   * Takes a step, of a socket that is open before and after it.
   *
   * @throws {SocketError} EALREADY, another one is under way
   */
  async take(step: Step, run: () => Promise<void>): Promise<void> {
    this.#taker.assertOpen(step);
    if (this.#underWay !== undefined) {
      throw socketError("EALREADY", step, undefined, {
        reason: `${this.#underWay}() is still under way; await it`,
      });
    }
    this.#underWay = step;
    try {
      await run();
    } finally {
      this.#underWay = undefined;
    }
    this.#taker.assertOpen(step);
  }
}
