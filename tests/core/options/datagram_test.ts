import { assertEquals, assertThrows } from "@std/assert";
import { NotSupported } from "../../../src/api/errors.ts";
import {
  checkMembership,
  checkTarget,
  checkTtl,
  planConnectDatagram,
  planListenDatagram,
} from "../../../src/core/options/datagram.ts";

Deno.test("planListenDatagram() completes the options", () => {
  const plan = planListenDatagram({ port: 0 });
  assertEquals(plan.address, {
    transport: "udp",
    hostname: "0.0.0.0",
    port: 0,
  });
  assertEquals(plan.maxDatagramBytes, 65_535);
  assertEquals([plan.broadcast, plan.reuseAddress], [false, false]);
});

Deno.test("planListenDatagram() refuses sizes out of range, by name", () => {
  for (const name of ["maxDatagramBytes", "maxQueuedBytes"]) {
    for (const value of [0, -1, 1.5, 2 ** 31]) {
      const options = { port: 0, [name]: value };
      assertThrows(() => planListenDatagram(options), RangeError, name);
    }
  }
  const large = { port: 0, maxDatagramBytes: 65_536 };
  assertThrows(() => planListenDatagram(large), RangeError, "1..65535");
});

Deno.test("planListenDatagram() refuses a path with ENOTSUP", () => {
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const unix: any = { path: "/s" };
  assertThrows(() => planListenDatagram(unix), NotSupported, "/s");
});

Deno.test("planConnectDatagram() refuses port 0, and a name for localHostname", () => {
  assertThrows(() => planConnectDatagram({ port: 0 }), RangeError);
  const named = { port: 1, localHostname: "localhost" };
  assertThrows(() => planConnectDatagram(named), TypeError, "IP literal");
});

Deno.test("checkTarget() refuses a target without a port", () => {
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const none: any = { hostname: "127.0.0.1" };
  assertThrows(() => checkTarget(none), TypeError);
});

Deno.test("checkTtl() takes 1 to 255 for unicast", () => {
  assertEquals(checkTtl(64, "setTtl"), 64);
  for (const ttl of [0, 256, 1.5]) {
    assertThrows(() => checkTtl(ttl, "setTtl"), RangeError);
  }
});

Deno.test("checkMembership() refuses a group that is no multicast address", () => {
  assertEquals(checkMembership("239.1.2.3", undefined, 4).group, "239.1.2.3");
  assertThrows(() => checkMembership("127.0.0.1", undefined, 4), TypeError);
});
