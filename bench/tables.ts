/**
 * Formats the results as Markdown.
 *
 * @module
 */
import { COMPARISONS } from "./comparisons.ts";
import { contender, type ContenderId, isOfDatagrams } from "./contenders.ts";
import type { Modules } from "./modules.ts";
import { findings, idsOf, medians, type Results, titleOf } from "./results.ts";
import { median } from "./statistics.ts";
import { GROWTH, WORKLOADS } from "./workloads.ts";

/** Formats a number with about three significant digits. */
export function figure(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Tables of all ratios and their targets. */
export function comparisonTables(results: Results): string {
  const all = findings(COMPARISONS, results);
  return COMPARISONS.flatMap((comparison) => {
    const own = all.filter((finding) => finding.comparison === comparison);
    if (own.length === 0) return [];
    const rows = own.map(({ subject, found, wanted, met }) => [
      subject,
      found,
      wanted,
      met ? "yes" : "no",
    ]);
    return [
      `### ${titleOf(comparison)}`,
      table(["Workload", "Median ratio (range)", "Wanted", "Met"], rows),
    ];
  }).join("\n\n");
}

/** Tables of the absolute results of each workload. */
export function absoluteTables(results: Results): string {
  const sections = WORKLOADS.flatMap((workload) => {
    const samples = results.samples[workload.id];
    if (samples === undefined) return [];
    const rows = medians(workload, samples).map((
      { id, value, cpu, p99, arrived },
    ) => [
      contender(id).name,
      figure(value),
      figure(cpu),
      arrived !== undefined
        ? `${figure(arrived * 100)} %`
        : p99 === undefined
        ? ""
        : figure(p99),
    ]);
    const per = workload.unit.replace("/s", "").replace(/s$/, "");
    const last = isOfDatagrams(workload.role) ? "Arrived" : "p99 µs";
    const head = ["Contender", workload.unit, `CPU µs/${per}`, last];
    return [`### ${workload.id}: ${workload.title}`, table(head, rows)];
  });
  return [...sections, ...growthTables(results), ...costTables(results)]
    .join("\n\n");
}

function costTables(
  { idleKiB, startMs, pace, modules }: Results,
): string[] {
  const ids = [...new Set([...idsOf(idleKiB), ...idsOf(startMs)])];
  if (ids.length === 0) return [];
  const cell = (values: number[] | undefined) =>
    values === undefined ? "" : figure(median(values));
  const rows = ids.map((id) => [
    contender(id).name,
    cell(idleKiB[id]),
    cell(startMs[id]),
  ]);
  return [
    `### idle and start: ${pace.idle} connections that do nothing; from start to listening`,
    table(["Contender", "KiB a connection", "ms to listening"], rows),
    ...modules === undefined ? [] : [modulesLine(modules)],
  ];
}

/** How many files a start takes on Deno. */
export function modulesLine({ loaded, opened }: Modules): string {
  return `Deno loads ${loaded} modules for \`listen\`, and opens ${opened} files: it follows each lazy \`import()\` before it starts.`;
}

function growthTables({ growth }: Results): string[] {
  const titles = {
    connections:
      `### growth: CPU µs a message, ${GROWTH.rate} messages/s over so many connections`,
    sizes:
      "### growth: MB/s there and back on 8 connections, by bytes of a message",
  };
  return (["connections", "sizes"] as const).flatMap((axis) => {
    const ids = idsOf(growth[axis]);
    if (ids.length === 0) return [];
    const points = growth[axis][ids[0]]!.map(({ at }) => at);
    const rows = ids.map((id: ContenderId) => [
      contender(id).name,
      ...growth[axis][id]!.map(({ value }) => figure(value)),
    ]);
    const head = [
      "Contender",
      ...points.map((at) => at.toLocaleString("en-US")),
    ];
    return [titles[axis], table(head, rows)];
  });
}

/** A table with aligned columns; all but the first are right-aligned. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = head.map((title, column) =>
    Math.max(
      3,
      ...[title, ...rows.map((row) => row[column])].map((s) => s.length),
    )
  );
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, column) =>
        column === 0
          ? cell.padEnd(widths[column])
          : cell.padStart(widths[column])
      ).join(" | ")
    } |`;
  const rule = `| ${
    widths.map((width, column) =>
      column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
    ).join(" | ")
  } |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
