import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  type Attempt,
  type Candidate,
  race,
} from "../../../src/core/wait/connect_race.ts";
import { test } from "../../harness.ts";

/** An attempt that ends when the test says so. */
class Fake implements Attempt<string> {
  readonly promise: Promise<string>;
  cancelled = false;
  connect!: () => void;
  fail!: (error: Error) => void;

  readonly candidate: Candidate;

  constructor(candidate: Candidate) {
    this.candidate = candidate;
    this.promise = new Promise((resolve, reject) => {
      this.connect = () => resolve(candidate.address);
      this.fail = reject;
    });
  }

  cancel(): void {
    this.cancelled = true;
  }
}

const six: Candidate[] = ["::1", "::2", "::3"].map((address) => ({
  address,
  family: 6,
}));
const four: Candidate[] = ["10.0.0.1", "10.0.0.2"].map((address) => ({
  address,
  family: 4,
}));

/** A race whose attempts one can look at, and wait for. */
function begin(candidates: Candidate[]) {
  const begun: Fake[] = [];
  let next: (() => void) | undefined;
  const attempt = race(candidates, (candidate) => {
    const fake = new Fake(candidate);
    begun.push(fake);
    next?.();
    return fake;
  });
  const count = async (n: number) => {
    while (begun.length < n) {
      await new Promise<void>((resolve) => next = resolve);
    }
  };
  return { attempt, begun, count };
}

const none = { skip: undefined };

test(
  "race() lets the families take turns, beginning with the resolver's first",
  none,
  async () => {
    const { attempt, begun, count } = begin([...six, ...four]);
    for (let i = 0; i < 5; i++) {
      await count(i + 1);
      begun[i].fail(new Error(String(i)));
    }
    const error = await assertRejects(() => attempt.promise);
    assertEquals(begun.map((fake) => fake.candidate.address), [
      "::1",
      "10.0.0.1",
      "::2",
      "10.0.0.2",
      "::3",
    ]);
    assertEquals((error as Error).message, "0", "the first failure tells why");
  },
);

test(
  "race() begins the next attempt while the last one does not answer, and cancels the losers",
  none,
  async () => {
    const { attempt, begun, count } = begin(six);
    const started = performance.now();
    await count(2);
    const waitedMs = performance.now() - started;
    assertEquals(waitedMs >= 200, true, `only ${waitedMs} ms`);
    begun[1].connect();
    assertEquals(await attempt.promise, "::2");
    assertEquals(begun.map((fake) => fake.cancelled), [true, false]);
  },
);

test(
  "race() waits for an early attempt that answers after later ones have failed",
  none,
  async () => {
    const { attempt, begun, count } = begin(six);
    await count(2);
    begun[1].fail(new Error("refused"));
    await count(3);
    begun[2].fail(new Error("refused"));
    begun[0].connect();
    assertStrictEquals(await attempt.promise, "::1");
  },
);

test(
  "race() cancels every attempt under way, and begins no more",
  none,
  async () => {
    const { attempt, begun, count } = begin(six);
    await count(2);
    attempt.promise.catch(() => {}); // No call waits for it any more.
    attempt.cancel();
    assertEquals(begun.map((fake) => fake.cancelled), [true, true]);
    begun[0].fail(new Error("late"));
    await Promise.resolve();
    assertEquals(begun.length, 2);
  },
);
