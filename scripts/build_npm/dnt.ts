/**
 * Compiles by dnt, which is published on JSR.
 *
 * @module
 */
import { join } from "node:path";
import { remove } from "../files.ts";
import { ROOT } from "../places.ts";
import { ENTRIES, LIB, TARGET, type TypesVersions } from "./compiling.ts";
import type { DenoJson } from "./package_json.ts";

/** The part of dnt's API that is used. */
interface Dnt {
  build(options: {
    entryPoints: { name: string; path: string }[];
    outDir: string;
    shims: Record<never, never>;
    typeCheck: "both";
    test: false;
    skipSourceOutput: true;
    compilerOptions: { target: string; lib: readonly string[] };
    package: {
      name: string;
      version: string;
      devDependencies: TypesVersions;
    };
  }): Promise<void>;
}

/**
 * The specifier of dnt. Deno fetches a literal specifier before it runs the program; a
 * variable is fetched on demand, so JSR may be unreachable.
 */
const DNT: string = "@deno/dnt";

/** Files that dnt leaves behind. */
const SCAFFOLD = ["node_modules", "package-lock.json", ".npmignore"];

/** Fills `outDir` with `esm/` and `script/`. @throws {Error} On a type error */
export async function compileByDnt(
  outDir: string,
  { name, version }: DenoJson,
  devDependencies: TypesVersions,
): Promise<void> {
  const { build } = await import(DNT) as Dnt;
  await build({
    entryPoints: Object.entries(ENTRIES)
      .map(([name, path]) => ({ name, path: join(ROOT, path) })),
    outDir,
    shims: {},
    typeCheck: "both",
    test: false,
    skipSourceOutput: true,
    compilerOptions: { target: TARGET, lib: LIB },
    package: { name, version, devDependencies },
  });
  for (const path of SCAFFOLD) await remove(join(outDir, path));
}
