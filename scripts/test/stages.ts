/**
 * The stages of a test run: which tests run on which runtime.
 *
 * @module
 */
import { join } from "node:path";
import { ROOT } from "../places.ts";
import type { Tools } from "../tools.ts";
import { bundle, type Format } from "./bundles.ts";
import type { Command } from "./child.ts";

/** The folders of `tests/` that run on every runtime. */
const SHARED = ["conformance", "property"];
/** The folders whose tests start programs on every runtime; one stage each. */
const DRIVING = [
  "process",
  "bench",
  "chains",
  "examples",
  "interop",
  "package",
];

/** The inputs of a stage's command. */
export interface Means {
  /** Flags that map `@std/` to its source. */
  readonly denoFlags: readonly string[];
  /** Installs the npm tools on the first call. */
  tools(): Promise<Tools>;
}

/** A part of the tests that one command runs. */
export interface Stage {
  readonly name: string;
  /** Its entries of `tests/`. */
  readonly entries: readonly string[];
  /** Whether it needs the built package. */
  readonly needsPackage: boolean;
  /** Whether it runs only if it is selected by name. */
  readonly isOptional?: boolean;
  /** Returns the command, which writes its JUnit report to the path `report`. */
  command(
    means: Means,
    entries: readonly string[],
    report: string,
  ): Command | Promise<Command>;
}

/** All stages, in starting order. */
export async function allStages(): Promise<Stage[]> {
  return [
    // The longest first, so that none runs alone at the end.
    ...DRIVING.map((name) => denoStage(name, [name], true)),
    ...await denoStages(),
    ...([20, 22, 24] as const).flatMap((major) => [
      nodeStage(major, "esm"),
      nodeStage(major, "cjs"),
    ]),
    bunStage(),
    { ...denoStage("wine", ["wine"], true), isOptional: true },
  ];
}

/**
 * Selects stages by words, each the name of a stage ("bun", "node22", "node", "cjs") or
 * of a folder of tests ("conformance"). Without words it selects all that are not
 * optional.
 *
 * @throws {RangeError} A word is unknown, or the words select no tests
 */
export function select(
  stages: readonly Stage[],
  words: readonly string[],
): Stage[] {
  const isName = (word: string) => stages.some((stage) => named(stage, word));
  const names = words.filter(isName);
  const folders = words.filter((word) => !isName(word));
  for (const folder of folders) {
    if (!stages.some(({ entries }) => entries.map(folderOf).includes(folder))) {
      const known = stages.map(({ name }) => name).join(", ");
      throw new RangeError(
        `Cannot test "${folder}": no folder of tests, nor any of ${known}`,
      );
    }
  }
  const selected = stages
    .filter((stage) =>
      names.length === 0
        ? !stage.isOptional
        : names.some((name) => named(stage, name))
    )
    .map((stage) => ({
      ...stage,
      entries: folders.length === 0
        ? stage.entries
        : stage.entries.filter((entry) => folders.includes(folderOf(entry))),
    }))
    .filter(({ entries }) => entries.length > 0);
  if (selected.length === 0) {
    const missing = folders.map((folder) => `"${folder}"`).join(", ");
    throw new RangeError(
      `No tests: ${missing} is no folder of ${names.join(", ")}`,
    );
  }
  return selected;
}

function named({ name }: Stage, word: string): boolean {
  return name.split(" ").some((part) =>
    part === word || part.replace(/\d+$/, "") === word
  );
}

/** The folder of an entry: "conformance" of "conformance/tls_test.ts". */
function folderOf(entry: string): string {
  return entry.split("/")[0];
}

/**
 * The remaining folders of `tests/`, which run on Deno alone. Two stages run in parallel
 * and take about the same time: the TLS cases, and all others.
 */
async function denoStages(): Promise<Stage[]> {
  const folders = (await testsIn("."))
    .filter((name) => ![...DRIVING, "conformance", "wine"].includes(name));
  const cases = (await testsIn("conformance"))
    .filter((name) => name.endsWith("_test.ts"))
    .map((name) => `conformance/${name}`);
  const isTls = (name: string) => name === "conformance/tls_test.ts";
  return [
    denoStage("deno tls", cases.filter(isTls), false),
    denoStage(
      "deno rest",
      [...cases.filter((name) => !isTls(name)), ...folders],
      false,
    ),
  ];
}

/** The test files and folders in a folder of `tests/`. */
async function testsIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(
    Deno.readDir(join(ROOT, "tests", folder)),
  );
  return entries
    .filter((entry) => entry.isDirectory || entry.name.endsWith("_test.ts"))
    .map(({ name }) => name)
    .sort();
}

function denoStage(
  name: string,
  entries: readonly string[],
  needsPackage: boolean,
): Stage {
  return {
    name,
    entries,
    needsPackage,
    command: ({ denoFlags }, entries, report) => ({
      command: Deno.execPath(),
      args: [
        "test",
        "-A",
        ...denoFlags,
        `--junit-path=${report}`,
        ...entries.map((entry) => `tests/${entry}`),
      ],
    }),
  };
}

function nodeStage(major: 20 | 22 | 24, format: Format): Stage {
  return {
    name: `node${major} ${format}`,
    entries: SHARED,
    needsPackage: true,
    async command(means, entries, report) {
      const tools = await means.tools();
      const node = tools.node.find((node) => node.major === major);
      if (node === undefined) throw new Error(`Node ${major} is not installed`);
      return {
        command: node.path,
        args: [
          "--enable-source-maps",
          "--test",
          "--test-reporter=spec",
          "--test-reporter-destination=stdout",
          "--test-reporter=junit",
          `--test-reporter-destination=${report}`,
          ...await bundle(entries, format, tools),
        ],
      };
    },
  };
}

function bunStage(): Stage {
  return {
    name: "bun",
    entries: SHARED,
    needsPackage: true,
    async command(means, entries, report) {
      const tools = await means.tools();
      return {
        command: tools.bun,
        args: [
          "test",
          // The test harness has a limit of its own, with a better message.
          "--timeout=60000",
          "--reporter=junit",
          `--reporter-outfile=${report}`,
          ...await bundle(entries, "esm", tools),
        ],
      };
    },
  };
}
