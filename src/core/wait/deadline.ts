/**
 * Time limits of connection attempts. A result that the kernel holds when the time is
 * up takes precedence.
 *
 * In a busy process, timers and results are due in the same turn of the event loop, and
 * the runtimes call the timers first. A due deadline therefore expires only after turns
 * in which no attempt has a result.
 *
 * | state     | meaning                                         | goes on to            |
 * | --------- | ----------------------------------------------- | --------------------- |
 * | `running` | the time is not up                              | `due`, `cleared`      |
 * | `due`     | the time is up, results may still be delivered  | `expired`, `cleared`  |
 * | `expired` | no result came, and the attempt is cancelled    |                       |
 * | `cleared` | the attempt has a result, or was aborted        |                       |
 *
 * @module
 */

/**
 * How many turns without a result make a deadline expire, unless the runtime needs
 * more.
 */
const QUIET_TURNS = 2;

/**
 * How many turns a deadline can be due. Deno delivers the fewest results in a turn,
 * 8,192 in 64. Without a limit, new attempts would postpone the expiry of an unanswered
 * one.
 */
const MAX_TURNS = 64;

/**
 * Saved when the module loads: a test's fake clock may replace the global one, and
 * stop.
 */
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
   * @param expire Cancels the attempt and rejects its promise.
   * @param quietTurns How many turns without a result make the deadline expire.
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

  /** Records a result of the attempt. */
  settle(): void {
    results++;
    this.clear();
  }

  /** Stops the deadline: the attempt has a result, or is aborted. */
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
      // A timer, because Deno does not poll the kernel on each setImmediate() (2.9).
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
