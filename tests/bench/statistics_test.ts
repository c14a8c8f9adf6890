import { assertEquals, assertThrows } from "@std/assert";
import { COMPARISONS } from "../../bench/comparisons.ts";
import { findings } from "../../bench/results.ts";
import { median, ratio } from "../../bench/statistics.ts";
import { table } from "../../bench/tables.ts";
import { test } from "../harness.ts";

test("median() is the middle, or the mean of the two there", {}, async () => {
  await Promise.resolve();
  assertEquals(median([10, 9, 100]), 10);
  assertEquals(median([4, 1, 3, 2]), 2.5);
  assertThrows(() => median([]), RangeError);
});

test("ratio() pairs rounds, and is no ratio of medians", {}, async () => {
  await Promise.resolve();
  assertEquals(ratio([2, 30, 8], [1, 10, 8]), { median: 2, least: 1, most: 3 });
  assertThrows(() => ratio([1], [1, 2]), RangeError);
});

test("findings() are of CPU time where that is what counts", {}, async () => {
  await Promise.resolve();
  const sample = { seconds: 1, bytes: 64e6, cpuNs: 1e9 };
  const samples = {
    nodeTls: [{ ...sample, messages: 100, cpuNs: 0.5e9 }],
    nodeTlsRaw: [{ ...sample, messages: 400 }],
  };
  const [handshakes, sink] = findings(COMPARISONS, {
    samples: { "tls-handshakes": samples, "tls-sink": samples },
    idleKiB: {},
    startMs: {},
  });
  // A quarter of the visits in half the time, and as many bytes.
  assertEquals(handshakes.ratio?.median, 0.5);
  assertEquals(sink.ratio?.median, 1);
});

test("table() is as deno fmt would have it", {}, async () => {
  await Promise.resolve();
  assertEquals(
    table(["Who", "N"], [["a long name", "1"], ["b", "10,000"]]),
    `| Who         |      N |
| ----------- | -----: |
| a long name |      1 |
| b           | 10,000 |`,
  );
});
