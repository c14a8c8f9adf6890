import { assertEquals, assertThrows } from "@std/assert";
import { median, ratio } from "../../scripts/bench/statistics.ts";
import { table } from "../../scripts/bench/tables.ts";
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
