/**
 * Shows the progress of a long command on stderr: the running parts, their times, and
 * an estimate of the rest. A terminal gets one live line, other outputs a line a minute.
 *
 * The estimate uses the times of the last run, stored in `.cache/progress/`.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { CACHE } from "./places.ts";

/** The seconds of each part in the last run. */
export type Times = Readonly<Record<string, number>>;

/** The destination of the lines. */
interface Output {
  readonly isTerminal: boolean;
  write(text: string): void;
}

const STDERR: Output = {
  get isTerminal() {
    return Deno.stderr.isTerminal() && Deno.env.get("CI") !== "true";
  },
  write(text) {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  },
};

/** Milliseconds between two lines. */
const LIVE_MS = 1_000;
const PLAIN_MS = 60_000;

/** Erases the current line of the terminal. */
const ERASE = "\r\x1b[K";

/** Tracks the parts of a command. */
export class Progress {
  readonly #left: Set<string>;
  readonly #running = new Map<string, number>();
  readonly #took: Record<string, number> = {};
  readonly #lanes: number;
  readonly #last: Times;
  readonly #output: Output;
  readonly #total: number;
  readonly #started: number;
  readonly #now: () => number;
  readonly #timer: ReturnType<typeof setInterval>;

  /**
   * @param lanes How many parts run in parallel.
   * @param last The times of the last run.
   * @param now Returns milliseconds.
   */
  constructor(
    parts: readonly string[],
    { lanes = 1, last = {}, output = STDERR, now = () => performance.now() }: {
      readonly lanes?: number;
      readonly last?: Times;
      readonly output?: Output;
      readonly now?: () => number;
    },
  ) {
    this.#left = new Set(parts);
    this.#total = parts.length;
    this.#lanes = lanes;
    this.#last = last;
    this.#output = output;
    this.#now = now;
    this.#started = now();
    const show = () => this.show();
    this.#timer = setInterval(show, output.isTerminal ? LIVE_MS : PLAIN_MS);
    // The running parts keep the process alive.
    (this.#timer as unknown as { unref?(): void }).unref?.();
  }

  /** The seconds that each part took. */
  get times(): Times {
    return this.#took;
  }

  /** Runs a part. */
  async during<T>(part: string, run: () => Promise<T>): Promise<T> {
    const start = this.#now();
    this.#left.delete(part);
    this.#running.set(part, start);
    if (this.#output.isTerminal) this.show();
    try {
      return await run();
    } finally {
      this.#running.delete(part);
      this.#took[part] = (this.#now() - start) / 1000;
    }
  }

  /** Prints a result; the live line stays below. */
  print(text: string): void {
    if (this.#output.isTerminal) this.#output.write(ERASE);
    console.log(text);
  }

  /** Writes the current line. */
  show(): void {
    const { isTerminal } = this.#output;
    const text = this.line();
    this.#output.write(isTerminal ? `${ERASE}${text}` : `${text}\n`);
  }

  /** Ends the live line. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#output.isTerminal) this.#output.write(ERASE);
  }

  /** "2 of 9 done; deno 12 s, interop 40 s; 1 min so far, about 3 min left" */
  line(): string {
    const now = this.#now();
    const done = this.#total - this.#left.size - this.#running.size;
    const running = [...this.#running].map(([part, start]) =>
      `${part} ${duration((now - start) / 1000)}`
    );
    const left = this.#estimate(now);
    return [
      `${done} of ${this.#total} done`,
      ...running.length > 0 ? [running.join(", ")] : [],
      `${duration((now - this.#started) / 1000)} so far` +
      (left === undefined ? "" : `, about ${duration(left)} left`),
    ].join("; ");
  }

  /** Seconds; `undefined` if the last run has no time for a remaining part. */
  #estimate(now: number): number | undefined {
    const timeOf = (part: string) => this.#last[part] ?? NaN;
    const running = [...this.#running].map(([part, start]) =>
      Math.max(timeOf(part) - (now - start) / 1000, 0)
    );
    const waiting = [...this.#left].map(timeOf);
    const sum = [...running, ...waiting].reduce((a, b) => a + b, 0);
    const left = Math.max(sum / this.#lanes, ...running, ...waiting);
    return Number.isNaN(left) ? undefined : left;
  }
}

/** "40 s", "3 min" */
function duration(seconds: number): string {
  return seconds < 90
    ? `${Math.round(seconds)} s`
    : `${Math.round(seconds / 60)} min`;
}

/** Runs a command with its progress, and stores the times of its parts. */
export async function withProgress<T>(
  command: string,
  parts: readonly string[],
  run: (progress: Progress) => Promise<T>,
  lanes = 1,
): Promise<T> {
  const path = join(CACHE, "progress", `${command}.json`);
  const last = await timesIn(path);
  const progress = new Progress(parts, { lanes, last });
  try {
    return await run(progress);
  } finally {
    progress.end();
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(
      path,
      JSON.stringify({ ...last, ...progress.times }, undefined, 1) + "\n",
    );
  }
}

async function timesIn(path: string): Promise<Times> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    // The first run, or a truncated file of a killed run.
    return {};
  }
}
