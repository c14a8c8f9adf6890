import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  checkLimits,
  checkWait,
  offAbort,
  onAbort,
  PendingCall,
} from "../../../src/core/wait/pending_call.ts";
import { MAX_TIMER_MS } from "../../../src/core/options/check_number.ts";
import { test } from "../../harness.ts";
import { ADDRESS, chunk } from "../fake_backend.ts";

/** A signal that counts its listeners. */
class CountingSignal extends EventTarget {
  aborted = false;
  reason: unknown;
  listeners = 0;

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }
  abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    this.dispatchEvent(new Event("abort"));
  }
  override addEventListener(
    ...args: Parameters<EventTarget["addEventListener"]>
  ): void {
    this.listeners++;
    super.addEventListener(...args);
  }
  override removeEventListener(
    ...args: Parameters<EventTarget["removeEventListener"]>
  ): void {
    this.listeners--;
    super.removeEventListener(...args);
  }
}

function counting() {
  const counted = new CountingSignal();
  return { counted, signal: counted as unknown as AbortSignal };
}

test(
  "PendingCall.limit() forgets the call, then rejects ETIMEDOUT after timeoutMs",
  {},
  async () => {
    const call = new PendingCall<number>();
    const order: string[] = [];
    call.limit({ timeoutMs: 1 }, "read", ADDRESS, () => order.push("forget"));
    call.promise.catch(() => order.push("rejected"));
    const error = await assertRejects(() => call.promise, errors.TimedOut);
    assertEquals(
      error.message,
      "Cannot read from 127.0.0.1:1: timed out after 1 ms (ETIMEDOUT)",
    );
    assertEquals([order, call.settled], [["forget", "rejected"], true]);
  },
);

Deno.test("PendingCall.limit() forgets the call, and rejects the reason when the signal aborts", async () => {
  const call = new PendingCall<number>();
  const { counted, signal } = counting();
  let forgotten = 0;
  call.limit({ signal }, "read", ADDRESS, () => forgotten++);
  counted.abort("stop");
  assertEquals(await call.promise.catch((reason) => reason), "stop");
  assertEquals([forgotten, counted.listeners], [1, 1]);
});

Deno.test("PendingCall.resolve() and reject() clear the timer, and remove the abort listener", async () => {
  // Without that, the sanitizer of timers fails this test.
  for (const settle of ["resolve", "reject"] as const) {
    const call = new PendingCall<string>();
    const { counted, signal } = counting();
    let forgotten = 0;
    const options = { signal, timeoutMs: 60_000 };
    call.limit(options, "read", ADDRESS, () => forgotten++);
    assertEquals(counted.listeners, 1);
    call[settle]("done");
    assertEquals([counted.listeners, call.settled], [0, true]);
    counted.abort("late");
    assertEquals(await call.promise.catch((reason) => reason), "done");
    assertEquals(forgotten, 0);
  }
});

Deno.test("PendingCall.into is the buffer to fill, and each call has a promise of its own", async () => {
  const p = chunk(1);
  const [one, two] = [new PendingCall<number>(p), new PendingCall<number>()];
  assert(one.into === p && two.into === undefined);
  two.resolve(2);
  one.resolve(1);
  assertEquals(await Promise.all([one.promise, two.promise]), [1, 2]);
});

Deno.test("onAbort() calls back in the order of registration, by one listener", () => {
  const { counted, signal } = counting();
  const calls: string[] = [];
  onAbort(signal, (reason) => calls.push(`one ${reason}`));
  onAbort(signal, () => {
    throw new Error("lost");
  });
  onAbort(signal, (reason) => calls.push(`two ${reason}`));
  assertEquals(counted.listeners, 1);
  counted.abort("stop");
  assertEquals(calls, ["one stop", "two stop"]);
});

Deno.test("offAbort() removes a callback, and the listener with the last one", () => {
  const { counted, signal } = counting();
  const calls: string[] = [];
  const [one, two] = ["one", "two"].map((name) => () => calls.push(name));
  onAbort(signal, one);
  onAbort(signal, two);
  offAbort(signal, one);
  offAbort(signal, one);
  assertEquals(counted.listeners, 1);
  counted.abort("stop");
  assertEquals(calls, ["two"]);
  const other = counting();
  onAbort(other.signal, one);
  offAbort(other.signal, one);
  offAbort(other.signal, one);
  assertEquals(other.counted.listeners, 0);
});

Deno.test("checkWait() is true when the options can end a wait, by own properties only", () => {
  const controller = new AbortController();
  controller.abort();
  const inherited = Object.create({
    signal: controller.signal,
    timeoutMs: "x",
  });
  assert(!checkWait(inherited));
  assert(!checkWait({}));
  assert(!checkWait(undefined));
  assert(!checkWait({ timeoutMs: undefined, signal: undefined }));
  assert(checkWait({ timeoutMs: 5 }));
  assert(checkWait({ signal: new AbortController().signal }));
});

Deno.test("checkWait() throws TypeError when the options are none, and tells what to give", () => {
  const controller = new AbortController();
  const { signal } = controller;
  const wrong: [value: unknown, message: string][] = [
    [5, "Cannot wait with 5: give { signal, timeoutMs }"],
    [true, "Cannot wait with true"],
    [null, "Cannot wait with null"],
    [[1].slice(1), "Cannot wait with an array"],
    [new ArrayBuffer(1), "Cannot wait with a buffer"],
    [controller, "AbortController: give { signal: controller.signal }"],
    [signal, "Cannot wait with an AbortSignal: give { signal }"],
    [{ timeout: 1 }, 'did you mean "timeoutMs"?'],
  ];
  for (const [value, message] of wrong) {
    assertThrows(() => checkWait(value as never), TypeError, message);
  }
});

Deno.test("checkLimits() throws for a timeoutMs that no timer can keep", () => {
  for (const timeoutMs of [-1, NaN, -Infinity, MAX_TIMER_MS + 1]) {
    assertThrows(
      () => checkLimits({ timeoutMs }),
      RangeError,
      `Cannot wait for timeoutMs ${timeoutMs}: give milliseconds, 0..2147483647`,
    );
  }
  assertThrows(
    () => checkLimits({ timeoutMs: "5" as never }),
    TypeError,
    'Cannot wait for timeoutMs "5"',
  );
  for (const timeoutMs of [0, 0.5, MAX_TIMER_MS, Infinity]) {
    assertEquals(checkLimits({ timeoutMs }), true);
  }
});

Deno.test("checkLimits() throws the reason when the signal has aborted already", () => {
  const signal = AbortSignal.abort(new RangeError("stop"));
  assertThrows(() => checkLimits({ signal }), RangeError, "stop");
  assertThrows(() => checkLimits({ signal, timeoutMs: 5 }), RangeError);
});

Deno.test("checkLimits() accepts the signal of a polyfill, and throws TypeError for other objects", () => {
  const { counted, signal } = counting();
  assertEquals(checkLimits({ signal }), true);
  assertEquals(counted.listeners, 0);
  const broken = {
    aborted: false,
    throwIfAborted() {},
    addEventListener() {
      throw new Error("no");
    },
  };
  const wrong = [{}, 5, { aborted: false }, broken, {
    aborted: false,
    throwIfAborted() {},
  }];
  for (const signal of wrong) {
    assertThrows(
      () => checkLimits({ signal: signal as unknown as AbortSignal }),
      TypeError,
      "give an AbortSignal",
    );
  }
});
