/**
 * Runs programs and collects their output.
 *
 * @module
 */

/** Options of a run. */
export interface CommandOptions {
  /** The working directory. Defaults to that of this process. */
  readonly cwd?: string;
  /** Environment variables, added to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kills the program when it aborts. */
  readonly signal?: AbortSignal;
}

/** The result of a program. */
export interface Outcome {
  /** The exit code. */
  readonly code: number;
  /** Its standard output. */
  readonly stdout: string;
  /** Its standard error. */
  readonly stderr: string;
}

/** A program failed that must succeed. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Runs a program until it ends, with any exit code. */
export async function outcomeOf(
  command: string,
  args: readonly string[],
  { cwd, env, signal }: CommandOptions = {},
): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    // Callers compare the output, so it has no colors.
    env: { NO_COLOR: "1", ...env },
    signal,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/**
 * Runs a program that must succeed.
 *
 * @returns Its standard output.
 * @throws {CommandError} With its whole output
 */
export async function outputOf(
  command: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<string> {
  const { code, stdout, stderr } = await outcomeOf(command, args, options);
  if (code !== 0) {
    const line = [command, ...args].join(" ");
    throw new CommandError(
      `Cannot go on: \`${line}\` ended with code ${code}\n${stdout}${stderr}`,
    );
  }
  return stdout;
}

/** The name of npm: on Windows a command file, which needs its extension. */
export const NPM_COMMAND: string = Deno.build.os === "windows"
  ? "npm.cmd"
  : "npm";
