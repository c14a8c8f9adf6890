import { assertEquals } from "@std/assert";
import { HandshakeLimiter } from "../../../src/core/tls/server.ts";

Deno.test("HandshakeLimiter runs so many handshakes at a time, in the order of arrival", () => {
  const limiter = new HandshakeLimiter(2);
  const log: string[] = [];
  const [a, b] = ["a", "b", "c", "d"].map((name) =>
    limiter.queue(() => log.push(name))
  );
  assertEquals(log, ["a", "b"]);
  b();
  assertEquals(log, ["a", "b", "c"]);
  a();
  assertEquals(log, ["a", "b", "c", "d"]);
});

Deno.test("HandshakeLimiter frees a place once, however often it is left", () => {
  const limiter = new HandshakeLimiter(1);
  const log: string[] = [];
  const leave = limiter.queue(() => log.push("a"));
  limiter.queue(() => log.push("b"));
  limiter.queue(() => log.push("c"));
  leave();
  leave();
  assertEquals(log, ["a", "b"]);
});

Deno.test("HandshakeLimiter gives no place to a handshake that left while it waited", () => {
  const limiter = new HandshakeLimiter(1);
  const log: string[] = [];
  const leave = limiter.queue(() => log.push("a"));
  const gone = limiter.queue(() => log.push("b"));
  limiter.queue(() => log.push("c"));
  gone();
  leave();
  assertEquals(log, ["a", "c"]);
});
