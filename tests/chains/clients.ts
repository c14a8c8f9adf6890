/**
 * Anyport's client on a runtime, connecting to a server of each case.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Runtime } from "../runtimes.ts";
import type { ChainCase } from "./case.ts";
import type { Outcome } from "./judging.ts";
import { run } from "./processes.ts";
import { type Path, serving, type ServingOptions } from "./serving.ts";

const PROGRAM = fileURLToPath(new URL("programs/client.mjs", import.meta.url));

/** What is set up beside the path. */
export interface ClientOptions extends ServingOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Lets the client connect to a server of each case, and returns what became of
 * each, by name.
 *
 * @throws {Error} An error that was caught by nothing
 */
export async function connectToAll(
  runtime: Runtime,
  path: Path,
  cases: readonly ChainCase[],
  { env = {}, ...options }: ClientOptions = {},
): Promise<Map<string, Outcome>> {
  await using server = await serving(cases, path, options);
  const command = runtime.command(PROGRAM, [path, server.file]);
  const lines = await run({ ...command, env: { ...command.env, ...env } });
  const tallies = await server.tallies();
  const arrived = new Map(
    cases.map(({ name }, index) => [name, tallies[index].received]),
  );
  return new Map(lines.map((line) => {
    const outcome = JSON.parse(line) as Outcome & { uncaught?: string };
    if (outcome.uncaught !== undefined) throw new Error(outcome.uncaught);
    const { name } = outcome;
    return [name, { ...outcome, arrived: arrived.get(name) ?? 0 }];
  }));
}
