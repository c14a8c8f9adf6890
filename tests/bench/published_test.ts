/**
 * What the bench publishes of its results.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { merged, type Published, publishedOf } from "../../bench/published.ts";
import { chartsOf } from "../../bench/publishing.ts";
import type { Results } from "../../bench/results.ts";
import { ROOT } from "../../scripts/places.ts";

const sample = (messages: number) => ({
  seconds: 1,
  messages,
  bytes: messages * 64,
  cpuNs: 1e9,
  p99: 12.3456,
});

const RESULTS = {
  at: "2026-01-02T03:04:05Z",
  machine: ["a machine"],
  pace: { rounds: 3 },
  samples: {
    "ping-pong 50": {
      deno: [sample(90), sample(110), sample(100)],
      denoRaw: [sample(100), sample(100), sample(100)],
    },
  },
  idleKiB: {},
  startMs: { deno: [20, 22, 21], denoRaw: [12, 13, 14] },
  growth: { connections: {}, sizes: {} },
} as unknown as Results;

Deno.test("publishedOf() keeps medians and ranges, and no sample", () => {
  const published = publishedOf(RESULTS);
  assertEquals(published.medians["ping-pong 50"].deno!.value, 100);
  assertEquals(published.medians["ping-pong 50"].deno!.p99, 12.35);
  const [ratio] = published.findings;
  assertEquals(ratio.ratio, { median: 1, least: 0.9, most: 1.1 });
  const start = published.findings.find(({ subject }) => subject === "start");
  assertEquals(start!.difference, "+8.0 ms");
  assert(!JSON.stringify(published).includes("seconds"));
});

Deno.test("merged() replaces the parts that were measured again, and keeps the others", () => {
  const before = publishedOf(RESULTS);
  const now: Published = {
    ...before,
    medians: { churn: {} },
    findings: before.findings
      .filter(({ subject }) => subject === "start")
      .map((finding) => ({ ...finding, difference: "+1.0 ms" })),
  };
  const both = merged(before, now);
  assertEquals(Object.keys(both.medians), ["ping-pong 50", "churn"]);
  assertEquals(
    both.findings.map(({ subject, difference }) => [subject, difference]),
    [["start", "+1.0 ms"], ["ping-pong 50", undefined]],
  );
});

Deno.test("the published picture is at most 900 by 600, and the committed charts are current", async () => {
  const published: Published = JSON.parse(
    await Deno.readTextFile(join(ROOT, "bench", "results.json")),
  );
  for (const [name, chart] of Object.entries(chartsOf(published))) {
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(chart)!;
    assert(Number(width) <= 900, `${name} is ${width} wide`);
    if (name === "overview.svg") assert(Number(height) <= 600, height);
    const path = join(ROOT, "docs", "reference", "performance", name);
    const committed = await Deno.readTextFile(path);
    const numbers = (text: string) => text.match(/[\d.]+/g)!.map(Number);
    assertEquals(numbers(committed), numbers(chart), name);
  }
});
