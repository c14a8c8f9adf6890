import { errors } from "@anyport/sockets";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  type Attempt,
  waitForAttempt,
} from "../../../src/core/wait/connect_race.ts";
import type { Addr } from "../../../src/api/stream.ts";
import { test } from "../../harness.ts";

const address: Addr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
const none = { skip: undefined };

class FakeConn {
  closed = 0;

  close(): void {
    this.closed++;
  }
}

/** An attempt that ends when the test says so. */
class Fake implements Attempt<FakeConn> {
  readonly quietTurns?: number;
  readonly promise: Promise<FakeConn>;
  cancelled = 0;
  connect!: (conn: FakeConn) => void;
  fail!: (error: Error) => void;

  constructor(quietTurns?: number) {
    if (quietTurns !== undefined) this.quietTurns = quietTurns;
    this.promise = new Promise((resolve, reject) => {
      this.connect = resolve;
      this.fail = reject;
    });
  }

  cancel(): void {
    this.cancelled++;
  }
}

/** Keeps the thread busy. */
function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

/** Resolves when no deadline is looked at any more: each look takes a turn. */
async function looked(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Waits for an attempt within 5 ms, and is busy until more than that have passed. */
function overdue(fake: Fake, signal?: AbortSignal): Promise<FakeConn> {
  const waiting = waitForAttempt(() => fake, { timeoutMs: 5, signal }, address);
  block(10);
  return waiting;
}

test(
  "waitForAttempt() gives what connects in the turn in which the time is up",
  none,
  async () => {
    const fake = new Fake();
    const waiting = overdue(fake);
    // Set later, it is due after the deadline's timer.
    setTimeout(() => fake.connect(conn));
    const conn = new FakeConn();
    assertStrictEquals(await waiting, conn);
    assertEquals([fake.cancelled, conn.closed], [0, 0]);
  },
);

test(
  "waitForAttempt() rejects what the attempt says in the turn in which the time is up",
  none,
  async () => {
    const fake = new Fake();
    const waiting = overdue(fake);
    const refused = new Error("refused");
    setTimeout(() => fake.fail(refused));
    assertStrictEquals(await waiting.catch((error) => error), refused);
    assertEquals(fake.cancelled, 0);
  },
);

test(
  "waitForAttempt() rejects TimedOut once a turn has brought nothing, and closes what comes later",
  none,
  async () => {
    const fake = new Fake();
    const error = await assertRejects(() => overdue(fake), errors.TimedOut);
    assertEquals(
      error.message,
      "Cannot connect to 127.0.0.1:1: timed out after 5 ms (ETIMEDOUT)",
    );
    assertEquals(fake.cancelled, 1);
    const conn = new FakeConn();
    fake.connect(conn);
    await fake.promise;
    await Promise.resolve();
    assertEquals(conn.closed, 1);
  },
);

test(
  "waitForAttempt() goes on past the time while attempts have results",
  none,
  async () => {
    // More results than one turn brings, the last of which is the one waited for.
    const fakes = Array.from({ length: 20 }, () => new Fake());
    const waiting = fakes.map((fake) => overdue(fake));
    for (const fake of fakes) {
      await new Promise((resolve) => setTimeout(resolve));
      fake.connect(new FakeConn());
    }
    await Promise.all(waiting);
    await looked();
    assertEquals(fakes.map(({ cancelled }) => cancelled), Array(20).fill(0));
  },
);

test(
  "waitForAttempt() gives a runtime the turns without a result that it asks for",
  none,
  async () => {
    const fake = new Fake(20);
    const waiting = overdue(fake);
    for (let turns = 0; turns < 10; turns++) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    fake.connect(new FakeConn());
    await waiting;
    await looked();
    assertEquals(fake.cancelled, 0);
  },
);

test(
  "waitForAttempt() rejects TimedOut though other attempts have results on and on",
  none,
  async () => {
    const silent = new Fake();
    let isOver = false;
    const waiting = assertRejects(() => overdue(silent), errors.TimedOut)
      .finally(() => isOver = true);
    while (!isOver) {
      const other = new Fake();
      const connected = waitForAttempt(
        () => other,
        { timeoutMs: 60_000 },
        address,
      );
      other.connect(new FakeConn());
      await connected;
      await new Promise((resolve) => setTimeout(resolve));
    }
    await waiting;
    assertEquals(silent.cancelled, 1);
  },
);

test(
  "waitForAttempt() rejects the reason of a signal that aborts when the time is up already",
  none,
  async () => {
    const fake = new Fake(1000);
    const controller = new AbortController();
    const waiting = overdue(fake, controller.signal);
    await new Promise((resolve) => setTimeout(resolve));
    controller.abort("stop");
    assertEquals(await waiting.catch((error) => error), "stop");
    assertEquals(fake.cancelled, 1);
  },
);
