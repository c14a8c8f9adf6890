import { assertEquals } from "@std/assert";
import { Progress } from "../../scripts/progress.ts";

/** A progress whose clock and output are the test's. */
function progressOf(
  parts: readonly string[],
  last: Record<string, number>,
  { lanes = 1, isTerminal = false } = {},
) {
  const clock = { ms: 0 };
  const written: string[] = [];
  const progress = new Progress(parts, {
    lanes,
    last,
    now: () => clock.ms,
    output: { isTerminal, write: (text) => void written.push(text) },
  });
  return { progress, clock, written };
}

Deno.test("Progress names the running part, its time, and an estimate of the rest", async () => {
  const { progress, clock } = progressOf(["a", "b"], { a: 30, b: 200 });
  assertEquals(
    progress.line(),
    "0 of 2 done; 0 s so far, about 4 min left",
  );
  await progress.during("a", () => {
    clock.ms = 10_000;
    assertEquals(
      progress.line(),
      "0 of 2 done; a 10 s; 10 s so far, about 4 min left",
    );
    clock.ms = 20_000;
    return Promise.resolve();
  });
  assertEquals(progress.times, { a: 20 });
  await progress.during("b", () => {
    clock.ms = 190_000;
    assertEquals(
      progress.line(),
      "1 of 2 done; b 3 min; 3 min so far, about 30 s left",
    );
    return Promise.resolve();
  });
  assertEquals(progress.line(), "2 of 2 done; 3 min so far, about 0 s left");
  progress.end();
});

Deno.test("Progress estimates with the number of parts that run at a time", () => {
  const { progress } = progressOf(["a", "b", "c"], { a: 60, b: 10, c: 10 }, {
    lanes: 2,
  });
  // Not 40 s: "a" alone takes 60.
  assertEquals(progress.line(), "0 of 3 done; 0 s so far, about 60 s left");
  progress.end();
});

Deno.test("Progress gives no estimate without the time of a part", () => {
  const { progress } = progressOf(["a", "b"], { a: 60 });
  assertEquals(progress.line(), "0 of 2 done; 0 s so far");
  progress.end();
});

Deno.test("Progress keeps one live line in a terminal, and plain lines elsewhere", async () => {
  const live = progressOf(["a"], {}, { isTerminal: true });
  await live.progress.during("a", () => Promise.resolve());
  live.progress.end();
  assertEquals(live.written, [
    "\r\x1b[K0 of 1 done; a 0 s; 0 s so far",
    "\r\x1b[K",
  ]);
  const plain = progressOf(["a"], {});
  plain.progress.show();
  plain.progress.end();
  assertEquals(plain.written, ["0 of 1 done; 0 s so far\n"]);
});

Deno.test("Progress takes the time of a part that fails, and passes the error on", async () => {
  const { progress, clock } = progressOf(["a"], {});
  const error = await progress.during("a", () => {
    clock.ms = 1_000;
    return Promise.reject(new Error("no"));
  }).catch((error) => error);
  assertEquals(error.message, "no");
  assertEquals(progress.times, { a: 1 });
  progress.end();
});
