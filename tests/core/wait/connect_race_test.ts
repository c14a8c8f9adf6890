import { errors } from "@anyport/sockets";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  type Attempt,
  type Candidate,
  connector,
  race,
  waitForAttempt,
} from "../../../src/core/wait/connect_race.ts";
import type { Addr, Conn } from "../../../src/api/stream.ts";
import { systemOf } from "../../../src/core/options/system.ts";
import { test } from "../../harness.ts";

const none = { skip: undefined };
const address: Addr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

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

test(
  "race() alternates the families, starting with the resolver's first",
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

class FakeConn {
  closed = 0;

  close(): void {
    this.closed++;
  }
}

/** An attempt at a connection that ends when the test says so. */
class FakeConnect implements Attempt<FakeConn> {
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
function overdue(fake: FakeConnect, signal?: AbortSignal): Promise<FakeConn> {
  const waiting = waitForAttempt(() => fake, { timeoutMs: 5, signal }, address);
  block(10);
  return waiting;
}

test(
  "waitForAttempt() resolves when it connects in the turn in which the time is up",
  none,
  async () => {
    const fake = new FakeConnect();
    const waiting = overdue(fake);
    // Set later, it is due after the deadline's timer.
    setTimeout(() => fake.connect(conn));
    const conn = new FakeConn();
    assertStrictEquals(await waiting, conn);
    assertEquals([fake.cancelled, conn.closed], [0, 0]);
    await looked();
  },
);

test(
  "waitForAttempt() rejects the error of the attempt in the turn in which the time is up",
  none,
  async () => {
    const fake = new FakeConnect();
    const waiting = overdue(fake);
    const refused = new Error("refused");
    setTimeout(() => fake.fail(refused));
    assertStrictEquals(await waiting.catch((error) => error), refused);
    assertEquals(fake.cancelled, 0);
    await looked();
  },
);

test(
  "waitForAttempt() rejects TimedOut once a turn has brought nothing, and closes what comes later",
  none,
  async () => {
    const fake = new FakeConnect();
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
    const fakes = Array.from({ length: 20 }, () => new FakeConnect());
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
  "waitForAttempt() waits for quietTurns turns without a result",
  none,
  async () => {
    const fake = new FakeConnect(20);
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
    const silent = new FakeConnect();
    let isOver = false;
    const waiting = assertRejects(() => overdue(silent), errors.TimedOut)
      .finally(() => isOver = true);
    while (!isOver) {
      const other = new FakeConnect();
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
    const fake = new FakeConnect(1000);
    const controller = new AbortController();
    const waiting = overdue(fake, controller.signal);
    await new Promise((resolve) => setTimeout(resolve));
    controller.abort("stop");
    assertEquals(await waiting.catch((error) => error), "stop");
    assertEquals(fake.cancelled, 1);
    await looked();
  },
);

Deno.test("waitForAttempt() returns the promise of the attempt when nothing limits the wait", async () => {
  const fake = new FakeConnect();
  let isLimited: boolean | undefined;
  const waiting = waitForAttempt(
    (limited) => {
      isLimited = limited;
      return fake;
    },
    {},
    address,
  );
  assertStrictEquals(waiting, fake.promise);
  assertEquals(isLimited, false);
  const conn = new FakeConn();
  fake.connect(conn);
  assertStrictEquals(await waiting, conn);
});

Deno.test("connector() begins by TCP or by a path, and throws for wrong options before it begins", async () => {
  const begun: string[] = [];
  const conn = {} as Conn;
  const begin = (transport: string) => (_plan: unknown, isLimited: boolean) => {
    begun.push(`${transport} ${isLimited}`);
    return { promise: Promise.resolve(conn as never), cancel() {} };
  };
  const connect = connector({
    system: systemOf("linux"),
    tcp: begin("tcp"),
    unix: begin("unix"),
  });
  const { signal } = new AbortController();
  assertStrictEquals(await connect({ port: 1 }), conn);
  assertStrictEquals(await connect({ path: "x", signal }), conn);
  await assertRejects(() => connect({ port: 0 }), RangeError);
  await assertRejects(() => connect({ host: "a" } as never), TypeError);
  assertEquals(begun, ["tcp false", "unix true"]);
});
