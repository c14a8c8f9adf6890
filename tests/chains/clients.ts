/**
 * Anyport's client on a runtime, connecting to a server of each case.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Runtime } from "../runtimes.ts";
import { type ChainCase, pemOf } from "./case.ts";
import type { Outcome } from "./judging.ts";
import { ROOT } from "./parties.ts";
import { run } from "./processes.ts";
import { type Path, serving, type ServingOptions } from "./serving.ts";

const PROGRAM = fileURLToPath(new URL("programs/client.mjs", import.meta.url));

/** What is set up beside the path. */
export interface ClientOptions extends ServingOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** What became of the cases, by name, and the errors that were caught by nothing. */
export interface Results {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly uncaught: readonly string[];
}

/** Lets the client connect to a server of each case. */
export async function connectToAll(
  runtime: Runtime,
  path: Path,
  cases: readonly ChainCase[],
  { env = {}, ...options }: ClientOptions = {},
): Promise<Results> {
  await using server = await serving(cases, path, options);
  const command = runtime.command(PROGRAM, [path, server.file]);
  const lines = await run({ ...command, env: { ...command.env, ...env } });
  const tallies = await server.tallies();
  const arrived = new Map(
    cases.map(({ name }, index) => [name, tallies[index].received]),
  );
  const uncaught: string[] = [];
  const outcomes = new Map<string, Outcome>();
  for (const line of lines) {
    const { name, ...told } = JSON.parse(line);
    if (told.uncaught !== undefined) uncaught.push(told.uncaught);
    else {
      outcomes.set(name, { ...told, name, arrived: arrived.get(name) ?? 0 });
    }
  }
  return { outcomes, uncaught };
}

/**
 * Lets the client connect without `caCerts`, where the root is one of those that
 * the runtime trusts.
 */
export async function withDefaultRoots(
  runtime: Runtime,
  cases: readonly ChainCase[],
): Promise<Results> {
  const file = await Deno.makeTempFile({ suffix: ".pem" });
  try {
    await Deno.writeTextFile(file, pemOf(ROOT.der));
    const env: Record<string, string> = runtime.name === "deno"
      ? { DENO_CERT: file, DENO_TLS_CA_STORE: "mozilla" }
      : { NODE_EXTRA_CA_CERTS: file };
    return await connectToAll(runtime, "tcp13", cases, { env, caCerts: false });
  } finally {
    await Deno.remove(file);
  }
}
