/**
 * The steps that change a socket's state, one at a time.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";

/** A step. */
export type Step = "bind" | "listen" | "connect";

/** The owner of the state. */
interface Taker {
  /** @throws {BadResource} EBADF, closed */
  assertOpen(step: Step): void;
}

/** Runs steps one at a time; an overlapping step is rejected. */
export class Steps {
  readonly #taker: Taker;
  #underWay: Step | undefined;

  constructor(taker: Taker) {
    this.#taker = taker;
  }

  /**
   * Runs a step; the socket must be open before and after it.
   *
   * @throws {SocketError} EALREADY, another step is running
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
