/**
 * Runs a command to its end, including its child processes.
 *
 * @module
 */
import { ROOT } from "../places.ts";

/** A command to run in the repository's root. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The result of a command. */
export interface Ending {
  readonly success: boolean;
  /** Its standard output and standard error, interleaved. */
  readonly output: string;
  /** Whether it was killed because it exceeded its limit. */
  readonly timedOut: boolean;
}

/** Windows has no process groups to signal. */
const HAS_GROUPS = Deno.build.os !== "windows";

/**
 * Runs a command until it ends.
 *
 * Its remaining child processes are then killed. All are killed at once when this
 * process is interrupted, or after `limitMs`.
 *
 * @param limitMs Milliseconds.
 */
export async function run(
  { command, args, env }: Command,
  limitMs: number,
): Promise<Ending> {
  const child = new Deno.Command(command, {
    args: [...args],
    env,
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: HAS_GROUPS,
  }).spawn();
  const kill = () => killGroup(child);
  const interrupted = () => {
    kill();
    Deno.exit(130);
  };
  const signals: Deno.Signal[] = HAS_GROUPS
    ? ["SIGINT", "SIGTERM"]
    : ["SIGINT"];
  for (const signal of signals) Deno.addSignalListener(signal, interrupted);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, limitMs);
  try {
    const pieces: string[] = [];
    const outputs = [
      collect(child.stdout, pieces),
      collect(child.stderr, pieces),
    ];
    const { success } = await child.status;
    // A pipe ends only when no process holds its write end.
    kill();
    await Promise.all(outputs);
    return { success: success && !timedOut, output: pieces.join(""), timedOut };
  } finally {
    clearTimeout(timer);
    for (const signal of signals) {
      Deno.removeSignalListener(signal, interrupted);
    }
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  pieces: string[],
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    pieces.push(decoder.decode(chunk, { stream: true }));
  }
}

/** Kills the process group of a child, if any process is left. */
function killGroup(child: Deno.ChildProcess): void {
  try {
    if (HAS_GROUPS) Deno.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch (error) {
    // All processes have ended.
    const gone = error instanceof Deno.errors.NotFound ||
      error instanceof TypeError;
    if (!gone) throw error;
  }
}
