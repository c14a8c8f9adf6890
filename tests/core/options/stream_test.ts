import { assertEquals, assertThrows } from "@std/assert";
import {
  checkFlag,
  checkKeepAlive,
  checkPort,
  planConnect,
  planListen,
} from "../../../src/core/options/stream.ts";
import { systemOf } from "../../../src/core/options/system.ts";

const linux = systemOf("linux");

Deno.test("planListen() completes the options of TCP", () => {
  const plan = planListen({ port: 0 }, linux);
  assertEquals(plan.address, {
    transport: "tcp",
    hostname: "0.0.0.0",
    port: 0,
  });
  assertEquals([plan.backlog, plan.signal], [511, undefined]);
});

Deno.test("planListen() refuses ports and backlogs out of range", () => {
  for (const port of [-1, 65_536, 1.5, NaN]) {
    assertThrows(() => planListen({ port }, linux), RangeError, "0..65535");
  }
  for (const backlog of [-1, 1.5, NaN, Infinity]) {
    assertThrows(() => planListen({ port: 0, backlog }, linux), RangeError);
  }
});

Deno.test("planListen() refuses a path that the kernel would cut off", () => {
  const long = "/" + "x".repeat(linux.maxPathBytes);
  assertThrows(() => planListen({ path: long }, linux), TypeError, "107");
  const longest = "/" + "x".repeat(linux.maxPathBytes - 1);
  assertEquals(planListen({ path: longest }, linux).transport, "unix");
});

Deno.test("planListen() refuses port and path together", () => {
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const both: any = { port: 0, path: "/s" };
  assertThrows(() => planListen(both, linux), TypeError);
});

Deno.test("planListen() refuses ipv6Only for an IPv4 address", () => {
  const options = { port: 0, hostname: "127.0.0.1", ipv6Only: true };
  assertThrows(() => planListen(options, linux), TypeError, "IPv6");
});

Deno.test("planConnect() refuses port 0, and takes 127.0.0.1 by default", () => {
  assertThrows(() => planConnect({ port: 0 }, linux), RangeError, "1..65535");
  const { address } = planConnect({ port: 80 }, linux);
  assertEquals(address, { transport: "tcp", hostname: "127.0.0.1", port: 80 });
});

Deno.test("checkFlag() refuses what is no boolean, by the option's name", () => {
  assertEquals(checkFlag("noDelay", undefined, true), true);
  assertEquals(checkFlag("noDelay", false, true), false);
  assertThrows(() => checkFlag("noDelay", 1, true), TypeError, "noDelay 1");
});

Deno.test("checkKeepAlive() takes a boolean or a delay in milliseconds", () => {
  assertEquals(checkKeepAlive(true), { on: true, delayMs: undefined });
  assertEquals(checkKeepAlive({ delayMs: 5000 }), { on: true, delayMs: 5000 });
  assertThrows(() => checkKeepAlive({ delayMs: -1 }), RangeError);
});

Deno.test("checkPort() names the value", () => {
  assertThrows(() => checkPort("80", 0, "listen on"), TypeError, '"80"');
});
