/**
 * A child process that is talked to: what it says is waited for, and answered.
 *
 * @module
 */
import type { Invocation } from "../runtimes.ts";

/** Milliseconds that a program gets to say what is waited for, or to end. */
const LIMIT_MS = 10_000;

/** The program; to be disposed of, which ends it. */
export class Talker {
  /** All that it has written, to standard output and error. */
  output = "";
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #ended: Promise<unknown>;
  /** How much of the output has been matched. */
  #matched = 0;
  #isOver = false;
  #changed = Promise.withResolvers<void>();

  constructor({ command, args, env }: Invocation) {
    this.#child = new Deno.Command(command, {
      args,
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#ended = Promise.all([
      this.#child.status,
      this.#hear(this.#child.stdout),
      this.#hear(this.#child.stderr),
    ]).then(() => {
      this.#isOver = true;
      this.#changed.resolve();
    });
  }

  /**
   * Waits until it writes what matches, beyond what has matched before.
   *
   * @returns The match; `null` once it has ended without.
   */
  async said(pattern: RegExp): Promise<RegExpExecArray | null> {
    const from = this.#matched;
    const missed = `waited for ${pattern}`;
    for (;;) {
      const match = pattern.exec(this.output.slice(from));
      if (match !== null) {
        this.#matched = from + match.index + match[0].length;
        return match;
      }
      if (this.#isOver) return null;
      await this.#soon(this.#changed.promise, missed);
    }
  }

  /** Waits until it writes what matches. @throws {Error} it has ended without */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const match = await this.said(pattern);
    if (match !== null) return match;
    throw new Error(`It never wrote ${pattern}, but\n${this.output}`);
  }

  /** Writes to its standard input; what has ended no longer listens. */
  async tell(text: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(text)).catch(() => {});
  }

  /** Ends its standard input, and waits until it has ended. @returns All that it has written. */
  async end(): Promise<string> {
    await this.#stdin.close().catch(() => {});
    await this.#soon(this.#ended, "waited for its end");
    return this.output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#stdin.close().catch(() => {});
    await this.#ended;
  }

  async #hear(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      this.output += decoder.decode(bytes, { stream: true });
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  async #soon<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const wrote = this.output === "" ? "nothing" : `\n${this.output}`;
        reject(new Error(`${what} ${LIMIT_MS} ms; it wrote ${wrote}`));
      }, LIMIT_MS);
    });
    try {
      return await Promise.race([promise, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}
