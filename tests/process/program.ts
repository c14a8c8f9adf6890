/**
 * The programs of `programs/`, each run by a runtime as a process of its own.
 *
 * @module
 */
import { test } from "../harness.ts";
import { type Runtime, runtimes } from "../runtimes.ts";
import { Child } from "./child.ts";

/** How to start a program. */
export interface ProgramOptions {
  /** A command that ends by running the arguments after it in its own place. */
  readonly wrapper?: readonly string[];
  /** Deno's flags; by default everything is permitted. */
  readonly denoFlags?: readonly string[];
  /** See `Command.listens`. */
  readonly listens?: boolean;
  /** See `Command.limitMs`. */
  readonly limitMs?: number;
}

/** Starts `programs/<program>.mjs`. */
export function start(
  runtime: Runtime,
  program: string,
  words: readonly (string | number)[] = [],
  { wrapper = [], denoFlags, listens = false, limitMs }: ProgramOptions = {},
): Child {
  const run = runtime.command(
    `${import.meta.dirname}/programs/${program}.mjs`,
    words.map(String),
    denoFlags === undefined ? {} : { denoFlags: [...denoFlags] },
  );
  const [command, ...args] = [...wrapper, run.command, ...run.args];
  return new Child({
    name: [program, ...words].join(" "),
    command,
    args,
    env: run.env,
    listens,
    ...limitMs !== undefined && { limitMs },
  });
}

const all = await runtimes();

/** One of each runtime, for what does not differ between versions and takes long. */
export const NEWEST: readonly Runtime["name"][] = ["deno", "node24", "bun"];

/** Registers a test for each runtime, or for those named. */
export function onRuntimes(
  name: string,
  options: {
    readonly skip?: string | undefined;
    readonly only?: readonly Runtime["name"][];
    readonly limitMs?: number;
  },
  run: (runtime: Runtime) => Promise<void>,
): void {
  for (const runtime of all) {
    if (options.only?.includes(runtime.name) === false) continue;
    test(
      `${name} — on ${runtime.name}`,
      { skip: options.skip, limitMs: options.limitMs },
      () => run(runtime),
    );
  }
}
