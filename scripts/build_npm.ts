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

/** How to build. */
export interface BuildOptions {
  /** Builds even if nothing has changed since the last time. */
  readonly force?: boolean;
}

/** Goes into the package as it is; npm adds the first two by itself. */
const COPIED = ["README.md", "LICENSE", ...DOCUMENTS];

/** What the package is made of, beside the documents. */
const FILES = [
  "mod.ts",
  "deno.json",
  "scripts/build_npm.ts",
  "scripts/tools/package.json",
];
const DIRECTORIES = ["src", "scripts/build_npm"];

/** Written once the package is whole; holds what it was made of. Not published. */
const MARK = join(NPM, ".built");

/**
 * Builds the package, unless nothing has changed since the last time, and
 * links it where programs in this repository look for `@anyport/sockets`.
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
  // Nothing of the last build may stay, above all not when this one fails.
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

/** The files that go into the package as they are. */
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

/** A digest of how, and from what, the package is to be built. */
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

/** What of `deno.json` the package is made with. */
export async function denoJson(): Promise<DenoJson> {
  return JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
}

/** dnt installs the declarations itself; they are to be those of the tools. */
export async function typesVersions(): Promise<TypesVersions> {
  const path = join(ROOT, "scripts", "tools", "package.json");
  const { dependencies } = JSON.parse(await Deno.readTextFile(path));
  return {
    "@types/deno": dependencies["@types/deno"],
    "@types/node": dependencies["@types/node"],
  };
}

/** Points `path` to `target`. */
async function link(target: string, path: string): Promise<void> {
  // Fails where there is nothing, or a link that leads nowhere.
  const current = await Deno.realPath(path).catch(() => undefined);
  if (current === target) return;
  await Deno.mkdir(dirname(path), { recursive: true });
  await remove(path);
  // A junction: on Windows, links need rights that few accounts have.
  await Deno.symlink(target, path, { type: "junction" });
}

if (import.meta.main) await buildNpm({ force: true });
