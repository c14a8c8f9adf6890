/**
 * Measures Anyport against each runtime's own API, C, and other libraries:
 * `deno task bench`, about 50 minutes; `deno task bench --quick`, three.
 *
 * Words select workloads or runtimes: `deno task bench bulk node`. The results are
 * printed and written to `.cache/bench/`; `--publish` also writes them to
 * docs/reference/performance.md and `bench/results/`.
 *
 * @module
 */
import { join } from "node:path";
import { COMPARISONS } from "./comparisons.ts";
import { CLIENTS, contender, type ContenderId, SERVERS } from "./contenders.ts";
import { measureGrowth, type Point } from "./growing.ts";
import {
  type Bench,
  measure,
  measureIdle,
  measureStart,
  type Pace,
} from "./measuring.ts";
import { describe, equip } from "./programs.ts";
import { countModules } from "./modules.ts";
import { publishedOf } from "./published.ts";
import { chartsOf, publish } from "./publishing.ts";
import { idsOf, type Results } from "./results.ts";
import { median } from "./statistics.ts";
import { absoluteTables, comparisonTables } from "./tables.ts";
import { GROWTH, WORKLOADS } from "./workloads.ts";
import { buildNpm } from "../scripts/build_npm.ts";
import { CACHE } from "../scripts/places.ts";
import { type Progress, withProgress } from "../scripts/progress.ts";

const FULL: Pace = {
  rounds: 8,
  seconds: 0.5,
  warmupSeconds: 0.1,
  // Node needs that long to optimize its code: after half a second, visits were still
  // slower by a third than at the end.
  settleSeconds: 2,
  datagrams: { seconds: 0.3, warmupSeconds: 0.1, settleSeconds: 1 },
  handshakes: { seconds: 0.7, warmupSeconds: 0.1, settleSeconds: 4 },
  idle: 5000,
  starts: 9,
  growth: { connections: GROWTH.connections, sizes: GROWTH.sizes, rounds: 3 },
};

/** For a functional check: every contender and workload once, without reliable figures. */
const QUICK: Pace = {
  rounds: 1,
  seconds: 0.25,
  warmupSeconds: 0.1,
  settleSeconds: 0.1,
  datagrams: { seconds: 0.05, warmupSeconds: 0.02, settleSeconds: 0.02 },
  handshakes: { seconds: 0.25, warmupSeconds: 0.1, settleSeconds: 0.1 },
  idle: 500,
  starts: 3,
  growth: { connections: [1, 100], sizes: [1, 65536], rounds: 1 },
};

/** The parts that are not workloads. */
const PARTS = ["idle", "start", "growth"] as const;

/** The selection made by the words. */
interface Choice {
  readonly subjects: ReadonlySet<string>;
  readonly ids: ReadonlySet<ContenderId>;
}

/** @throws {RangeError} A word is unknown */
function choose(words: readonly string[]): Choice {
  const subjects = [...WORKLOADS.map(({ id }) => id), ...PARTS];
  const ids = [...idsOf(SERVERS), ...idsOf(CLIENTS)];
  const runtimes = [...new Set(ids.map((id) => contender(id).runtime))];
  const chosenSubjects = new Set<string>(), chosenRuntimes = new Set<string>();
  for (const word of words) {
    const found = subjects.filter((subject) =>
      subject === word || subject.split(/,? /)[0] === word
    );
    const runtime = runtimes.find((name) => name.toLowerCase() === word);
    if (runtime !== undefined) chosenRuntimes.add(runtime);
    else if (found.length > 0) found.forEach((one) => chosenSubjects.add(one));
    else {
      throw new RangeError(
        `Cannot measure "${word}": choose from ${
          [...subjects, ...runtimes.map((name) => name.toLowerCase())].join(
            ", ",
          )
        }`,
      );
    }
  }
  return {
    subjects: chosenSubjects.size > 0 ? chosenSubjects : new Set(subjects),
    ids: new Set(
      ids.filter((id) =>
        chosenRuntimes.size === 0 || chosenRuntimes.has(contender(id).runtime)
      ),
    ),
  };
}

