/**
 * Starts servers and loads them.
 *
 * @module
 */
import { outputOf } from "../scripts/command.ts";

/** The output of the load generator or of a client, parsed from JSON. */
export interface Sample {
  readonly seconds: number;
  readonly messages: number;
  readonly bytes: number;
  /** Nanoseconds of CPU time that the contender used. */
  readonly cpuNs: number;
  /** The 99th percentile of the latency in microseconds; for echoes. */
  readonly p99?: number;
  /** Of datagrams: how many were sent, and how many arrived. */
  readonly datagrams?: { readonly sent: number; readonly arrived: number };
}

/** Limits the time until a server listens. */
const START_LIMIT_MS = 10_000;

/** The cores of the contender and of its peer. */
export const CONTENDER_CORE = 0;
export const OTHER_CORE: number = Math.min(
  1,
  navigator.hardwareConcurrency - 1,
);

/** A command that is pinned to one core. */
export function onCore(core: number, command: readonly string[]): string[] {
  return ["taskset", "-c", String(core), ...command];
}

/** A running server. */
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

  /** Starts a server and waits until it listens. */
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
      // It has already ended; the measurement that uses it reports that.
    }
    await this.#process.status;
  }
}

/** The resident memory of a process in bytes. */
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
 * How many samples of a server may have no byte. A sample of 0.1 s can be empty on a
 * machine that is busy.
 */
const MAX_IDLE_SAMPLES = 2;
