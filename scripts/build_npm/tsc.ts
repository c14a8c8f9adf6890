/**
 * Compiles by the TypeScript compiler, into the same layout as dnt.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { outputOf } from "../command.ts";
import { filesOf } from "../files.ts";
import { CACHE, ROOT } from "../places.ts";
import type { Tools } from "../tools.ts";
import { ENTRIES, LIB, TARGET } from "./compiling.ts";

/** A module format of the package. */
interface Format {
  readonly directory: "esm" | "script";
  readonly module: "es2022" | "commonjs";
  readonly type: "module" | "commonjs";
}

const FORMATS: readonly Format[] = [
  { directory: "esm", module: "es2022", type: "module" },
  { directory: "script", module: "commonjs", type: "commonjs" },
];

/** Fills `outDir` with `esm/` and `script/`. @throws {CommandError} On a type error */
export async function compileByTsc(
  outDir: string,
  tools: Tools,
): Promise<void> {
  await Promise.all(FORMATS.map((format) => compile(format, outDir, tools)));
}

async function compile(
  { directory, module, type }: Format,
  outDir: string,
  { node, bin, modules }: Tools,
): Promise<void> {
  const target = join(outDir, directory);
  const config = join(CACHE, "build_npm", `${directory}.json`);
  await writeJson(config, {
    files: Object.values(ENTRIES).map((path) => join(ROOT, path)),
    compilerOptions: {
      module,
      moduleResolution: "bundler",
      target: TARGET,
      lib: LIB,
      types: ["deno", "node"],
      typeRoots: [join(modules, "@types")],
      strict: true,
      noImplicitOverride: true,
      rewriteRelativeImportExtensions: true,
      declaration: true,
      noEmitOnError: true,
      newLine: "lf",
      rootDir: ROOT,
      outDir: target,
    },
  });
  await outputOf(node[0].path, [bin("tsc"), "--project", config]);
  await rewriteDeclarations(target);
  await writeJson(join(target, "package.json"), { type });
}

/** A relative import of a source file, in the compiler's output. */
const SOURCE_IMPORT = /(\bfrom |\bimport[ (])"(\.{1,2}\/[^"]+)\.ts"/g;

/** Rewrites specifiers in declarations: the compiler does that only in scripts. */
async function rewriteDeclarations(directory: string): Promise<void> {
  for (const name of await filesOf(directory)) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(directory, name);
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replaceAll(SOURCE_IMPORT, '$1"$2.js"'));
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(value, undefined, 2) + "\n");
}
