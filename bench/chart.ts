/**
 * The small charts: the ratios of a runtime, and how costs grow.
 *
 * @module
 */
import { contender, type ContenderId, type RuntimeName } from "./contenders.ts";
import type { Published, PublishedFinding } from "./published.ts";
import { idsOf } from "./results.ts";
import {
  COLORS,
  document,
  line,
  logarithmic,
  polyline,
  rectangle,
  text,
  ticksWithin,
} from "./svg.ts";

const WIDTH = 860;
const LEFT = 190;
const RIGHT = 60;
const ROW = 20;
/** The largest ratio that the axis shows. */
const MOST = 4;
const GRAY = "#555555";

/** The ratios of Anyport on one runtime, with a section for each opponent. */
export function ratioChart(
  findings: readonly PublishedFinding[],
  runtime: RuntimeName,
): string {
  const own = findings.filter(({ contender: id, ratio }) =>
    ratio !== undefined && contender(id).runtime === runtime
  );
  const titles = new Set(own.map(titleOf));
  const parts = [
    text(
      10,
      16,
      "Ratios of one run: the median of the rounds, and the range. 1 is as fast, more is faster.",
      { color: GRAY },
    ),
  ];
  let y = 34;
  for (const title of titles) {
    parts.push(text(10, y, title, { weight: "bold" }));
    y += 8;
    const top = y;
    for (const finding of own.filter((one) => titleOf(one) === title)) {
      parts.push(bar(finding, y));
      y += ROW;
    }
    parts.push(grid(top, y));
    y += 34;
  }
  return document(WIDTH, y, parts);
}

function titleOf({ contender: id, against }: PublishedFinding): string {
  return `${contender(id).name}, against ${contender(against).name}`;
}

function xOf(ratio: number): number {
  return LEFT + Math.min(ratio, MOST) / MOST * (WIDTH - LEFT - RIGHT);
}

function bar(
  { contender: id, subject, ratio }: PublishedFinding,
  y: number,
): string {
  const { median, least, most } = ratio!;
  const middle = y + ROW / 2;
  const color = COLORS[contender(id).runtime];
  return [
    text(LEFT - 8, middle + 4, subject, { anchor: "end" }),
    rectangle(LEFT, y + 4, xOf(median) - LEFT, ROW - 8, color),
    line(xOf(least), middle, xOf(most), middle, "#222222"),
    text(WIDTH - RIGHT + 8, middle + 4, median.toFixed(2)),
  ].join("\n");
}

function grid(top: number, bottom: number): string {
  return [0, 1, 2, 3, 4].flatMap((ratio) => {
    const x = xOf(ratio);
    const color = ratio === 1 ? "#888888" : "#dddddd";
    return [
      line(x, top, x, bottom, color),
      text(x, bottom + 12, String(ratio), { color: GRAY, anchor: "middle" }),
    ];
  }).join("\n");
}

/** How the cost, or the throughput, changes along an axis. */
export function growthChart(
  { growth }: Pick<Published, "growth">,
  axis: "connections" | "sizes",
): string {
  const curves = growth[axis];
  const title = axis === "connections"
    ? "CPU time of a message in µs, at one total rate, by number of connections"
    : "MB/s there and back on 8 connections, by bytes of a message";
  const points = idsOf(curves).flatMap((id) => curves[id]!);
  const right = WIDTH - 230, top = 30, bottom = 230;
  const x = logarithmic(points.map(({ at }) => at), 60, right);
  const y = logarithmic(points.map(({ value }) => value), bottom, top);
  const parts = [
    text(10, 16, `${title} (both axes logarithmic)`, { weight: "bold" }),
  ];
  for (const at of new Set(points.map(({ at }) => at))) {
    parts.push(
      line(x(at), top, x(at), bottom, "#eeeeee"),
      text(x(at), bottom + 16, short(at), { color: GRAY, anchor: "middle" }),
    );
  }
  for (const value of ticksWithin(points.map(({ value }) => value))) {
    parts.push(
      line(60, y(value), right, y(value), "#eeeeee"),
      text(52, y(value) + 4, String(value), { color: GRAY, anchor: "end" }),
    );
  }
  idsOf(curves).forEach((id, i) => {
    const path = curves[id]!.map(({ at, value }) => [x(at), y(value)]);
    parts.push(curve(id, path, top + 10 + i * 18));
  });
  return document(WIDTH, bottom + 30, parts);
}

function curve(
  id: ContenderId,
  points: readonly (readonly number[])[],
  legendY: number,
): string {
  const { name, runtime } = contender(id);
  const color = COLORS[runtime];
  // The runtimes' own, and C, are dashed.
  const isDashed = !name.startsWith("Anyport");
  const legendX = WIDTH - 215;
  return [
    polyline(points, color, isDashed),
    polyline([[legendX, legendY], [legendX + 24, legendY]], color, isDashed),
    text(legendX + 30, legendY + 4, name.replace(/, .*/, "")),
  ].join("\n");
}

/** 16,384 as "16 Ki". */
function short(value: number): string {
  if (value >= 1024 ** 2 && value % 1024 ** 2 === 0) {
    return `${value / 1024 ** 2} Mi`;
  }
  if (value >= 1024 && value % 1024 === 0) return `${value / 1024} Ki`;
  return value.toLocaleString("en-US");
}
