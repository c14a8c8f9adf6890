/**
 * Clients and servers as child processes, none of which is waited for without
 * a limit.
 *
 * @module
 */
import type { Invocation } from "../runtimes.ts";
import type { Report } from "./dialogue.ts";

/** Milliseconds that a child gets: to start listening, to report, to hold a dialogue. */
const LIMIT_MS = 20_000;

/** Runs a program to its end, and returns what it wrote; fails if the program does. */
export async function run(
  { command, args, env }: Invocation,
  input?: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const child = new Deno.Command(command, {
    args,
    env,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => end(child), LIMIT_MS);
  try {
    const [{ code, signal, stdout, stderr }] = await Promise.all([
      child.output(),
      input && feed(child.stdin, input),
    ]);
    if (code === 0) return stdout;
    const text = new TextDecoder();
    throw new Error(
      `The program ended with ${signal ?? code}; it had written\n` +
        text.decode(stdout.subarray(0, 500)) + text.decode(stderr),
    );
  } finally {
    clearTimeout(timer);
  }
}

async function feed(
  stdin: WritableStream<Uint8Array<ArrayBuffer>>,
  input: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(input);
    await writer.close();
  } catch {
    // The program has ended early, which its exit code and output explain.
  }
}

/** A server that runs until it is stopped. */
export interface Server {
  /** 0 for a Unix socket. */
  readonly port: number;
  /** How the connection with these digits ended. */
  report(digits: string): Promise<Report>;
  /** What the server has written to its standard error so far. */
  log(): string;
  /** Ends the process. */
  stop(): Promise<void>;
}

/**
 * Starts a server, and waits until it listens.
 *
 * @param logFile A new file for its standard error: a pipe would have to be
 *   read all the time, across tests.
 * @param portOf Finds the port in the line that says that the server listens.
 */
export async function startServer(
  { command, args, env }: Invocation,
  logFile: string,
  portOf: (line: string) => number,
): Promise<Server> {
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec "$@" 2>"$0"', logFile, command, ...args],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = new Lines(child.stdout);
  const log = () => Deno.readTextFileSync(logFile);
  const stop = async () => {
    end(child);
    await child.status;
    await lines.cancel();
  };
  let port: number;
  try {
    port = portOf(await lines.next("listen"));
  } catch (error) {
    await stop();
    throw new Error(`The server did not start; it had written\n${log()}`, {
      cause: error,
    });
  }
  return {
    port,
    log,
    stop,
    report: (digits) => reportIn(lines, digits),
  };
}

/** The port in the line that a server of the dialogue prints. */
export function printedPort(line: string): number {
  return (JSON.parse(line) as { port?: number }).port ?? 0;
}

async function reportIn(lines: Lines, wanted: string): Promise<Report> {
  for (;;) {
    const report = JSON.parse(await lines.next("report an end")) as Report;
    if (report.digits === wanted) return report;
  }
}

async function soon<T>(promise: Promise<T>, purpose: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Waited ${LIMIT_MS} ms for the server to ${purpose}`));
    }, LIMIT_MS);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** The lines of a stream, which is read only when one is wanted. */
class Lines {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  /** The read under way, which waiting too long for leaves where it is. */
  #reading: Promise<void> | undefined;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next line, waited for with a limit; `purpose` is for the error. */
  async next(purpose: string): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      this.#reading ??= this.#read();
      await soon(this.#reading, purpose);
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }

  async #read(): Promise<void> {
    const { value, done } = await this.#reader.read();
    this.#reading = undefined;
    if (done) throw new Error("The server's output has ended");
    this.#text += this.#decoder.decode(value, { stream: true });
  }
}
