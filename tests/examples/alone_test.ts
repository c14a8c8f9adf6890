/**
 * The examples that have both ends in themselves.
 *
 * @module
 */
import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { onEach, start } from "./example.ts";

onEach("half_close sorts what it is given", async (runtime) => {
  const words = ["pear", "apple", "fig"];
  await using example = start(runtime, "half_close", words);
  assertEquals(await example.exit(), {
    code: 0,
    signal: null,
    lines: ["apple", "fig", "pear"],
    stderr: "",
  });
});

onEach("timeout loses no number", async (runtime) => {
  await using example = start(runtime, "timeout");
  const { code, lines, stderr } = await example.exit();
  assertEquals(code, 0, stderr);
  const numbers = Array.from({ length: 20 }, (_, i) => i + 1);
  assertEquals(lines[0], numbers.join(" "));
  assertMatch(lines[1], /^\d+ time-outs, nothing lost$/);
  assertGreater(parseInt(lines[1]), 0);
});
