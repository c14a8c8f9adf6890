/**
 * Publishes results: their page of the reference, its charts, and their figures.
 *
 * @module
 */
import { join } from "node:path";
import { outputOf } from "../scripts/command.ts";
import { remove, textOf } from "../scripts/files.ts";
import { ROOT } from "../scripts/places.ts";
import { growthChart, ratioChart } from "./chart.ts";
import { COMPARISONS } from "./comparisons.ts";
import {
  contender,
  isOfDatagrams,
  isOfTls,
  type Role,
  type RuntimeName,
} from "./contenders.ts";
import { overview } from "./overview.ts";
import {
  merged,
  type Published,
  type PublishedFinding,
  publishedOf,
} from "./published.ts";
import type { Results } from "./results.ts";
import { modulesLine, table } from "./tables.ts";
import { type Workload, WORKLOADS } from "./workloads.ts";

const RESULTS = join(ROOT, "bench", "results.json");
const PAGE = join(ROOT, "docs", "reference", "performance.md");
/** The charts, beside the page. */
const CHARTS = join(ROOT, "docs", "reference", "performance");
const [BEGIN, END] = ["<!-- bench -->", "<!-- end of bench -->"];

/** The charts of a publication, by file name. */
export function chartsOf(published: Published): Record<string, string> {
  const isOfPlainStreams = ({ subject }: PublishedFinding) =>
    idsWhere(({ role }) => isOfStreams(role)).includes(subject);
  const own = published.findings.filter(isOfPlainStreams).filter(isUsual);
  return {
    "overview.svg": overview(published),
    ...Object.fromEntries(
      RUNTIMES.map((name) => [
        `ratios_${name.toLowerCase()}.svg`,
        ratioChart(own, name),
      ]),
    ),
    "growth_connections.svg": growthChart(published, "connections"),
    "growth_sizes.svg": growthChart(published, "sizes"),
  };
}

const RUNTIMES: readonly RuntimeName[] = ["Deno", "Node", "Bun"];

/**
 * Writes `bench/results.json`, the charts, and the page's tables between its marks.
 *
 * @param fresh The results of a run. Parts that it did not measure stay as they were
 *   published.
 */
export async function publish(fresh: Results): Promise<void> {
  const now = publishedOf(fresh);
  const before = await textOf(RESULTS);
  const published = before === undefined
    ? now
    : merged(JSON.parse(before), now);
  await Deno.writeTextFile(RESULTS, JSON.stringify(published) + "\n");
  await writeReport(published);
  console.log("Written: docs/reference/performance.md, bench/results.json");
}

/** Writes the charts and the tables. */
export async function writeReport(published: Published): Promise<void> {
  await remove(CHARTS);
  await Deno.mkdir(CHARTS, { recursive: true });
  for (const [name, chart] of Object.entries(chartsOf(published))) {
    await Deno.writeTextFile(join(CHARTS, name), chart);
  }
  const text = await Deno.readTextFile(PAGE);
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) {
    throw new Error(`${PAGE} has no ${BEGIN} … ${END}`);
  }
  const section = [BEGIN, summary(published), END].join("\n\n");
  await Deno.writeTextFile(PAGE, before + section + after);
  await outputOf(Deno.execPath(), ["fmt", "--quiet", PAGE, RESULTS, CHARTS]);
}

/** Against the runtimes' own APIs, not against a bare await of them. */
function isUsual({ against }: PublishedFinding): boolean {
  return contender(against).bare !== true;
}

function summary(
  { at, machine, findings, modules }: Published,
): string {
  const all = findings.filter(isUsual);
  const image = (title: string, name: string) =>
    `![${title}](performance/${name}.svg)`;
  return [
    `Measured ${at.slice(0, 10)} on ${machine.join(", ")}.`,
    image("Throughput of each runtime in three workloads", "overview"),
    "## Plain streams",
    streamTable(all),
    ...comparisonTable(
      findings.filter((finding) => !isUsual(finding)),
      isOfStreams,
      ["idle"],
    ),
    ...RUNTIMES.map((name) =>
      image(`Ratios on ${name}`, `ratios_${name.toLowerCase()}`)
    ),
    ...modules === undefined ? [] : [modulesLine(modules)],
    "## TLS",
    ...comparisonTable(all, isOfTls),
    "## Datagrams",
    ...comparisonTable(all, isOfDatagrams),
    "## How costs grow",
    image("CPU time by number of connections", "growth_connections"),
    image("Throughput by size of a message", "growth_sizes"),
    "## Notes",
  ].join("\n\n");
}

const isOfStreams = (role: Role) => !isOfTls(role) && !isOfDatagrams(role);

const idsWhere = (wanted: (workload: Workload) => boolean) =>
  WORKLOADS.filter(wanted).map(({ id }) => id);

/** Two contenders that are compared. */
type Pair = Pick<PublishedFinding, "contender" | "against">;

/** A row for each workload of plain streams, a column for each comparison. */
function streamTable(all: readonly PublishedFinding[]): string {
  const subjects = [
    ...idsWhere(({ role }) => isOfStreams(role)),
    "idle",
    "start",
  ];
  const own = all.filter(({ subject }) => subjects.includes(subject));
  const pairs = pairsOf(own);
  const rows = subjects.flatMap((subject) =>
    own.some((finding) => finding.subject === subject)
      ? [[subject, ...pairs.map((pair) => cell(own, subject, pair))]]
      : []
  );
  const head = [
    "",
    ...pairs.map(({ contender: id }) =>
      contender(id).name.replace("Anyport on ", "").replace("Anyport ", "")
    ),
  ];
  return table(head, rows);
}

/** A row for each comparison, a column for each workload of that kind, and for `costs`. */
function comparisonTable(
  all: readonly PublishedFinding[],
  isOfKind: (role: Role) => boolean,
  costs: readonly string[] = [],
): string[] {
  const found = (id: string) => all.some(({ subject }) => subject === id);
  const subjects = [...idsWhere(({ role }) => isOfKind(role)), ...costs]
    .filter(found);
  const own = all.filter(({ subject }) => subjects.includes(subject));
  if (own.length === 0) return [];
  const rows = pairsOf(own).map((pair) => [
    `${contender(pair.contender).name}, against ${
      contender(pair.against).name
    }`,
    ...subjects.map((subject) => cell(own, subject, pair)),
  ]);
  return [table(["", ...subjects], rows)];
}

/** The comparisons of which there are findings, in their order. */
function pairsOf(own: readonly PublishedFinding[]): readonly Pair[] {
  return COMPARISONS.filter((pair) =>
    own.some((finding) => isOf(finding, pair))
  );
}

function isOf(finding: PublishedFinding, pair: Pair): boolean {
  return finding.contender === pair.contender &&
    finding.against === pair.against;
}

function cell(
  own: readonly PublishedFinding[],
  subject: string,
  pair: Pair,
): string {
  const finding = own.find((one) => one.subject === subject && isOf(one, pair));
  return finding?.ratio?.median.toFixed(2) ?? finding?.difference ?? "";
}
