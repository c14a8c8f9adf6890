/**
 * The runtimes that a test can start programs on.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { tools } from "../scripts/tools.ts";

/** How to start a program, for `new Deno.Command(command, { args, env })`. */
export interface Invocation {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

/** What a program is started with, beside its arguments. */
export interface ProgramOptions {
  /** Deno's flags, permissions above all; every permission unless given. */
  readonly denoFlags?: readonly string[];
}

/** A runtime on which a program importing `@anyport/sockets` can be started. */
export interface Runtime {
  readonly name: "deno" | "node20" | "node22" | "node24" | "bun";
  /**
   * The command that runs a program there.
   *
   * @param program Path of a JavaScript module, inside this repository.
   * @param args The program's own arguments.
   */
  command(
    program: string,
    args?: readonly string[],
    options?: ProgramOptions,
  ): Invocation;
}

/** Plain output, and no look-ups of the runtime's own. */
const ENV = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };

/** Found here, so that a program in any folder resolves the library's source. */
const DENO_CONFIG = fileURLToPath(new URL("../deno.json", import.meta.url));

/** Every runtime; all but Deno's, which runs the source, run the built package. */
export async function runtimes(): Promise<Runtime[]> {
  const { node, bun } = await tools();
  return [
    denoRuntime(),
    ...node.map(({ major, path }) => packageRuntime(`node${major}`, path)),
    packageRuntime("bun", bun),
  ];
}

function denoRuntime(): Runtime {
  return {
    name: "deno",
    command: (program, args = [], { denoFlags = ["-A"] } = {}) => ({
      command: Deno.execPath(),
      args: ["run", "--config", DENO_CONFIG, ...denoFlags, program, ...args],
      env: ENV,
    }),
  };
}

function packageRuntime(name: Runtime["name"], command: string): Runtime {
  return {
    name,
    command: (program, args = []) => ({
      command,
      args: [program, ...args],
      env: ENV,
    }),
  };
}
