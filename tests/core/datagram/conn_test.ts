import { assertEquals, assertThrows } from "@std/assert";
import {
  AddrInUse,
  AddrNotAvailable,
  BadResource,
} from "../../../src/api/errors.ts";
import { UdpConn } from "../../../src/core/datagram/conn.ts";
import { fakeBackend, LIMITS } from "./fake_backend.ts";

const GROUP = "239.1.2.3";

Deno.test("UdpConn refuses a second join, and a leave without a join", () => {
  const { backend } = fakeBackend({
    controls: { family: 4, joinMulticast() {}, leaveMulticast() {} },
  });
  const conn = new UdpConn(backend, LIMITS);
  assertThrows(() => conn.leaveMulticast(GROUP), AddrNotAvailable);
  conn.joinMulticast(GROUP);
  assertThrows(() => conn.joinMulticast(GROUP), AddrInUse);
  conn.leaveMulticast(GROUP);
  conn.joinMulticast(GROUP);
});

Deno.test("UdpConn is still a member after a leave that fails", () => {
  let isBroken = true;
  const { backend } = fakeBackend({
    controls: {
      family: 4,
      joinMulticast() {},
      leaveMulticast() {
        if (isBroken) throw new Error("ENODEV");
      },
    },
  });
  const conn = new UdpConn(backend, LIMITS);
  conn.joinMulticast(GROUP);
  assertThrows(() => conn.leaveMulticast(GROUP), Error, "ENODEV");
  isBroken = false;
  conn.leaveMulticast(GROUP);
});

Deno.test("UdpConn refuses options after close(), and closes once", () => {
  const { backend, log } = fakeBackend({ controls: { setTtl() {} } });
  const conn = new UdpConn(backend, LIMITS);
  conn.close();
  conn.close();
  assertEquals(log, ["close"]);
  assertThrows(() => conn.setTtl(3), BadResource);
});
