/**
 * Builds the npm package into `npm/`, for Node and Bun.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { addBundles } from "./build_npm/bundle.ts";
import type { TypesVersions } from "./build_npm/compiling.ts";
import { compileByDnt } from "./build_npm/dnt.ts";
import {
  type DenoJson,
  DOCUMENTS,
  packageJson,
  subpathJson,
  SUBPATHS,
} from "./build_npm/package_json.ts";
import { compileByTsc } from "./build_npm/tsc.ts";
import { exclusively } from "./exclusive.ts";
import { filesOf, remove, textOf } from "./files.ts";
import { NPM, ROOT } from "./places.ts";
import { withProgress } from "./progress.ts";
import { type StdSource, stdSource } from "./std_source.ts";
import { tools } from "./tools.ts";

/** Options of a build. */
export interface BuildOptions {
  /** Builds even if no source has changed since the last build. */
  readonly force?: boolean;
}

/** Files and folders that are copied unchanged; npm adds the first two by itself. */
const COPIED = ["README.md", "LICENSE", ...DOCUMENTS];

/** The sources of the package, in addition to the documents. */
const FILES = [
  "mod.ts",
  "deno.json",
  "scripts/build_npm.ts",
  "scripts/tools/package.json",
];
const DIRECTORIES = ["src", "scripts/build_npm"];

/** Written after a complete build; holds the digest of the sources. Not published. */
const MARK = join(NPM, ".built");

/**
 * Builds the package, unless its sources are unchanged since the last build. Links it
 * to where programs in this repository resolve `@anyport/sockets`.
 *
 * @throws {Error} On a type error
 */
export async function buildNpm(
  { force = false }: BuildOptions = {},
): Promise<void> {
  const source = await stdSource();
  await exclusively("build_npm", async () => {
    const mark = await digestOf(source);
    if (force || await textOf(MARK) !== mark) {
      await build(source);
      await Deno.writeTextFile(MARK, mark);
    }
    const { name } = await denoJson();
    await link(NPM, join(ROOT, "node_modules", ...name.split("/")));
  });
}

async function build(source: StdSource): Promise<void> {
  const started = performance.now();
  const config = await denoJson();
  // Removes the last build, so that a failed build leaves no package.
  await remove(NPM);
  await Deno.mkdir(NPM);
  await withProgress(
    `build ${source}`,
    ["tools", "compile", "bundle"],
    async (progress) => {
      const installed = await progress.during("tools", tools);
      await progress.during("compile", async () => {
        if (source === "jsr") {
          await compileByDnt(NPM, config, await typesVersions());
        } else await compileByTsc(NPM, installed);
      });
      await progress.during("bundle", () => addBundles(NPM, installed));
    },
  );
  await Deno.writeTextFile(
    join(NPM, "package.json"),
    JSON.stringify(packageJson(config), undefined, 2) + "\n",
  );
  for (const name of SUBPATHS) {
    await Deno.mkdir(join(NPM, name));
    await Deno.writeTextFile(
      join(NPM, name, "package.json"),
      JSON.stringify(subpathJson(name), undefined, 2) + "\n",
    );
  }
  for (const path of await copied()) {
    await Deno.mkdir(dirname(join(NPM, path)), { recursive: true });
    await Deno.copyFile(join(ROOT, path), join(NPM, path));
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const compiler = source === "jsr" ? "dnt" : "the TypeScript compiler";
  console.error(`npm: built by ${compiler} in ${seconds} s`);
}

/** The files that are copied into the package unchanged. */
async function copied(): Promise<string[]> {
  const paths: string[] = [];
  for (const name of COPIED) {
    if ((await Deno.stat(join(ROOT, name))).isFile) paths.push(name);
    else {
      const files = await filesOf(join(ROOT, name));
      paths.push(...files.map((path) => `${name}/${path}`));
    }
  }
  return paths;
}

/** A digest of the sources of the package and of the compiler to use. */
async function digestOf(source: StdSource): Promise<string> {
  const paths = [...FILES, ...await copied()];
  for (const directory of DIRECTORIES) {
    const files = await filesOf(join(ROOT, directory));
    paths.push(...files.map((path) => `${directory}/${path}`));
  }
  const hash = createHash("sha256").update(source);
  for (const path of paths) {
    hash.update(`\n${path}\n`).update(await textOf(join(ROOT, path)) ?? "");
  }
  return hash.digest("hex");
}

/** Reads `deno.json`. */
export async function denoJson(): Promise<DenoJson> {
  return JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
}

/** The versions of the type declarations: dnt installs them itself, the same as the tools. */
export async function typesVersions(): Promise<TypesVersions> {
  const path = join(ROOT, "scripts", "tools", "package.json");
  const { dependencies } = JSON.parse(await Deno.readTextFile(path));
  return {
    "@types/deno": dependencies["@types/deno"],
    "@types/node": dependencies["@types/node"],
  };
}

/** Creates a link at `path` to `target`. */
async function link(target: string, path: string): Promise<void> {
  // Fails if the path does not exist, or is a dangling link.
  const current = await Deno.realPath(path).catch(() => undefined);
  if (current === target) return;
  await Deno.mkdir(dirname(path), { recursive: true });
  await remove(path);
  // A junction: on Windows, symbolic links need a privilege that few accounts have.
  await Deno.symlink(target, path, { type: "junction" });
}

if (import.meta.main) await buildNpm({ force: true });
