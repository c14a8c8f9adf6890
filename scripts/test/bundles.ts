/**
 * Bundles the tests that run on every runtime, for Node and Bun.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CACHE, ROOT } from "../places.ts";
import type { Tools } from "../tools.ts";
import { type Command, run } from "./child.ts";

/** The module format of a bundle: how it loads the built package. */
export type Format = "esm" | "cjs";

const TESTS = join(ROOT, "tests");
const LIMIT_MS = 60_000;

/** The bundles of this process: a running test file must not be rewritten. */
const made = new Map<string, Promise<string[]>>();

/**
 * Bundles the tests of some folders of `tests/`, once. The library is external, so
 * they load the built package, as users do.
 *
 * @returns The files to run.
 */
export function bundle(
  folders: readonly string[],
  format: Format,
  tools: Tools,
): Promise<string[]> {
  const name = [format, ...folders].join(" ");
  const bundled = made.get(name) ?? make(folders, format, tools);
  made.set(name, bundled);
  return bundled;
}

async function make(
  folders: readonly string[],
  format: Format,
  tools: Tools,
): Promise<string[]> {
  const entries = (await Promise.all(folders.map(entriesOf))).flat();
  const { success, output } = await run(
    esbuild(entries, format, tools),
    LIMIT_MS,
  );
  if (!success) throw new Error(`Cannot bundle the tests: ${output}`);
  const ending = format === "esm" ? ".mjs" : ".cjs";
  return entries.map(({ name }) => join(outFolder(format), name + ending));
}

/** A file to bundle, and the path of its bundle without the extension. */
interface Entry {
  readonly source: string;
  readonly name: string;
}

/** The entries of a folder of `tests/`. */
async function entriesOf(folder: string): Promise<Entry[]> {
  if (folder === "conformance") return await conformanceEntries();
  const path = join(TESTS, folder);
  const files = await readdir(path, { recursive: true });
  return files
    .filter((file) => file.endsWith("_test.ts"))
    .map((file) => ({
      source: join(path, file),
      name: join(folder, file.replace(/\.ts$/, "")),
    }));
}

/**
 * An entry for each folder of cases, which imports all of its files. On Deno
 * `tests/conformance/folder.ts` does that with computed imports, which bundlers cannot
 * follow.
 */
async function conformanceEntries(): Promise<Entry[]> {
  const path = join(TESTS, "conformance");
  const found = await readdir(path, { withFileTypes: true });
  const folders = found.filter((entry) => entry.isDirectory());
  return await Promise.all(folders.map(async ({ name: folder }) => {
    const name = join("conformance", `${folder}_test`);
    const source = join(CACHE, "tests", "entries", `${name}.ts`);
    const files = (await readdir(join(path, folder))).sort();
    const urlOf = (file: string) => JSON.stringify(join(path, file));
    await Deno.mkdir(dirname(source), { recursive: true });
    await Deno.writeTextFile(
      source,
      [
        `import { registerCases } from ${urlOf("cases.ts")};`,
        ...files.map((file, at) =>
          `import * as cases${at} from ${urlOf(join(folder, file))};`
        ),
        `registerCases([${files.map((_, at) => `cases${at}`).join(", ")}]);`,
      ].join("\n"),
    );
    return { source, name };
  }));
}

function outFolder(format: Format): string {
  return join(CACHE, "tests", format);
}

function esbuild(
  entries: readonly Entry[],
  format: Format,
  tools: Tools,
): Command {
  const assert = join(TESTS, "offline", "assert.ts");
  const formatOptions = format === "esm" ? ["--out-extension:.js=.mjs"] : [
    "--out-extension:.js=.cjs",
    // On Node, import() loads the ESM build even from CommonJS; require() loads the CJS build.
    "--supported:dynamic-import=false",
  ];
  return {
    command: tools.node[0].path,
    args: [
      tools.bin("esbuild"),
      ...entries.map(({ source, name }) => `${name}=${source}`),
      "--bundle",
      "--platform=node",
      "--target=node20",
      `--format=${format}`,
      `--outdir=${outFolder(format)}`,
      ...formatOptions,
      "--external:@anyport/sockets",
      `--alias:@std/assert=${assert}`,
      "--sourcemap=inline",
      "--log-level=warning",
    ],
    env: { NODE_PATH: tools.modules },
  };
}