async function run(
  { subjects, ids }: Choice,
  bench: Bench,
  machine: readonly string[],
  progress: Progress,
): Promise<Results> {
  const results = {
    at: new Date().toISOString(),
    machine,
    pace: bench.pace,
    samples: {} as Record<string, Results["samples"][string]>,
    idleKiB: {} as Results["idleKiB"],
    startMs: {} as Results["startMs"],
    modules: subjects.has("start") ? await countModules() : undefined,
    growth: { connections: {}, sizes: {} } as Results["growth"],
  };
  const chosen = (all: object) => idsOf(all).filter((id) => ids.has(id));
  for (const workload of WORKLOADS) {
    if (!subjects.has(workload.id)) continue;
    const all = workload.side === "server" ? SERVERS : CLIENTS;
    results.samples[workload.id] = await progress.during(
      workload.id,
      () => measure(workload, chosen(all), bench),
    );
  }
  // The contenders with a target for a difference, and the other libraries.
  for (
    const [part, into, measureOne, key] of [
      ["idle", results.idleKiB, measureIdle, "idleKiB"],
      ["start", results.startMs, measureStart, "startMs"],
    ] as const
  ) {
    if (!subjects.has(part)) continue;
    const compared = COMPARISONS.filter((one) => one[key] !== undefined)
      .flatMap(({ contender, against }) => [against, contender]);
    const all = new Set<ContenderId>([...compared, "effect", "asyncio", "c"]);
    await progress.during(part, async () => {
      for (let round = 0; round < bench.pace.rounds; round++) {
        for (const id of all) {
          if (!ids.has(id)) continue;
          (into[id] ??= []).push(await measureOne(id, bench));
        }
      }
    });
  }
  if (subjects.has("growth")) {
    const grown = GROWTH.contenders.filter((id) => ids.has(id));
    await progress.during("growth", async () => {
      for (const axis of ["connections", "sizes"] as const) {
        await grow(axis, grown, results.growth[axis], bench);
      }
    });
  }
  return results;
}

async function grow(
  axis: "connections" | "sizes",
  ids: readonly ContenderId[],
  into: Partial<Record<ContenderId, Point[]>>,
  bench: Bench,
): Promise<void> {
  for (const at of bench.pace.growth[axis]) {
    const points: Partial<Record<ContenderId, Point[]>> = {};
    for (let round = 0; round < bench.pace.growth.rounds; round++) {
      for (const id of ids) {
        (points[id] ??= []).push(await measureGrowth(id, axis, at, bench));
      }
    }
    for (const id of ids) {
      (into[id] ??= []).push({
        at,
        value: median(points[id]!.map(({ value }) => value)),
        p99: median(points[id]!.map(({ p99 }) => p99)),
      });
    }
  }
}

/** `deno task bench -- --quick` passes the `--` on too. */
const words = Deno.args.filter((word) => !word.startsWith("--"));
const flags = Deno.args.filter((word) =>
  word.startsWith("--") && word !== "--"
);
const unknown = flags.find((flag) =>
  flag !== "--quick" && flag !== "--publish"
);
if (Deno.build.os !== "linux") {
  console.error("Cannot measure here: the load generator is made for Linux");
  Deno.exit(2);
}
if (unknown !== undefined) {
  console.error(`Cannot take ${unknown}: there are --quick and --publish`);
  Deno.exit(2);
}
let choice: Choice;
try {
  choice = choose(words);
  const all = [...idsOf(SERVERS), ...idsOf(CLIENTS)];
  if (flags.includes("--publish") && choice.ids.size < all.length) {
    throw new RangeError("Cannot publish some runtimes only: leave them out");
  }
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(2);
}
await buildNpm();
const equipment = await equip();
const pace = flags.includes("--quick") ? QUICK : FULL;
const machine = await describe(equipment);
const results = await withProgress(
  pace === QUICK ? "bench --quick" : "bench",
  [...WORKLOADS.map(({ id }) => id), ...PARTS]
    .filter((subject) => choice.subjects.has(subject)),
  (progress) => run(choice, { ...equipment, pace }, machine, progress),
);
const directory = join(CACHE, "bench");
await Deno.writeTextFile(
  join(directory, "results.json"),
  JSON.stringify(results, undefined, 1) + "\n",
);
const charts = Object.entries(chartsOf(publishedOf(results)));
for (const [name, chart] of charts) {
  await Deno.writeTextFile(join(directory, name), chart);
}
console.log(
  [
    "# Bench",
    results.machine.join(" · "),
    `${pace.rounds} rounds of ${pace.seconds} s (datagrams: ${pace.datagrams.seconds} s), all contenders in each.`,
    "## Ratios",
    comparisonTables(results),
    "## Figures",
    absoluteTables(results),
    `Written to .cache/bench/: results.json, ${
      charts.map(([name]) => name).join(", ")
    }`,
  ].join("\n\n"),
);
if (flags.includes("--publish")) await publish(results);
