/**
 * The examples as processes, each started with the permissions that its head
 * comment gives it.
 *
 * @module
 */
import { assert } from "@std/assert";
import { Child, type Exit } from "../process/child.ts";
import { onRuntimes } from "../process/program.ts";
import type { Runtime } from "../runtimes.ts";

/** The repository. */
export const ROOT = new URL("../../", import.meta.url);

/** The runtimes that run TypeScript as it is. */
const RUNTIMES: Runtime["name"][] = ["deno", "node24", "bun"];

/** The text of a file of this repository. */
export function textOf(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** The permissions with which an example's head comment runs it. */
export function permissions(name: string): string[] {
  const command = new RegExp(`deno run ((?:--\\S+ )*)examples/${name}\\.ts`);
  const found = command.exec(textOf(`examples/${name}.ts`));
  if (found === null) throw new Error(`examples/${name}.ts: how to try it?`);
  return found[1].trim().split(" ");
}

/** Starts `examples/<name>.ts`, with these variables in its environment. */
export function start(
  runtime: Runtime,
  name: string,
  words: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Child {
  const { pathname } = new URL(`examples/${name}.ts`, ROOT);
  const flags = permissions(name);
  return startProgram(runtime, pathname, words, flags, environment);
}

/** Starts a program that imports the library. */
export function startProgram(
  runtime: Runtime,
  path: string,
  words: readonly string[],
  denoFlags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Child {
  const { command, args, env } = runtime.command(path, words, {
    denoFlags: [...denoFlags],
  });
  return new Child({
    name: `${path} on ${runtime.name}`,
    command,
    args,
    // Early releases of Node 24 warn of stripping types.
    env: { ...env, ...environment, NODE_NO_WARNINGS: "1" },
  });
}

/** Registers a test for each runtime that runs the examples. */
export function onEach(
  name: string,
  run: (runtime: Runtime) => Promise<void>,
  options: {
    readonly skip?: string | undefined;
    /** Those beside the ones that run TypeScript. */
    readonly also?: readonly Runtime["name"][];
  } = {},
): void {
  const { skip, also = [] } = options;
  onRuntimes(name, { skip, only: [...RUNTIMES, ...also] }, run);
}

/** Waits for a server to say `<word> 127.0.0.1:<port>`. */
export async function portOf(server: Child, word: string): Promise<number> {
  return Number(/^127\.0\.0\.1:(\d+)/.exec(await server.says(word))?.[1]);
}

/**
 * Sends a signal, Ctrl-C's unless told otherwise, at which it has to end well.
 *
 * @param codes With which it may exit.
 */
export async function stop(
  child: Child,
  signal: Deno.Signal = "SIGINT",
  codes: readonly number[] = [0],
): Promise<Exit> {
  Deno.kill(child.pid, signal);
  const exit = await child.exit();
  assert(
    codes.includes(exit.code),
    `It exited with ${exit.code}: ${exit.stderr}`,
  );
  return exit;
}

/** A port of 127.0.0.1 at which no socket listens any more. */
export function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
