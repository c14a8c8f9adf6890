import { assertEquals } from "@std/assert";
import { type Spoke, Wheel } from "../../src/server/wheel.ts";

class Item implements Spoke {
  slot: Spoke[] | undefined;
  at = 0;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A wheel whose visits can be waited for. */
function visited(periodMs: number) {
  const visits: string[] = [];
  let changed: (() => void) | undefined;
  const wheel = new Wheel<Item>();
  wheel.turn(periodMs, ({ name }) => {
    visits.push(name);
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
    const [a, b] = ["a", "b"].map((name) => new Item(name));
    for (const item of [a, b]) wheel.add(item);
    await until(6);
    assertEquals(visits, ["b", "a", "b", "a", "b", "a"]);
    wheel.delete(a);
    await until(8);
    assertEquals(visits.slice(6), ["b", "b"]);
    wheel.delete(b);
  }));

Deno.test("Wheel visits nothing before a whole period is over", () =>
  kept(async () => {
    const { wheel, until } = visited(80);
    const began = performance.now();
    const item = new Item("a");
    wheel.add(item);
    await until(1);
    const tookMs = performance.now() - began;
    // Seven ticks of eight at least: the first may be short.
    assertEquals(tookMs >= 69, true, `${tookMs} ms`);
    wheel.delete(item);
  }));

Deno.test("Wheel stops when it is empty, and turns again", () =>
  kept(async () => {
    const { wheel, visits, until } = visited(16);
    const [a, b] = ["a", "b"].map((name) => new Item(name));
    wheel.add(a);
    wheel.delete(a);
    wheel.delete(a);
    assertEquals(wheel.size, 0);
    // The sanitizer would see a timer that runs on.
    wheel.add(b);
    await until(1);
    wheel.delete(b);
    assertEquals(visits, ["b"]);
  }));

Deno.test("Wheel holds what has come and not left, however they leave", () => {
  const wheel = new Wheel<Item>();
  const items = Array.from({ length: 10 }, (_, i) => new Item(`${i}`));
  for (const item of items) wheel.add(item);
  for (const i of [9, 0, 5, 4]) wheel.delete(items[i]);
  wheel.add(items[0]);
  assertEquals(wheel.size, 7);
  assertEquals(
    wheel.all().map(({ name }) => name).sort(),
    ["0", "1", "2", "3", "6", "7", "8"],
  );
});

Deno.test("Wheel lets its items leave while they are visited", () =>
  kept(async () => {
    const wheel = new Wheel<Item>();
    const visits: string[] = [];
    const done = new Promise<void>((resolve) => {
      wheel.turn(16, (item) => {
        visits.push(item.name);
        // One leaves by itself; another takes all along.
        if (item.name === "3") wheel.delete(item);
        if (item.name !== "1") return;
        for (const one of wheel.all()) wheel.delete(one);
        resolve();
      });
    });
    for (const name of ["0", "1", "2", "3"]) wheel.add(new Item(name));
    await done;
    assertEquals(visits, ["3", "2", "1"]);
    assertEquals(wheel.size, 0);
  }));
