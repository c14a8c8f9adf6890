import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { NetAddr } from "../../../src/api/stream.ts";
import { UdpConn } from "../../../src/core/datagram/conn.ts";
import { chunk } from "../fake_backend.ts";
import { FakeDatagramBackend, LIMITS, LOCAL, PEER } from "./fake_backend.ts";

/** A socket over a backend that records its calls. */
function made(family: 4 | 6 = 4) {
  const backend = new FakeDatagramBackend(family);
  return { conn: new UdpConn(backend, LIMITS), backend };
}

const GROUP = "239.0.0.1";

Deno.test("UdpConn passes its calls to the queues, over one backend", async () => {
  const { conn, backend } = made();
  backend.queue.push(chunk(1), PEER, true);
  assertEquals(await conn.receive(), [chunk(1), PEER, false]);
  assertEquals(await conn.send(chunk(1, 2), PEER), 2);
  assertEquals([conn.addr, conn.remoteAddr, conn.dropped], [
    LOCAL,
    undefined,
    0,
  ]);
  backend.queue.push(chunk(3), PEER, true);
  for await (const [data] of conn) {
    assertEquals(data, chunk(3));
    break;
  }
});

Deno.test("UdpConn.close() closes the backend once, and interrupts pending calls", async () => {
  const { conn, backend } = made();
  const found = Promise.withResolvers<NetAddr>();
  backend.find = () => found.promise;
  const pending = [
    conn.receive(),
    conn.send(chunk(1), { hostname: "a.test", port: 2 }),
  ].map((call) =>
    assertRejects(() => call as Promise<unknown>, errors.Interrupted)
  );
  conn.close();
  conn[Symbol.dispose]();
  await Promise.all(pending);
  assertEquals(backend.log, ["resolve a.test", "close"]);
});

Deno.test("UdpConn.connect() connects to the resolved address, and rejects EBADF when it is closed meanwhile", async () => {
  const { conn, backend } = made();
  await UdpConn.connect(conn, { hostname: "127.0.0.1", port: 2 });
  assertEquals(backend.log, ["resolve 127.0.0.1", "connect 2"]);
  const found = Promise.withResolvers<NetAddr>();
  backend.find = () => found.promise;
  const connecting = UdpConn.connect(conn, { hostname: "a.test", port: 2 });
  conn.close();
  found.resolve(PEER);
  await assertRejects(() => connecting, errors.BadResource);
  assertEquals(backend.log.includes("connect 2", 2), false);
});

Deno.test("UdpConn sets options by the backend, and throws for wrong values", () => {
  const { conn, backend } = made();
  conn.setBroadcast();
  conn.setTtl(5);
  conn.setMulticastTtl(6);
  conn.setMulticastLoopback(false);
  conn.setMulticastInterface("127.0.0.1");
  conn.unref();
  conn.ref();
  assertEquals(backend.log, [
    "broadcast true",
    "ttl 5",
    "multicastTtl 6",
    "loopback false",
    'interface "127.0.0.1"',
    "unref",
    "ref",
  ]);
  assertThrows(() => conn.setTtl(0), RangeError);
  assertThrows(() => conn.setMulticastTtl(256), RangeError);
  assertThrows(() => conn.setBroadcast(1 as never), TypeError);
  assertThrows(() => conn.setMulticastLoopback(0 as never), TypeError);
  assertThrows(() => conn.setMulticastInterface("eth0"), TypeError);
});

Deno.test("UdpConn.joinMulticast() throws EADDRINUSE when it has joined with the same options", () => {
  const { conn, backend } = made();
  conn.joinMulticast(GROUP);
  conn.joinMulticast(GROUP, { interface: "127.0.0.1" });
  const error = assertThrows(
    () => conn.joinMulticast(GROUP),
    errors.AddrInUse,
    `it has joined ${GROUP} already`,
  );
  assertEquals(error.operation, "joinMulticast");
  assertEquals(backend.log, [`join "${GROUP}"`, `join "${GROUP}"`]);
});

Deno.test("UdpConn.leaveMulticast() throws EADDRNOTAVAIL when it has not joined, or has left", () => {
  const { conn, backend } = made();
  const leave = () => conn.leaveMulticast(GROUP);
  assertThrows(leave, errors.AddrNotAvailable, "it has not joined");
  conn.joinMulticast(GROUP);
  leave();
  assertThrows(leave, errors.AddrNotAvailable);
  conn.joinMulticast(GROUP);
  assertEquals(backend.log.length, 3);
});

Deno.test("UdpConn.joinMulticast() may be tried again when the backend throws", () => {
  const { conn, backend } = made();
  const { joinMulticast } = backend.controls;
  backend.controls.joinMulticast = () => {
    throw new Error("ENODEV");
  };
  assertThrows(() => conn.joinMulticast(GROUP), Error, "ENODEV");
  backend.controls.joinMulticast = joinMulticast;
  conn.joinMulticast(GROUP);
});

Deno.test("UdpConn.joinMulticast() takes groups of the family of its address", () => {
  made(6).conn.joinMulticast("ff02::1", { interface: "eth0" });
  assertThrows(() => made(6).conn.joinMulticast(GROUP), TypeError, "IPv6");
  assertThrows(() => made().conn.joinMulticast("ff02::1"), TypeError, "IPv4");
});

Deno.test("UdpConn throws EBADF for options when it is closed", () => {
  const { conn, backend } = made();
  conn.close();
  const calls = [
    () => conn.setBroadcast(),
    () => conn.setTtl(5),
    () => conn.setMulticastTtl(5),
    () => conn.setMulticastLoopback(true),
    () => conn.setMulticastInterface("127.0.0.1"),
    () => conn.joinMulticast(GROUP),
    () => conn.leaveMulticast(GROUP),
  ];
  for (const call of calls) assertThrows(call, errors.BadResource);
  assert(backend.log.length === 1);
});

Deno.test("UdpConn.leaveMulticast() may be tried again when the backend throws", () => {
  const { conn, backend } = made();
  const { leaveMulticast } = backend.controls;
  conn.joinMulticast(GROUP);
  backend.controls.leaveMulticast = () => {
    throw new Error("ENODEV");
  };
  assertThrows(() => conn.leaveMulticast(GROUP), Error, "ENODEV");
  backend.controls.leaveMulticast = leaveMulticast;
  conn.leaveMulticast(GROUP);
});
