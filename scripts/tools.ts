/**
 * The npm tools and the runtimes beside Deno, at the exact versions of
 * `scripts/tools/package-lock.json`.
 *
 * To change one, edit the `package.json` there, and in that directory run
 * `npm install --package-lock-only --omit-lockfile-registry-resolved`, which
 * leaves it to each machine where npm fetches from.
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

/** One version of Node. */
export interface NodeTool {
  readonly major: 20 | 22 | 24;
  /** The program. */
  readonly path: string;
}

/** What has been installed. */
export interface Tools {
  /** The versions of Node, the oldest first. */
  readonly node: readonly NodeTool[];
  /** Bun's program. */
  readonly bun: string;
  /** The directory that packages are in. */
  readonly modules: string;
  /** The file to start a tool by, on Node. */
  bin(name: ToolName): string;
}

/** A tool that is written in JavaScript, or started by it. */
export type ToolName = keyof typeof ENTRIES;

const ENTRIES = {
  attw: "@arethetypeswrong/cli/dist/index.js",
  esbuild: "esbuild/bin/esbuild",
  publint: "publint/src/cli.js",
  rollup: "rollup/dist/bin/rollup",
  tsc: "typescript/bin/tsc",
  "tsc-oldest": "typescript-oldest/bin/tsc",
};

/** Where the versions are written down. */
const SOURCE = join(ROOT, "scripts", "tools");
const FILES = ["package.json", "package-lock.json"];

const TARGET = join(CACHE, "tools");
const MODULES = join(TARGET, "node_modules");
/** Written once all is there; holds what it was installed from. */
const MARK = join(TARGET, "installed");

/**
 * The packages of a runtime are named after it, in Node's words for a platform.
 *
 * Each platform's package holds the program itself, so that nothing but npm
 * runs while it is installed: the usual `node` and `bun` packages fetch theirs
 * by an install script, and npm 11 and later do not run those unasked.
 */
const PLATFORM = `${process.platform}-${process.arch}`;

/**
 * Installs the tools, unless they are there already.
 *
 * @throws {Error} No runtimes are known for this platform, or npm failed
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

/** The program of a runtime. */
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
