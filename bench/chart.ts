/**
 * Draws the results as SVG: a bar for each ratio, and curves of growth.
 *
 * @module
 */
import { COMPARISONS } from "./comparisons.ts";
import { contender, type ContenderId } from "./contenders.ts";
import {
  type Finding,
  findings,
  idsOf,
  type Results,
  titleOf,
} from "./results.ts";

const WIDTH = 860;
const LEFT = 190;
const RIGHT = 60;
const ROW = 20;
/** The maximum of the axis. */
const MOST = 4;

const COLORS: Readonly<Record<string, string>> = {
  Deno: "#12855d",
  Node: "#3c6eb4",
  Bun: "#c0562f",
  Python: "#8a6d00",
  C: "#555555",
};

/** Returns an SVG document. */
export function chart(results: Results): string {
  const parts: string[] = [];
  let y = 34;
  const all = findings(COMPARISONS, results);
  for (const comparison of COMPARISONS) {
    const own = all.filter((finding) =>
      finding.comparison === comparison && finding.ratio !== undefined
    );
    if (own.length === 0) continue;
    parts.push(text(10, y, titleOf(comparison), "bold"));
    y += 8;
    const top = y;
    for (const finding of own) {
      parts.push(bar(finding, y));
      y += ROW;
    }
    parts.push(grid(top, y));
    y += 34;
  }
  for (const axis of ["connections", "sizes"] as const) {
    if (idsOf(results.growth[axis]).length === 0) continue;
    parts.push(growth(results, axis, y));
    y += 270;
  }
  const body = [
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>`,
    text(
      10,
      16,
      "Ratios in one run: medians, whiskers from least to most; the tick is what is wanted",
      "normal",
      "#555555",
    ),
    ...parts,
  ].join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="sans-serif" font-size="12">
${body}
</svg>
`;
}

function xOf(ratio: number): number {
  return LEFT + Math.min(ratio, MOST) / MOST * (WIDTH - LEFT - RIGHT);
}

function bar(
  { comparison, subject, ratio, wanted }: Finding,
  y: number,
): string {
  const { median, least, most } = ratio!;
  const middle = y + ROW / 2;
  const color = COLORS[contender(comparison.contender).runtime];
  const tick = xOf(Number(wanted.replace(/[^\d.]/g, "")));
  return [
    text(LEFT - 8, middle + 4, subject, "normal", "#222222", "end"),
    `<rect x="${LEFT}" y="${y + 4}" width="${at(xOf(median) - LEFT)}" height="${
      ROW - 8
    }" fill="${color}"/>`,
    line(xOf(least), middle, xOf(most), middle, "#222222"),
    line(tick, y + 1, tick, y + ROW - 1, "#d00000", 2),
    text(WIDTH - RIGHT + 8, middle + 4, median.toFixed(2)),
  ].join("\n");
}

function grid(top: number, bottom: number): string {
  return [0, 1, 2, 3, 4].map((ratio) =>
    [
      line(
        xOf(ratio),
        top,
        xOf(ratio),
        bottom,
        ratio === 1 ? "#888888" : "#dddddd",
      ),
      text(
        xOf(ratio),
        bottom + 12,
        String(ratio),
        "normal",
        "#555555",
        "middle",
      ),
    ].join("\n")
  ).join("\n");
}

function growth(
  results: Results,
  axis: "connections" | "sizes",
  top: number,
): string {
  const curves = results.growth[axis];
  const title = axis === "connections"
    ? "CPU µs a message, at one total rate, by connections (both logarithmic)"
    : "MB/s there and back on 8 connections, by bytes of a message (both logarithmic)";
  const points = idsOf(curves).flatMap((id) => curves[id]!);
  const x = scale(points.map(({ at }) => at), LEFT, WIDTH - 230);
  const y = scale(points.map(({ value }) => value), top + 200, top + 20);
  const parts = [text(10, top, title, "bold")];
  for (const at of new Set(points.map(({ at }) => at))) {
    parts.push(
      line(x(at), top + 20, x(at), top + 200, "#eeeeee"),
      text(
        x(at),
        top + 216,
        short(at),
        "normal",
        "#555555",
        "middle",
      ),
    );
  }
  for (const value of ticksWithin(points.map(({ value }) => value))) {
    parts.push(
      line(LEFT, y(value), WIDTH - 230, y(value), "#eeeeee"),
      text(LEFT - 8, y(value) + 4, String(value), "normal", "#555555", "end"),
    );
  }
  idsOf(curves).forEach((id, i) => {
    parts.push(
      curve(
        id,
        curves[id]!.map(({ at, value }) => [x(at), y(value)]),
        top + 30 + i * 18,
      ),
    );
  });
  return parts.join("\n");
}

function curve(
  id: ContenderId,
  points: readonly (readonly number[])[],
  legendY: number,
): string {
  const { name, runtime } = contender(id);
  const color = COLORS[runtime];
  // The runtimes' own APIs, and C, are dashed.
  const dash = name.startsWith("Anyport") ? "" : ` stroke-dasharray="5 3"`;
  const path = points.map(([x, y]) => `${at(x)},${at(y)}`).join(" ");
  const legendX = WIDTH - 215;
  return [
    `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"${dash}/>`,
    `<polyline points="${legendX},${legendY} ${
      legendX + 24
    },${legendY}" stroke="${color}" stroke-width="2"${dash}/>`,
    text(legendX + 30, legendY + 4, name.replace(/, .*/, "")),
  ].join("\n");
}

/** A logarithmic scale for a range of values. */
function scale(
  values: readonly number[],
  from: number,
  to: number,
): (value: number) => number {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(Math.log);
  return (value) =>
    high === low
      ? from
      : from + (Math.log(value) - low) / (high - low) * (to - from);
}

/** Multiples of powers of ten, or only the powers for a wide range. */
function ticksWithin(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const steps = high / low > 100 ? [1] : [1, 2, 3, 4, 5, 7];
  const ticks: number[] = [];
  for (let power = -3; power <= 6; power++) {
    for (const step of steps) {
      const value = Number((step * 10 ** power).toPrecision(1));
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks;
}

/** Formats 16,384 as "16 Ki". */
function short(value: number): string {
  if (value >= 1024 ** 2 && value % 1024 ** 2 === 0) {
    return `${value / 1024 ** 2} Mi`;
  }
  if (value >= 1024 && value % 1024 === 0) return `${value / 1024} Ki`;
  return value.toLocaleString("en-US");
}

function at(value: number): string {
  return value.toFixed(1);
}

function line(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  color: string,
  width = 1,
): string {
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${
    at(y2)
  }" stroke="${color}" stroke-width="${width}"/>`;
}

function text(
  x: number,
  y: number,
  content: string,
  weight: "normal" | "bold" = "normal",
  color = "#222222",
  anchor: "start" | "middle" | "end" = "start",
): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${at(x)}" y="${
    at(y)
  }" font-weight="${weight}" fill="${color}" text-anchor="${anchor}">${escaped}</text>`;
}
