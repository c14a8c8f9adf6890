/**
 * Runs the tests on every runtime: `deno task test`, or a part of them:
 * `deno task test node22 conformance`.
 *
 * The last line counts passed, failed and skipped tests.
 *
 * @module
 */
import { join } from "node:path";
import { CACHE } from "./places.ts";
import { type Progress, withProgress } from "./progress.ts";
import { stdSource } from "./std_source.ts";
import { run } from "./test/child.ts";
import {
  type Counts,
  countsOf,
  FAILURE,
  NONE,
  sum,
  summary,
} from "./test/junit.ts";
import { allStages, type Means, select, type Stage } from "./test/stages.ts";
import { tools } from "./tools.ts";

/** Long enough for a slow machine; a stage that takes longer is considered hung. */
const STAGE_LIMIT_MS = 15 * 60_000;

/** How many stages run in parallel: they mostly wait. */
const LANES = Math.min(2, navigator.hardwareConcurrency);

/** The folder of the reports and outputs of the stages. */
const RESULTS = join(CACHE, "test");

/**
 * Runs the selected stages.
 *
 * @returns Whether all tests passed.
 */
async function main(words: readonly string[]): Promise<boolean> {
  const stages = selected(await allStages(), words);
  await Deno.mkdir(RESULTS, { recursive: true });
  const means: Means = { denoFlags: await stdFlags(), tools };

  const needsPackage = stages.some(({ needsPackage }) => needsPackage);
  const names = stages.map(({ name }) => name);
  const total = sum(
    await withProgress(
      "test",
      needsPackage ? ["build", ...names] : names,
      (progress) => runAll(stages, needsPackage, means, progress),
      LANES,
    ),
  );
  const wanting = Deno.env.get("CI") === "true" ? total.wanting : [];
  if (wanting.length > 0) {
    console.log("\nContinuous integration must have what these tests need:");
    for (const name of new Set(wanting)) console.log(`  ${name}`);
  }
  console.log(`\n${summary(total)}`);
  return total.failed === 0 && wanting.length === 0;
}

/** Builds the package, if needed, and runs the stages. */
async function runAll(
  stages: readonly Stage[],
  needsPackage: boolean,
  means: Means,
  progress: Progress,
): Promise<Counts[]> {
  const results: Counts[] = [];
  let built = true;
  if (needsPackage) {
    const building = await timed("build", () => build(means), progress);
    built = building.failed === 0;
    results.push(building);
  }
  // Each lane takes the next stage from the shared iterator.
  const left = stages.values();
  const lane = async () => {
    for (const stage of left) {
      results.push(
        await timed(stage.name, () => {
          if (!stage.needsPackage || built) return runStage(stage, means);
          console.log("Not run, since there is no package to run it with.");
          return FAILURE;
        }, progress),
      );
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}

function selected(stages: readonly Stage[], words: readonly string[]): Stage[] {
  try {
    return select(stages, words);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}

/** Runs a stage or the build, and prints its line of the table. */
async function timed(
  name: string,
  run: () => Counts | Promise<Counts>,
  progress: Progress,
): Promise<Counts> {
  const start = performance.now();
  const counts = await progress.during(name, () => attempt(run));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const result = counts === NONE ? "done" : summary(counts);
  progress.print(`${name.padEnd(12)} ${seconds.padStart(6)} s  ${result}`);
  return counts;
}

/** A failed stage must not prevent the next one from running. */
async function attempt(run: () => Counts | Promise<Counts>): Promise<Counts> {
  try {
    return await run();
  } catch (error) {
    console.log(error);
    return FAILURE;
  }
}

async function stdFlags(): Promise<string[]> {
  const source = await stdSource();
  // Child processes use the same source without a probe.
  Deno.env.set("STD_SOURCE", source);
  return source === "jsr" ? [] : ["--import-map=tests/offline/import_map.json"];
}

async function build({ tools }: Means): Promise<Counts> {
  await tools();
  const { success, output } = await run({
    command: Deno.execPath(),
    args: ["run", "-A", "scripts/build_npm.ts"],
  }, STAGE_LIMIT_MS);
  if (success) return NONE;
  console.log(output);
  return FAILURE;
}

async function runStage(stage: Stage, means: Means): Promise<Counts> {
  const file = join(RESULTS, stage.name.replaceAll(" ", "_"));
  const report = `${file}.xml`;
  // Clears the report of an earlier run.
  await Deno.writeTextFile(report, "");
  const command = await stage.command(means, stage.entries, report);
  const { success, output, timedOut } = await run(command, STAGE_LIMIT_MS);
  await Deno.writeTextFile(`${file}.log`, output);

  let counts = countsOf(await Deno.readTextFile(report));
  const none = counts.passed + counts.failed + counts.skipped === 0;
  // A crash, or a file that cannot be loaded, is missing from the report.
  if (counts.failed === 0 && (!success || none)) {
    counts = sum([counts, FAILURE]);
  }
  if (counts.failed > 0) console.log(output);
  if (timedOut) console.log(`Killed after ${STAGE_LIMIT_MS / 1000} seconds.`);
  return counts;
}

// Deno does not trust the system's certificates by default.
if (Deno.env.get("DENO_TLS_CA_STORE") === undefined) {
  Deno.env.set("DENO_TLS_CA_STORE", "system,mozilla");
}
// `deno task test -- bun` passes the `--` on too.
const words = Deno.args.filter((word) => word !== "--");
if (!await main(words)) Deno.exit(1);
