/**
 * Whether a program that tests talk to is there.
 *
 * @module
 */

/** Why what needs a program cannot run here: a command that tries it has failed. */
export function needs(program: string, trial: string): string | undefined {
  const { success } = new Deno.Command("sh", {
    args: ["-c", trial],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync();
  return success ? undefined : `needs program ${program}`;
}
