import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TimedOut } from "../../../src/api/errors.ts";
import { MAX_TIMER_MS } from "../../../src/core/options/check_number.ts";
import type { NetAddr } from "../../../src/api/stream.ts";
import {
  checkLimits,
  checkWait,
  offAbort,
  onAbort,
  PendingCall,
} from "../../../src/core/wait/pending_call.ts";

const address: NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

Deno.test("PendingCall.limit() rejects with TimedOut, after it has left its queue", async () => {
  const call = new PendingCall<number>();
  const log: string[] = [];
  call.limit({ timeoutMs: 1 }, "read", address, () => log.push("forget"));
  // The timer of a limit does not keep the process alive.
  const alive = setInterval(() => {}, 1000);
  const error = await assertRejects(() => call.promise, TimedOut);
  clearInterval(alive);
  assertEquals(error.code, "ETIMEDOUT");
  assertEquals(error.operation, "read");
  assert(error.message.includes("127.0.0.1:1: timed out after 1 ms"));
  assertEquals(log, ["forget"]);
  assert(call.settled);
});

Deno.test("PendingCall.limit() rejects with the reason of the signal", async () => {
  const call = new PendingCall<number>();
  const controller = new AbortController();
  call.limit({ signal: controller.signal }, "read", address, () => {});
  controller.abort("stop");
  assertEquals(await call.promise.catch((reason) => reason), "stop");
});

Deno.test("PendingCall.resolve() wins over a later abort, and removes the listener", async () => {
  const call = new PendingCall<number>();
  const controller = new AbortController();
  let removed = 0;
  const remove = controller.signal.removeEventListener;
  controller.signal.removeEventListener = function (
    this: AbortSignal,
    ...args: unknown[]
  ) {
    removed++;
    return remove.apply(this, args as Parameters<typeof remove>);
  } as typeof remove;
  const forget = () => assert(false, "the call has its result");
  call.limit(
    { signal: controller.signal, timeoutMs: 1 },
    "read",
    address,
    forget,
  );
  call.resolve(7);
  controller.abort("late");
  assertEquals(await call.promise, 7);
  assertEquals(removed, 1);
});

Deno.test("onAbort() registers one listener per signal, and calls back in order", () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener;
  signal.addEventListener = function (this: AbortSignal, ...args: unknown[]) {
    listeners++;
    return add.apply(this, args as Parameters<typeof add>);
  } as typeof add;
  const log: string[] = [];
  const second = () => log.push("second");
  onAbort(signal, () => log.push("first"));
  onAbort(signal, second);
  onAbort(signal, () => {
    throw new Error("a callback that throws keeps none of the others");
  });
  onAbort(signal, (reason) => log.push(String(reason)));
  offAbort(signal, second);
  controller.abort("third");
  assertEquals([listeners, log], [1, ["first", "third"]]);
});

Deno.test("checkLimits() refuses a timeoutMs that is no number of milliseconds", () => {
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const check = (timeoutMs: any) => () => checkLimits({ timeoutMs });
  for (const timeoutMs of ["1", null, 1n, {}]) {
    assertThrows(check(timeoutMs), TypeError, "timeoutMs");
  }
  for (const timeoutMs of [-1, NaN, MAX_TIMER_MS + 1]) {
    assertThrows(check(timeoutMs), RangeError, "0..2147483647");
  }
  for (const timeoutMs of [0, 1.5, MAX_TIMER_MS, Infinity]) {
    assertEquals(check(timeoutMs)(), true);
  }
  assertEquals([checkLimits(undefined), checkLimits({})], [false, false]);
});

Deno.test("checkLimits() refuses what is no AbortSignal, and names the remedy", () => {
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const check = (options: any) => () => checkLimits(options);
  const controller = new AbortController();
  assertThrows(check({ signal: controller }), TypeError, "give an AbortSignal");
  assertThrows(check(controller), TypeError, "{ signal: controller.signal }");
  assertThrows(check(controller.signal), TypeError, "give { signal }");
  assertThrows(check(new Uint8Array(1)), TypeError, "a buffer");
  assertThrows(check(5), TypeError, "{ signal, timeoutMs }");
  const reason = new Error("aborted before");
  assertThrows(check({ signal: AbortSignal.abort(reason) }), Error, "before");
});

Deno.test("checkWait() refuses other options than signal and timeoutMs", () => {
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const wrong: any = { timeout: 5 };
  assertThrows(() => checkWait(wrong), TypeError, "timeoutMs");
  assertEquals(checkWait({ timeoutMs: 5 }), true);
});
