/**
 * Clients and servers as child processes, none of which is waited for without
 * a limit.
 *
 * @module
 */
import type { Invocation } from "../runtimes.ts";
import type { Report } from "./dialogue.ts";
import { Lines } from "./lines.ts";

/** Milliseconds that a client gets to hold its dialogue. */
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
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end(child);
  }, LIMIT_MS);
  try {
    const [{ code, signal, stdout, stderr }] = await Promise.all([
      child.output(),
      input && feed(child.stdin, input),
    ]);
    if (code === 0) return stdout;
    const text = new TextDecoder();
    const ended = late
      ? `was ended after ${LIMIT_MS} ms`
      : `ended with ${signal ?? code}`;
    throw new Error(
      `The program ${ended}; it had written\n` +
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

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
