/**
 * The shapes of the charts, as SVG.
 *
 * @module
 */

/** The color of each runtime. */
export const COLORS: Readonly<Record<string, string>> = {
  Deno: "#12855d",
  Node: "#3c6eb4",
  Bun: "#c0562f",
  Python: "#8a6d00",
  C: "#555555",
};

/** A whole document on a white ground. */
export function document(
  width: number,
  height: number,
  parts: readonly string[],
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${parts.join("\n")}
</svg>
`;
}

export function line(
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

export function rectangle(
  x: number,
  y: number,
  width: number,
  height: number,
  color: string,
  opacity = 1,
): string {
  return `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${
    at(height)
  }" fill="${color}" fill-opacity="${opacity}"/>`;
}

/** How a text looks. */
export interface TextStyle {
  readonly weight?: "normal" | "bold";
  readonly color?: string;
  readonly anchor?: "start" | "middle" | "end";
  readonly size?: number;
}

export function text(
  x: number,
  y: number,
  content: string,
  { weight = "normal", color = "#222222", anchor = "start", size = 12 }:
    TextStyle = {},
): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${at(x)}" y="${
    at(y)
  }" font-size="${size}" font-weight="${weight}" fill="${color}" text-anchor="${anchor}">${escaped}</text>`;
}

/** Points joined by lines. @param isDashed Whether the line is broken. */
export function polyline(
  points: readonly (readonly number[])[],
  color: string,
  isDashed: boolean,
): string {
  const path = points.map(([x, y]) => `${at(x)},${at(y)}`).join(" ");
  const dash = isDashed ? ` stroke-dasharray="5 3"` : "";
  return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"${dash}/>`;
}

/** A logarithmic scale over all values. */
export function logarithmic(
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

/** Multiples of the powers of ten; the powers alone where there are many. */
export function ticksWithin(values: readonly number[]): number[] {
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

function at(value: number): string {
  return value.toFixed(1);
}
