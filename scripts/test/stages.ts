/**
 * What is tested with what: the stages of a test run.
 *
 * @module
 */
import { join } from "node:path";
import { ROOT } from "../places.ts";
import type { Tools } from "../tools.ts";
import { bundle, type Format } from "./bundles.ts";
import type { Command } from "./child.ts";

/** The folders of `tests/` that hold on every runtime. */
const SHARED = ["conformance", "property"];
/** Those whose tests start programs on every runtime; a stage each. */
const DRIVING = [
  "process",
  "bench",
  "chains",
  "examples",
  "interop",
  "package",
];

/** What a stage is run with. */
export interface Means {
  /** Flags that tell Deno where `@std/` comes from. */
  readonly denoFlags: readonly string[];
  /** Installs what is needed from npm, when first asked. */
  tools(): Promise<Tools>;
}

/** A part of the tests that one command runs. */
export interface Stage {
  readonly name: string;
  /** The entries of `tests/` that it runs. */
  readonly entries: readonly string[];
  /** Whether it needs the built package. */
  readonly needsPackage: boolean;
  /** Whether it runs only where it is asked for by name. */
  readonly isOptional?: boolean;
  /** The command, which writes its JUnit report to the path `report`. */
  command(
    means: Means,
    entries: readonly string[],
    report: string,
  ): Command | Promise<Command>;
}

/** Every stage, in the order in which they begin. */
export async function allStages(): Promise<Stage[]> {
  return [
    // Those that take longest, so that none is left alone at the end.
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
 * The stages that some words ask for, each the name of a stage ("bun",
 * "node22", "node", "cjs") or of a folder of tests ("conformance"). With no
 * word, all that are not optional.
 *
 * @throws {RangeError} A word names nothing, or the words leave no tests
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
 * The rest of `tests/`, which Deno runs by itself, in two stages that run side by side
 * and take about as long: the cases of TLS, and all others.
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

/** The files of tests in a folder of `tests/`, and its folders. */
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
          // The harness limits each test, with a better message.
          "--timeout=60000",
          "--reporter=junit",
          `--reporter-outfile=${report}`,
          ...await bundle(entries, "esm", tools),
        ],
      };
    },
  };
}
