/**
 * Running programs.
 *
 * @module
 */

/** How to run a program. */
export interface CommandOptions {
  /** The working directory; this process's own unless given. */
  readonly cwd?: string;
  /** Variables to set beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program when it aborts. */
  readonly signal?: AbortSignal;
}

/** How a program ended. */
export interface Outcome {
  /** The exit code. */
  readonly code: number;
  /** What it wrote to standard output. */
  readonly stdout: string;
  /** What it wrote to standard error. */
  readonly stderr: string;
}

/** A program that was expected to succeed has failed. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Runs a program to its end, however it ends. */
export async function outcomeOf(
  command: string,
  args: readonly string[],
  { cwd, env, signal }: CommandOptions = {},
): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    // Callers read what was written, and compare it.
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
 * Runs a program that has to succeed.
 *
 * @returns What it wrote to standard output.
 * @throws {CommandError} With all that it wrote
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

/** The name that npm goes by: on Windows a command file, which is not found without its ending. */
export const NPM_COMMAND: string = Deno.build.os === "windows"
  ? "npm.cmd"
  : "npm";
