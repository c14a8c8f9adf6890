/**
 * Publishes the results in the documentation and in `bench/results/`.
 *
 * @module
 */
import { join } from "node:path";
import { outputOf } from "../scripts/command.ts";
import { textOf } from "../scripts/files.ts";
import { ROOT } from "../scripts/places.ts";
import { chart } from "./chart.ts";
import { type Comparison, COMPARISONS } from "./comparisons.ts";
import { contender, isOfDatagrams, isOfTls, type Role } from "./contenders.ts";
import { type Finding, findings, type Results, titleOf } from "./results.ts";
import { table } from "./tables.ts";
import { type Workload, WORKLOADS } from "./workloads.ts";

const TARGET = join(ROOT, "bench", "results");
const PAGE = join(ROOT, "docs", "reference", "performance.md");
const [BEGIN, END] = ["<!-- bench -->", "<!-- end of bench -->"];

/**
 * Writes `bench/results/`, and the tables between the markers of the page.
 *
 * @param fresh The new results. Unmeasured parts keep their published results; no ratio
 *   combines two runs.
 */
export async function publish(fresh: Results): Promise<void> {
  await Deno.mkdir(TARGET, { recursive: true });
  const results = merge(await textOf(join(TARGET, "results.json")), fresh);
  await Deno.writeTextFile(join(TARGET, "chart.svg"), chart(results));
  await Deno.writeTextFile(
    join(TARGET, "results.json"),
    JSON.stringify(results) + "\n",
  );
  const text = await Deno.readTextFile(PAGE);
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) {
    throw new Error(`${PAGE} has no ${BEGIN} … ${END}`);
  }
  const section = [BEGIN, summary(results), END].join("\n\n");
  await Deno.writeTextFile(PAGE, before + section + after);
  await outputOf(Deno.execPath(), ["fmt", "--quiet", PAGE, TARGET]);
  console.log("Written: docs/reference/performance.md, bench/results/");
}

function merge(published: string | undefined, fresh: Results): Results {
  if (published === undefined) return fresh;
  const before: Results = JSON.parse(published);
  const either = <T extends object>(now: T, then: T) =>
    Object.keys(now).length > 0 ? now : then;
  return {
    ...fresh,
    samples: { ...before.samples, ...fresh.samples },
    idleKiB: either(fresh.idleKiB, before.idleKiB),
    startMs: either(fresh.startMs, before.startMs),
    growth: {
      connections: either(fresh.growth.connections, before.growth.connections),
      sizes: either(fresh.growth.sizes, before.growth.sizes),
    },
  };
}

function summary(results: Results): string {
  const every = findings(COMPARISONS, results);
  const isBesideBare = ({ comparison }: Finding) =>
    contender(comparison.against).bare === true;
  const all = every.filter((finding) => !isBesideBare(finding));
  return [
    `Measured ${results.at.slice(0, 10)} on ${results.machine.join(", ")}.`,
    streamTable(all),
    ...comparisonTable(every.filter(isBesideBare), isOfStreams, ["idle"]),
    ...comparisonTable(all, isOfTls),
    ...comparisonTable(all, isOfDatagrams),
    "![Ratios and curves of growth](../../bench/results/chart.svg)",
  ].join("\n\n");
}

const isOfStreams = (role: Role) => !isOfTls(role) && !isOfDatagrams(role);

const idsWhere = (wanted: (workload: Workload) => boolean) =>
  WORKLOADS.filter(wanted).map(({ id }) => id);

/** A row for each stream workload, a column for each comparison. */
function streamTable(all: readonly Finding[]): string {
  const subjects = [
    ...idsWhere(({ role }) => isOfStreams(role)),
    "idle",
    "start",
  ];
  const own = all.filter(({ subject }) => subjects.includes(subject));
  const comparisons = comparisonsOf(own);
  const rows = subjects.flatMap((subject) =>
    own.some((finding) => finding.subject === subject)
      ? [[
        subject,
        ...comparisons.map((comparison) => cell(own, subject, comparison)),
      ]]
      : []
  );
  const head = [
    "",
    ...comparisons.map(({ contender: id }) =>
      contender(id).name.replace("Anyport on ", "").replace("Anyport ", "")
    ),
  ];
  return table(head, rows);
}

/** A row for each comparison, a column for each workload of a kind, and for `costs`. */
function comparisonTable(
  all: readonly Finding[],
  isOfKind: (role: Role) => boolean,
  costs: readonly string[] = [],
): string[] {
  const found = (id: string) => all.some(({ subject }) => subject === id);
  const subjects = [...idsWhere(({ role }) => isOfKind(role)), ...costs]
    .filter(found);
  const own = all.filter(({ subject }) => subjects.includes(subject));
  if (own.length === 0) return [];
  const rows = comparisonsOf(own).map((comparison) => [
    titleOf(comparison),
    ...subjects.map((subject) => cell(own, subject, comparison)),
  ]);
  return [table(["", ...subjects], rows)];
}

/** The comparisons that have findings. */
function comparisonsOf(own: readonly Finding[]): readonly Comparison[] {
  return COMPARISONS.filter((comparison) =>
    own.some((finding) => finding.comparison === comparison)
  );
}

function cell(
  own: readonly Finding[],
  subject: string,
  comparison: Comparison,
): string {
  const finding = own.find((one) =>
    one.subject === subject && one.comparison === comparison
  );
  return finding?.ratio?.median.toFixed(2) ?? finding?.found ?? "";
}
