/**
 * Starting servers, and putting a load on them.
 *
 * @module
 */
import { outputOf } from "../scripts/command.ts";

/** A line of the load generator, or of a client. */
export interface Sample {
  readonly seconds: number;
  readonly messages: number;
  readonly bytes: number;
  /** Nanoseconds of CPU time that the contender used meanwhile. */
  readonly cpuNs: number;
  /** Microseconds that 99 of 100 messages took at most; for echoes. */
  readonly p99?: number;
  /** Of datagrams: how many were handed over, and how many the other end saw. */
  readonly datagrams?: { readonly sent: number; readonly arrived: number };
}

/** How long a server may take to listen. */
const START_LIMIT_MS = 10_000;

/** Which core a contender gets, and which the other end. */
export const CONTENDER_CORE = 0;
export const OTHER_CORE: number = Math.min(
  1,
  navigator.hardwareConcurrency - 1,
);

/** A command that runs on one core only. */
export function onCore(core: number, command: readonly string[]): string[] {
  return ["taskset", "-c", String(core), ...command];
}

/** A server that runs. */
export class Server implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly port: number;

  private constructor(process: Deno.ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Starts one, and waits until it listens. */
  static async start(
    command: readonly string[],
    core: number,
    env: Readonly<Record<string, string>>,
  ): Promise<Server> {
    const [program, ...args] = onCore(core, command);
    const process = new Deno.Command(program, {
      args,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const timer = setTimeout(() => process.kill("SIGKILL"), START_LIMIT_MS);
    const reader = process.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    let text = "";
    try {
      while (!text.includes("\n")) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`Cannot start ${command.join(" ")}`);
        text += value;
      }
    } finally {
      clearTimeout(timer);
      await reader.cancel();
    }
    return new Server(process, Number(/^listening (\d+)/.exec(text)?.[1]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself, and what waits for it tells so.
    }
    await this.#process.status;
  }
}

/** Bytes of memory that a process has in use. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}

/** Runs a command that prints a line of JSON. */
export async function sampleOf<T = Sample>(
  core: number,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const [program, ...args] = onCore(core, command);
  for (let left = MAX_IDLE_SAMPLES;; left--) {
    try {
      return JSON.parse(await outputOf(program, args, { env }));
    } catch (error) {
      const isIdle = String(error).includes("no byte moved");
      if (!isIdle || left === 0) throw error;
    }
  }
}

/**
 * How many samples of one server may be without a byte: one of 0.1 s is, on a machine
 * that does other things in that time.
 */
const MAX_IDLE_SAMPLES = 2;
