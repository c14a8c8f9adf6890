import { assertEquals } from "@std/assert";
import { Deadline } from "../../../src/core/wait/deadline.ts";
import { test } from "../../harness.ts";

/** A deadline of a time, and the event of its expiry. */
function made(timeoutMs: number, quietTurns?: number) {
  const expired = Promise.withResolvers<void>();
  const state = { expired: false };
  const deadline = new Deadline(timeoutMs, () => {
    state.expired = true;
    expired.resolve();
  }, quietTurns);
  return { deadline, state, expired: expired.promise };
}

/** Waits until a deadline that begins now has expired, after others that are due. */
async function laterDeadline(): Promise<void> {
  await made(0, 10).expired;
}

test(
  "Deadline expires when the time is up and no attempt has a result",
  {},
  async () => {
    const { state, expired } = made(0);
    assertEquals(state.expired, false);
    await expired;
  },
);

test("Deadline does not expire before timeoutMs", {}, async () => {
  const began = performance.now();
  await made(30).expired;
  // Timers may fire a millisecond early.
  assertEquals(performance.now() - began >= 29, true);
});

test(
  "Deadline.settle() and clear() stop it, before the time is up and when it is due",
  {},
  async () => {
    const early = [made(60_000), made(60_000)];
    early[0].deadline.settle();
    early[1].deadline.clear();
    const late = [made(0, 1000), made(0, 1000)];
    await laterDeadline();
    late[0].deadline.settle();
    late[1].deadline.clear();
    await laterDeadline();
    for (const { state } of [...early, ...late]) {
      assertEquals(state.expired, false);
    }
  },
);

test("Deadline of Infinity starts no timer", {}, async () => {
  // A timer would fail this test, by the sanitizer, or expire at once.
  const { state } = made(Infinity);
  await laterDeadline();
  assertEquals(state.expired, false);
});

test(
  "Deadline is due for so many quiet turns, counted anew after a result of any attempt",
  {},
  async () => {
    const order: string[] = [];
    const first = made(0, 8);
    const second = made(0, 4);
    first.expired.then(() => order.push("8 turns"));
    second.expired.then(() => order.push("4 turns"));
    await Promise.all([first.expired, second.expired]);
    assertEquals(order, ["4 turns", "8 turns"]);

    const quiet = made(0, 6);
    let turns = 0;
    while (!quiet.state.expired) {
      if (++turns <= 20) made(Infinity).deadline.settle();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assertEquals(turns >= 20, true, `only ${turns} turns`);
  },
);

test(
  "Deadline expires after 64 turns, though other attempts have results on and on",
  {},
  async () => {
    const { state } = made(0);
    let turns = 0;
    while (!state.expired && turns < 10_000) {
      turns++;
      made(Infinity).deadline.settle();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assertEquals([state.expired, turns >= 32], [true, true], `${turns} turns`);
  },
);
