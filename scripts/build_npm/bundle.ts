/**
 * The package's modules joined into few files, beside those that the compiler
 * wrote.
 *
 * To find, open and link two dozen modules costs Node some 6 ms of a start-up
 * of 25; two files, with all that a server needs, cost 1 ms.
 *
 * @module
 */
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { outputOf } from "../command.ts";
import { exists, filesOf, remove } from "../files.ts";
import { CACHE } from "../places.ts";
import type { Tools } from "../tools.ts";
import { ENTRIES, TARGET } from "./compiling.ts";

/** A joined form of the package. */
export interface Bundle {
  /** The form that it is made of. */
  readonly directory: "esm" | "script";
  /** The folder in there that it goes to. */
  readonly folder: string;
  /** The runtime that it is for, where only that one is led to it. */
  readonly runtime?: "node" | "bun" | "none";
}

/**
 * What package.json leads to, beside Deno's ES modules.
 *
 * `import()` would cost Node another millisecond, so that ES modules know for
 * which runtime they are. `require()` costs nothing until it is called; and
 * Deno, when it requires, asks for what Node gets.
 */
export const BUNDLES: readonly Bundle[] = [
  { directory: "esm", folder: "node", runtime: "node" },
  { directory: "esm", folder: "bun", runtime: "bun" },
  // For where there are no sockets: it says so, and needs no module of Node's.
  { directory: "esm", folder: "none", runtime: "none" },
  { directory: "script", folder: "bundle" },
];

/** How the runtimes are called in `src/runtime/which.ts`. */
const NAMES = { node: "Node", bun: "Bun" } as const;

/** What stands for `src/runtime/mod.ts` in a bundle that has one adapter, or none. */
function runtimeModule(runtime: NonNullable<Bundle["runtime"]>): string {
  if (runtime === "none") {
    return `import { unsupported } from "./which.js";
export function adapter() { return Promise.reject(unsupported()); }
export function loadedAdapter() { return undefined; }
`;
  }
  const name = JSON.stringify(NAMES[runtime]);
  return `import { adapter as own } from "./${runtime}/mod.js";
import { runtimeName, unsupported } from "./which.js";
const isHere = runtimeName() === ${name};
export function adapter() {
  return isHere ? Promise.resolve(own) : Promise.reject(unsupported(${name}));
}
export function loadedAdapter() { return isHere ? own : undefined; }
`;
}

/** What a bundle replaces: see `runtimeModule`. */
const REPLACED = join("src", "runtime", "mod.js");

/** What is loaded when first needed stays apart where there is a way. */
const FORMATS = {
  esm: ["--format=esm", "--splitting"],
  script: ["--format=cjs", "--supported:dynamic-import=false"],
};

/**
 * CommonJS cannot be split, and two bundles would be two libraries, whose errors
 * are not each other's. So there is one, in which each entry waits to be called.
 */
const WHOLE = "whole.js";

/** Adds the bundles to the package in `outDir`. */
export async function addBundles(outDir: string, tools: Tools): Promise<void> {
  const modules = (await filesOf(outDir)).filter((path) =>
    path.endsWith(".js")
  );
  for (const bundle of BUNDLES) await add(bundle, outDir, modules, tools);
}

async function add(
  { directory, folder, runtime }: Bundle,
  outDir: string,
  modules: readonly string[],
  { node, bin }: Tools,
): Promise<void> {
  const sources = join(CACHE, "build_npm", folder);
  await remove(sources);
  for (const path of modules) {
    if (!path.startsWith(`${directory}/`)) continue;
    const target = join(sources, path);
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.copyFile(join(outDir, path), target);
  }
  if (runtime !== undefined) {
    const file = join(sources, directory, REPLACED);
    if (!await exists(file)) {
      throw new Error(`Cannot replace ${file}: there is none`);
    }
    await Deno.writeTextFile(file, runtimeModule(runtime));
  }
  if (directory === "esm") await standOnMain(join(sources, directory));
  const target = join(outDir, directory, folder);
  const entries = directory === "esm"
    ? ENTRY_FILES
    : [await joinAll(sources, directory, outDir, target)];
  await outputOf(node[0].path, [
    bin("esbuild"),
    ...entries.map((path) => join(sources, directory, path)),
    "--bundle",
    "--platform=node",
    `--target=${TARGET.toLowerCase()}`,
    ...FORMATS[directory],
    `--outbase=${join(sources, directory)}`,
    `--outdir=${target}`,
    "--log-level=warning",
  ]);
}

const ENTRY_FILES = Object.values(ENTRIES)
  .map((path) => path.replace(/\.ts$/, ".js"));

/**
 * Lets all that is loaded later, and the other entries, stand on the whole of the
 * main one, which esbuild then makes one file of: it splits by who needs what, and
 * would otherwise part it by each set of those.
 */
async function standOnMain(sources: string): Promise<void> {
  const [main, ...others] = ENTRY_FILES;
  const later = new Set(others);
  for (const path of await filesOf(sources)) {
    const text = await Deno.readTextFile(join(sources, path));
    for (const [, target] of text.matchAll(/\bimport\("(\.[^"]+)"\)/g)) {
      later.add(join(dirname(path), target));
    }
  }
  for (const path of later) {
    const file = join(sources, path);
    const up = relative(dirname(file), join(sources, main));
    const specifier = up.startsWith(".") ? up : `./${up}`;
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, `import "${specifier}";\n${text}`);
  }
}

/** The names that an entry exports. */
async function exportsOf(file: string): Promise<string[]> {
  return Object.keys(await import(pathToFileURL(file).href)).sort();
}

/** Makes one entry of all, and the files that lead to each in its bundle. */
async function joinAll(
  sources: string,
  directory: string,
  outDir: string,
  target: string,
): Promise<string> {
  const lines = ENTRY_FILES.map((path) =>
    `exports[${JSON.stringify(path)}] = () => require("./${path}");`
  );
  await Deno.writeTextFile(
    join(sources, directory, WHOLE),
    lines.join("\n") + "\n",
  );
  for (const path of ENTRY_FILES) {
    const file = join(target, path);
    const up = "../".repeat(path.split("/").length - 1) || "./";
    const names = await exportsOf(join(outDir, "esm", path));
    await Deno.mkdir(dirname(file), { recursive: true });
    // The second line is never run: it tells the names to an importer of this file
    // as an ES module.
    await Deno.writeTextFile(
      file,
      `module.exports = require("${up}${WHOLE}")[${JSON.stringify(path)}]();
0 && (module.exports = { ${names.join(", ")} });
`,
    );
  }
  return WHOLE;
}
