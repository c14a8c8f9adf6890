/**
 * Installs the npm tools, Node and Bun, at the exact versions of
 * `scripts/tools/package-lock.json`.
 *
 * To change a version, edit the `package.json` there and run in that folder
 * `npm install --package-lock-only --omit-lockfile-registry-resolved`. The lock file
 * then names no registry, so each machine uses its own.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import { NPM_COMMAND, outputOf } from "./command.ts";
import { exclusively } from "./exclusive.ts";
import { exists, remove, textOf } from "./files.ts";
import { CACHE, ROOT } from "./places.ts";

/** A version of Node. */
export interface NodeTool {
  readonly major: 20 | 22 | 24;
  /** The path of the executable. */
  readonly path: string;
}

/** The installed tools. */
export interface Tools {
  /** The versions of Node, oldest first. */
  readonly node: readonly NodeTool[];
  /** The path of Bun's executable. */
  readonly bun: string;
  /** The folder of the packages. */
  readonly modules: string;
  /** The path of a tool's entry file, to run on Node. */
  bin(name: ToolName): string;
}

/** A tool that runs on Node. */
export type ToolName = keyof typeof ENTRIES;

const ENTRIES = {
  attw: "@arethetypeswrong/cli/dist/index.js",
  esbuild: "esbuild/bin/esbuild",
  publint: "publint/src/cli.js",
  rollup: "rollup/dist/bin/rollup",
  tsc: "typescript/bin/tsc",
  "tsc-oldest": "typescript-oldest/bin/tsc",
};

/** The folder that pins the versions. */
const SOURCE = join(ROOT, "scripts", "tools");
const FILES = ["package.json", "package-lock.json"];

const TARGET = join(CACHE, "tools");
const MODULES = join(TARGET, "node_modules");
/** Written after a complete installation; holds the digest of the pinned versions. */
const MARK = join(TARGET, "installed");

/**
 * The platform in the names of the runtimes' packages, as Node spells it.
 *
 * The package of a platform contains the executable itself, so no install script runs.
 * The usual `node` and `bun` packages download it in an install script, which npm 11
 * and later do not run by default.
 */
const PLATFORM = `${process.platform}-${process.arch}`;

/**
 * Installs the tools, unless they are installed already.
 *
 * @throws {Error} The platform has no runtimes, or npm failed
 */
export async function tools(): Promise<Tools> {
  const mark = await currentMark();
  if (await textOf(MARK) !== mark) {
    await exclusively("tools", async () => {
      if (await textOf(MARK) !== mark) await install(mark);
    });
  }
  const node: NodeTool[] = [];
  for (const major of [20, 22, 24] as const) {
    node.push({ major, path: await programOf(`node${major}`, "node") });
  }
  const bun = await programOf("bun", "bun");
  const bin = (name: ToolName) => join(MODULES, ENTRIES[name]);
  return { node, bun, modules: MODULES, bin };
}

async function currentMark(): Promise<string> {
  const hash = createHash("sha256").update(PLATFORM);
  for (const file of FILES) {
    hash.update(await Deno.readFile(join(SOURCE, file)));
  }
  return hash.digest("hex");
}

async function install(mark: string): Promise<void> {
  console.error(
    "tools: installing npm tools, Node and Bun (once; a few minutes at most)",
  );
  await Deno.mkdir(TARGET, { recursive: true });
  await remove(MARK);
  for (const file of FILES) {
    await Deno.copyFile(join(SOURCE, file), join(TARGET, file));
  }
  const flags = ["--ignore-scripts", "--include=optional", "--no-bin-links"];
  await outputOf(
    NPM_COMMAND,
    ["ci", ...flags, "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd: TARGET },
  );
  await Deno.writeTextFile(MARK, mark);
}

/** The path of a runtime's executable. */
async function programOf(runtime: string, program: string): Promise<string> {
  const ending = process.platform === "win32" ? ".exe" : "";
  const path = join(MODULES, `${runtime}-${PLATFORM}`, "bin", program + ending);
  if (await exists(path)) return path;
  throw new Error(
    `Cannot find ${runtime} for ${PLATFORM}: scripts/tools/package.json has none`,
  );
}

if (import.meta.main) {
  const { node, bun } = await tools();
  for (const path of [...node.map(({ path }) => path), bun]) console.log(path);
}
