/**
 * The tests that every runtime runs, as JavaScript for Node and Bun.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { CACHE, ROOT } from "../places.ts";
import type { Tools } from "../tools.ts";
import { type Command, run } from "./child.ts";

/** How a bundle imports the built package. */
export type Format = "esm" | "cjs";

const TESTS = join(ROOT, "tests");
const LIMIT_MS = 60_000;

/** What is being run is not to be written again. */
const made = new Map<string, Promise<string[]>>();

/**
 * Bundles the tests in some folders of `tests/`, once. The library stays outside,
 * so that they load the built package, as users do.
 *
 * @returns The files to be run.
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
  const sources = (await Promise.all(folders.map(testFiles))).flat();
  const { success, output } = await run(
    esbuild(sources, format, tools),
    LIMIT_MS,
  );
  if (!success) throw new Error(`Cannot bundle the tests: ${output}`);
  const ending = format === "esm" ? ".mjs" : ".cjs";
  return sources.map((source) =>
    join(outFolder(format), relative(TESTS, source).replace(/\.ts$/, ending))
  );
}

async function testFiles(folder: string): Promise<string[]> {
  const path = join(TESTS, folder);
  const files = await readdir(path, { recursive: true });
  return files
    .filter((file) => file.endsWith("_test.ts"))
    .map((file) => join(path, file));
}

function outFolder(format: Format): string {
  return join(CACHE, "tests", format);
}

function esbuild(
  sources: readonly string[],
  format: Format,
  tools: Tools,
): Command {
  const assert = join(TESTS, "offline", "assert.ts");
  const formatOptions = format === "esm" ? ["--out-extension:.js=.mjs"] : [
    "--out-extension:.js=.cjs",
    // Node's import() loads the ESM build also from CommonJS; require() does not.
    "--supported:dynamic-import=false",
  ];
  return {
    command: tools.node[0].path,
    args: [
      tools.bin("esbuild"),
      ...sources,
      "--bundle",
      "--platform=node",
      "--target=node20",
      `--format=${format}`,
      `--outdir=${outFolder(format)}`,
      `--outbase=${TESTS}`,
      ...formatOptions,
      "--external:@anyport/sockets",
      `--alias:@std/assert=${assert}`,
      "--sourcemap=inline",
      "--log-level=warning",
    ],
    env: { NODE_PATH: tools.modules },
  };
}
