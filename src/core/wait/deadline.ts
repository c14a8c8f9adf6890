/**
 * Time limits of attempts to connect. A result that the system has when the time is up
 * takes precedence.
 *
 * When the process was busy, timers and results fall due in the same turn of the event loop,
 * and the runtimes call the timers first. So a deadline that falls due does not expire
 * yet: it waits for turns in which no attempt has a result.
 *
 * | state     | meaning                                         | goes on to            |
 * | --------- | ----------------------------------------------- | --------------------- |
 * | `running` | the time is not up                              | `due`, `cleared`      |
 * | `due`     | the time is up, results may still be delivered  | `expired`, `cleared`  |
 * | `expired` | there was none, and the attempt is cancelled    |                       |
 * | `cleared` | the attempt has a result, or was aborted        |                       |
 *
 * @module
 */

/** How many turns without a result show that there is none, unless the runtime needs more. */
const QUIET_TURNS = 2;

/**
 * How many turns a deadline can be due. Deno, which delivers the fewest results in a
 * turn, delivers 8,192 in 64. Without a limit, new attempts would put off the expiry of
 * one that is never answered.
 */
const MAX_TURNS = 64;

/** Kept from the start: a test's fake clock replaces the global one, and may stand still. */
const setTimer = setTimeout;

/** The deadlines that are due. */
let due: Deadline[] = [];

/** How many attempts have had a result. */
let results = 0;

/** One attempt's time limit. */
export class Deadline {
  readonly #expire: () => void;
  readonly #quietTurns: number;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  #turns = 0;
  #quiet = 0;
  #isOver = false;

  /**
   * @param timeoutMs `Infinity` for no limit.
   * @param expire Cancels the attempt, and rejects.
   * @param quietTurns How many turns without a result show that there is none.
   */
  constructor(
    timeoutMs: number,
    expire: () => void,
    quietTurns: number = QUIET_TURNS,
  ) {
    this.#expire = expire;
    this.#quietTurns = quietTurns;
    if (timeoutMs !== Infinity) {
      this.#timer = setTimeout(() => this.#fallDue(), timeoutMs);
    }
  }

  /** The attempt has a result. */
  settle(): void {
    results++;
    this.clear();
  }

  /** The attempt is aborted. */
  clear(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #fallDue(): void {
    if (due.push(this) === 1) Deadline.#look();
  }

  static async #look(): Promise<void> {
    while (due.length > 0) {
      const before = results;
      // A timer, because Deno does not poll the system for each setImmediate() (2.9).
      await new Promise((resolve) => setTimer(resolve, 0));
      const isQuiet = results === before;
      due = due.filter((deadline) => deadline.#goesOn(isQuiet));
    }
  }

  /** Whether it remains due after one more turn. */
  #goesOn(isQuiet: boolean): boolean {
    if (this.#isOver) return false;
    this.#quiet = isQuiet ? this.#quiet + 1 : 0;
    this.#turns++;
    if (this.#quiet < this.#quietTurns && this.#turns < MAX_TURNS) return true;
    this.#isOver = true;
    this.#expire();
    return false;
  }
}
