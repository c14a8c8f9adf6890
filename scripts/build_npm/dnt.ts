/**
 * Compiling by dnt, which comes from JSR.
 *
 * @module
 */
import { join } from "node:path";
import { remove } from "../files.ts";
import { ROOT } from "../places.ts";
import { ENTRIES, LIB, TARGET, type TypesVersions } from "./compiling.ts";
import type { DenoJson } from "./package_json.ts";

/** The part of dnt that is used. */
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
 * Deno fetches whatever it finds imported by a literal before it runs a line.
 * This one must not be asked for where JSR cannot be reached.
 */
const DNT: string = "@deno/dnt";

/** Left behind by dnt for its own use. */
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
