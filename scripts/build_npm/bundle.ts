/**
 * Bundles the package's modules into few files, in addition to the compiler's output.
 *
 * Resolving, opening and linking two dozen modules costs Node about 6 ms of a 25 ms
 * start; the two files that a server needs cost 1 ms.
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

/** A bundled form of the package. */
export interface Bundle {
  /** The compiler's output that is bundled. */
  readonly directory: "esm" | "script";
  /** The target folder below `directory`. */
  readonly folder: string;
  /** The runtime of the bundle; absent if it serves several. */
  readonly runtime?: "node" | "bun" | "none";
}

/**
 * The files that package.json exports, besides Deno's ES modules.
 *
 * Each ES module bundle is for one runtime, because `import()` of the adapter would
 * cost Node another millisecond. `require()` is free until it is called; Deno's
 * `require()` resolves to the same file as Node's.
 */
export const BUNDLES: readonly Bundle[] = [
  { directory: "esm", folder: "node", runtime: "node" },
  { directory: "esm", folder: "bun", runtime: "bun" },
  // For environments without sockets: it reports that, and imports no module of Node.
  { directory: "esm", folder: "none", runtime: "none" },
  { directory: "script", folder: "bundle" },
];

/** The names of the runtimes in `src/runtime/which.ts`. */
const NAMES = { node: "Node", bun: "Bun" } as const;

/** The replacement of `src/runtime/mod.ts` in a bundle with one adapter or none. */
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

/** The module that `runtimeModule` replaces. */
const REPLACED = join("src", "runtime", "mod.js");

/** Lazily loaded modules stay separate files, if the format allows it. */
const FORMATS = {
  esm: ["--format=esm", "--splitting"],
  script: ["--format=cjs", "--supported:dynamic-import=false"],
};

/**
 * The single file of the CommonJS bundle, in which each entry is called on demand.
 *
 * CommonJS output cannot be split, and two bundles would have two sets of error classes.
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
 * Makes the lazily loaded modules and the other entries import the whole main entry, so
 * that esbuild puts it in one file. Otherwise it splits it into a file for each set of
 * importers.
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

/** The exported names of an entry. */
async function exportsOf(file: string): Promise<string[]> {
  return Object.keys(await import(pathToFileURL(file).href)).sort();
}

/** Writes one entry for all, and the files that select each entry from its bundle. */
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
    // The second line is never executed: it declares the names when an ES module
    // imports this file.
    await Deno.writeTextFile(
      file,
      `module.exports = require("${up}${WHOLE}")[${JSON.stringify(path)}]();
0 && (module.exports = { ${names.join(", ")} });
`,
    );
  }
  return WHOLE;
}
