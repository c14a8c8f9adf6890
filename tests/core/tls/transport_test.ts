import { assertEquals } from "@std/assert";
import { FakeTime } from "../fake_time.ts";
import {
  FLUSH_MS,
  linger,
  LINGER_MS,
} from "../../../src/core/tls/transport.ts";

/** Lets settled promises call back. */
const settle = () => new Promise<void>((resolve) => queueMicrotask(resolve));

Deno.test("linger() closes at the peer's end, once close_notify is sent", async () => {
  using time = new FakeTime();
  let closed = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  linger(Promise.resolve(), promise, () => closed++);
  await settle();
  assertEquals(closed, 0);
  resolve();
  await settle();
  await settle();
  assertEquals(closed, 1);
  time.tick(FLUSH_MS + LINGER_MS);
  assertEquals(closed, 1);
});

Deno.test("linger() closes after LINGER_MS without the peer's end", async () => {
  using time = new FakeTime();
  let closed = 0;
  linger(Promise.resolve(), new Promise(() => {}), () => closed++);
  await settle();
  time.tick(LINGER_MS - 1);
  assertEquals(closed, 0);
  time.tick(1);
  assertEquals(closed, 1);
});

Deno.test("linger() closes after FLUSH_MS if the kernel takes no close_notify", () => {
  using time = new FakeTime();
  let closed = 0;
  linger(new Promise(() => {}), new Promise(() => {}), () => closed++);
  time.tick(FLUSH_MS - 1);
  assertEquals(closed, 0);
  time.tick(1);
  assertEquals(closed, 1);
});

Deno.test("linger() closes at once if close_notify cannot be sent", async () => {
  using _time = new FakeTime();
  let closed = 0;
  const failed = Promise.reject(new Error("EPIPE"));
  linger(failed, new Promise(() => {}), () => {
    closed++;
    throw new Error("a close that throws ends no process");
  });
  await settle();
  assertEquals(closed, 1);
});
