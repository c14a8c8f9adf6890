/**
 * A process that talks by lines on its standard output.
 *
 * Whatever one waits for is waited for in bounds, and what still runs at the
 * end of a test is ended.
 *
 * @module
 */

/** Milliseconds within which a process says or does what it is waited for, unless it is given more. */
const LIMIT_MS = 10_000;

/** What to run. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What errors call it. */
  readonly name: string;
  /** Whether {@linkcode Child.hear} is going to be used. */
  readonly listens?: boolean;
  /** Milliseconds within which it does what it is waited for. */
  readonly limitMs?: number;
}

/** How a process ended. */
export interface Exit {
  readonly code: number;
  readonly signal: string | null;
  /** The lines that no call had asked for. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** A running process. */
export class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #name: string;
  readonly #limitMs: number;
  readonly #lines: AsyncGenerator<string, void>;
  readonly #stderr: Promise<string>;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array> | undefined;

  constructor(
    { command, args, env = {}, name, listens = false, limitMs = LIMIT_MS }:
      Command,
  ) {
    this.#name = name;
    this.#limitMs = limitMs;
    this.#process = new Deno.Command(command, {
      args: [...args],
      env: { ...env },
      stdin: listens ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = listens ? this.#process.stdin.getWriter() : undefined;
    this.#lines = linesOf(this.#process.stdout);
    this.#stderr = new Response(this.#process.stderr).text();
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Sends a line to its standard input. */
  async hear(line: string): Promise<void> {
    await this.#stdin!.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Its next line. */
  async line(what = "something"): Promise<string> {
    const { value, done } = await this.#soon(
      this.#lines.next(),
      `to say ${what}`,
    );
    if (!done) return value;
    const { code } = await this.#process.status;
    const stderr = await this.#stderr;
    throw new Error(
      `${this.#name} ended with ${code} before it said ${what}: ${stderr}`,
    );
  }

  /** Its next line, which must begin with `word`; returns what follows that. */
  async says(word: string): Promise<string> {
    const value = await this.line(`"${word}"`);
    if (value !== word && !value.startsWith(`${word} `)) {
      throw new Error(`${this.#name} said "${value}" instead of "${word}"`);
    }
    return value.slice(word.length + 1);
  }

  /** The JSON that follows `word` on its next line. */
  async tells<T>(word: string): Promise<T> {
    return JSON.parse(await this.says(word));
  }

  /** Waits for it to end by itself. */
  async exit(): Promise<Exit> {
    const purpose = "to end by itself";
    const lines: string[] = [];
    for (;;) {
      const { value, done } = await this.#soon(this.#lines.next(), purpose);
      if (done) break;
      lines.push(value);
    }
    const { code, signal } = await this.#soon(this.#process.status, purpose);
    return { code, signal, lines, stderr: await this.#stderr };
  }

  /** Ends it, if it has not ended by itself, and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#process.status;
    // A pipe that is not read any more: there is nothing left to tell.
    await this.#stdin?.abort().catch(() => {});
    await this.#lines.return();
    await this.#stderr;
  }

  async #soon<T>(promise: Promise<T>, purpose: string): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new Error(`Waited ${this.#limitMs} ms for ${this.#name} ${purpose}`),
        );
      }, this.#limitMs);
    });
    try {
      return await Promise.race([promise, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The lines of a text that comes in chunks. */
async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
