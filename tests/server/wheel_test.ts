import { assertEquals } from "@std/assert";
import { Wheel } from "../../src/server/wheel.ts";

/** A wheel whose visits can be waited for. */
function visited(periodMs: number) {
  const visits: string[] = [];
  let changed: (() => void) | undefined;
  const wheel = new Wheel<string>(periodMs, (item) => {
    visits.push(item);
    changed?.();
  });
  return {
    wheel,
    visits,
    async until(count: number) {
      while (visits.length < count) {
        await new Promise<void>((resolve) => changed = resolve);
      }
    },
  };
}

/** The wheel's timer does not keep a process alive. */
async function kept(run: () => Promise<void>): Promise<void> {
  const alive = setInterval(() => {}, 1000);
  await run().finally(() => clearInterval(alive));
}

Deno.test("Wheel visits each item once in a period", () =>
  kept(async () => {
    const { wheel, visits, until } = visited(80);
    const slots = ["a", "b"].map((item) => wheel.add(item));
    await until(6);
    assertEquals(visits, ["a", "b", "a", "b", "a", "b"]);
    wheel.delete("a", slots[0]);
    await until(8);
    assertEquals(visits.slice(6), ["b", "b"]);
    wheel.delete("b", slots[1]);
  }));

Deno.test("Wheel visits nothing before a whole period is over", () =>
  kept(async () => {
    const { wheel, until } = visited(80);
    const began = performance.now();
    const slot = wheel.add("a");
    await until(1);
    const tookMs = performance.now() - began;
    // Seven ticks of eight at least: the first may be short.
    assertEquals(tookMs >= 69, true, `${tookMs} ms`);
    wheel.delete("a", slot);
  }));

Deno.test("Wheel stops when it is empty, and turns again", () =>
  kept(async () => {
    const { wheel, visits, until } = visited(16);
    wheel.delete("a", wheel.add("a"));
    // The sanitizer would see a timer that runs on.
    const slot = wheel.add("b");
    await until(1);
    wheel.delete("b", slot);
    wheel.delete("b", slot);
    assertEquals(visits, ["b"]);
  }));
