/**
 * Anyport's client on a runtime, connecting to a server of each case.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Runtime } from "../runtimes.ts";
import { type ChainCase, pemOf } from "./case.ts";
import type { Outcome } from "./verdicts.ts";
import { ROOT, UNKNOWN_ROOT } from "./parties.ts";
import { halving, run } from "./processes.ts";
import { type Path, serving, type ServingOptions } from "./serving.ts";

const PROGRAM = fileURLToPath(new URL("programs/client.mjs", import.meta.url));

/** What is set up beside the path. */
export interface ClientOptions extends ServingOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly denoFlags?: readonly string[];
}

/** Lets the client connect to a server of each case. */
export function connectToAll(
  runtime: Runtime,
  path: Path,
  cases: readonly ChainCase[],
  { env = {}, denoFlags = ["-A"], ...options }: ClientOptions = {},
): Promise<Outcome[]> {
  const wanted = path.endsWith("12") ? "TLSv1.2" : "TLSv1.3";
  const connect = async (cases: readonly ChainCase[]) => {
    await using server = await serving(cases, path, options);
    const command = runtime.command(PROGRAM, [path, server.file], {
      denoFlags,
    });
    const lines = await run({ ...command, env: { ...command.env, ...env } });
    const tallies = await server.tallies();
    const arrived = new Map(
      cases.map(({ name }, index) => [name, tallies[index].received]),
    );
    return lines.map((line): Outcome => {
      const outcome = JSON.parse(line) as Outcome;
      const { version = wanted } = outcome;
      if (version !== wanted) throw new Error(`${version} on ${path}`);
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

/**
 * Lets the client connect with `caCerts`, where its surroundings tell the runtime
 * to trust another root, and to verify nothing.
 */
export async function weakened(
  runtime: Runtime,
  cases: readonly ChainCase[],
): Promise<Outcome[]> {
  const file = await Deno.makeTempFile({ suffix: ".pem" });
  try {
    await Deno.writeTextFile(file, pemOf(UNKNOWN_ROOT.der));
    return await connectToAll(runtime, "tcp13", cases, {
      env: {
        NODE_TLS_REJECT_UNAUTHORIZED: "0",
        NODE_EXTRA_CA_CERTS: file,
        NODE_NO_WARNINGS: "1",
        SSL_CERT_FILE: file,
        DENO_CERT: file,
      },
      denoFlags: ["-A", "--unsafely-ignore-certificate-errors"],
    });
  } finally {
    await Deno.remove(file);
  }
}
