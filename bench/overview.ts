/**
 * The picture of the speed: each runtime's raw API, Anyport, the runtime's own streams,
 * and other libraries, in three workloads.
 *
 * @module
 */
import type { ContenderId } from "./contenders.ts";
import type { Published } from "./published.ts";
import { COLORS, document, line, rectangle, text } from "./svg.ts";
import { figure } from "./tables.ts";

const WIDTH = 900;
const LEFT = 190;
const GAP = 30;
const ROW = 22;
const GRAY = "#555555";

/** The workloads, one in each column. */
const COLUMNS = [
  { id: "ping-pong 50", title: "ping-pong", unit: "thousand messages/s" },
  { id: "bulk", title: "bulk", unit: "MB/s there and back" },
  { id: "churn", title: "churn", unit: "thousand connections/s" },
] as const;

/** A row: how the reader knows the contender. */
interface Row {
  readonly id: ContenderId;
  readonly label: string;
}

/** The rows by runtime: Anyport first. */
const GROUPS: readonly { readonly name: string; readonly rows: Row[] }[] = [
  {
    name: "Deno",
    rows: [
      { id: "deno", label: "Anyport" },
      { id: "denoCopy", label: "Anyport, copy()" },
      { id: "denoRaw", label: "Deno.listen" },
      { id: "denoPiping", label: "Deno's streams" },
    ],
  },
  {
    name: "Node",
    rows: [
      { id: "node", label: "Anyport" },
      { id: "nodeRaw", label: "node:net" },
      { id: "nodeWeb", label: "Duplex.toWeb" },
      { id: "effect", label: "Effect" },
    ],
  },
  {
    name: "Bun",
    rows: [
      { id: "bun", label: "Anyport" },
      { id: "bunRaw", label: "Bun.listen" },
    ],
  },
  { name: "Python", rows: [{ id: "asyncio", label: "asyncio streams" }] },
  { name: "C", rows: [{ id: "c", label: "epoll" }] },
];

/** The picture, at most 900 by 600. */
export function overview({ medians, machine, at }: Published): string {
  const width = (WIDTH - LEFT - GAP * 3) / 3;
  const leftOf = (column: number) => LEFT + column * (width + GAP);
  const ids = GROUPS.flatMap(({ rows }) => rows.map(({ id }) => id));
  const parts = [
    text(10, 22, "Throughput; server and load generator share one core", {
      weight: "bold",
      size: 15,
    }),
  ];
  COLUMNS.forEach(({ title, unit }, column) => {
    parts.push(
      text(leftOf(column), 50, title, { weight: "bold", size: 13 }),
      text(leftOf(column), 66, unit, { color: GRAY }),
    );
  });
  let y = 78;
  for (const { name, rows } of GROUPS) {
    parts.push(text(10, y + 16, name, { weight: "bold", color: COLORS[name] }));
    for (const { id, label } of rows) {
      const isOwn = label.startsWith("Anyport");
      const weight = isOwn ? "bold" : "normal";
      parts.push(text(LEFT - 10, y + 16, label, { anchor: "end", weight }));
      COLUMNS.forEach((column, at) => {
        const value = medians[column.id]?.[id]?.value;
        if (value === undefined) return;
        const most = Math.max(
          ...ids.map((id) => medians[column.id]?.[id]?.value ?? 0),
        );
        const long = value / most * (width - 40);
        parts.push(
          rectangle(
            leftOf(at),
            y + 4,
            long,
            ROW - 6,
            COLORS[name],
            isOwn ? 1 : 0.4,
          ),
          text(leftOf(at) + long + 5, y + 16, valueOf(value, column.unit), {
            weight,
          }),
        );
      });
      y += ROW;
    }
    y += 6;
    parts.push(line(10, y, WIDTH - 10, y, "#dddddd"));
    y += 4;
  }
  parts.push(
    text(10, y + 16, `${machine.join(", ")}; ${at.slice(0, 10)}`, {
      color: GRAY,
      size: 10,
    }),
    text(
      10,
      y + 30,
      "ping-pong: 64 B on 50 connections · bulk: 64 KiB messages on 8 connections · churn: connect, one message there and back, close",
      { color: GRAY, size: 10 },
    ),
  );
  return document(WIDTH, y + 40, parts);
}

function valueOf(value: number, unit: string): string {
  return figure(unit.startsWith("thousand") ? value / 1000 : value);
}
