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
import { halving, run } from "./processes.ts";
import { type Path, serving, type ServingOptions } from "./serving.ts";

const PROGRAM = fileURLToPath(new URL("programs/client.mjs", import.meta.url));

/** What is set up beside the path. */
export interface ClientOptions extends ServingOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** Lets the client connect to a server of each case. */
export function connectToAll(
  runtime: Runtime,
  path: Path,
  cases: readonly ChainCase[],
  { env = {}, ...options }: ClientOptions = {},
): Promise<Outcome[]> {
  const connect = async (cases: readonly ChainCase[]) => {
    await using server = await serving(cases, path, options);
    const command = runtime.command(PROGRAM, [path, server.file]);
    const lines = await run({ ...command, env: { ...command.env, ...env } });
    const tallies = await server.tallies();
    const arrived = new Map(
      cases.map(({ name }, index) => [name, tallies[index].received]),
    );
    return lines.map((line): Outcome => {
      const outcome = JSON.parse(line);
      return { ...outcome, arrived: arrived.get(outcome.name) ?? 0 };
    });
  };
  return halving(
    cases,
    connect,
    ({ name }, { message }) => ({ name, crashed: message }),
  );
}

/**
 * Lets the client connect without `caCerts`, where the root is one of those that
 * the runtime trusts.
 */
export async function withDefaultRoots(
  runtime: Runtime,
  cases: readonly ChainCase[],
): Promise<Outcome[]> {
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
