/**
 * Options of datagram sockets: addresses, broadcast, groups, and what makes no
 * sense.
 *
 * @module
 */
import { type DatagramConn, errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { bytes } from "../bytes.ts";
import type { Case } from "../case.ts";
import { receiveTexts, sendTexts, textOf } from "./pair.ts";

const here = { hostname: "127.0.0.1", port: 0 };
const GROUP = "239.255.77.77";
const onLoopback = { interface: "127.0.0.1" };

/** Cases of options. */
export const datagramOptions: readonly Case[] = [
  {
    name:
      "listenDatagram() on port 0 gets a port, on every IPv4 address by default",
    needs: ["loopbackNet"],
    async run(net) {
      using socket = await net.listenDatagram({ port: 0 });
      assertEquals(socket.addr.hostname, "0.0.0.0");
      assert(socket.addr.port > 0);
      assertEquals(socket.remoteAddr, undefined);
      using other = await net.listenDatagram({ port: 0 });
      await sendTexts(other, { ...socket.addr, hostname: "127.0.0.3" }, "hi");
      const [, from] = await socket.receive();
      assertEquals(from.port, other.addr.port);
    },
  },
  {
    name: "listenDatagram() tells AddrInUse and AddrNotAvailable",
    async run(net) {
      using socket = await net.listenDatagram(here);
      const taken = await assertRejects(
        () => net.listenDatagram({ ...here, port: socket.addr.port }),
        errors.AddrInUse,
      );
      assertEquals([taken.code, taken.operation], [
        "EADDRINUSE",
        "listenDatagram",
      ]);
      assertEquals(taken.address, socket.addr);
      const foreign = await assertRejects(
        () => net.listenDatagram({ hostname: "203.0.113.1", port: 0 }),
        errors.AddrNotAvailable,
      );
      assertEquals(foreign.code, "EADDRNOTAVAIL");
      const unknown = await assertRejects(
        () => net.listenDatagram({ hostname: "no.such.host.invalid", port: 0 }),
        errors.NotFound,
      );
      assertEquals(unknown.code, "ENOTFOUND");
    },
  },
  {
    name:
      "an aborted listenDatagram() or connectDatagram() rejects with the reason",
    async run(net) {
      const signal = AbortSignal.abort("no");
      const opening = [
        net.listenDatagram({ ...here, signal }),
        net.connectDatagram({ port: 1, signal }),
      ];
      for (const one of opening) assertEquals(await one.catch((e) => e), "no");
      const controller = new AbortController();
      const later = net.connectDatagram({
        hostname: "localhost",
        port: 1,
        signal: controller.signal,
      });
      controller.abort("changed my mind");
      assertEquals(await later.catch((e) => e), "changed my mind");
      // Afterwards it has no effect.
      const after = new AbortController();
      using socket = await net.listenDatagram({
        ...here,
        signal: after.signal,
      });
      after.abort();
      await sendTexts(socket, socket.addr, "works");
      assertEquals(textOf(await socket.receive()), "works");
    },
  },
  {
    name: "datagrams over IPv6, with and without brackets",
    async run(net) {
      using a = await net.listenDatagram({ hostname: "::1", port: 0 });
      using b = await net.listenDatagram({ hostname: "[::1]", port: 0 });
      assertEquals(b.addr.hostname, "::1");
      await sendTexts(a, b.addr, "six");
      const [data, from] = await b.receive();
      assertEquals([data.byteLength, from], [3, a.addr]);
      using c = await net.connectDatagram({
        hostname: "0:0::1",
        port: b.addr.port,
      });
      assertEquals(c.remoteAddr, b.addr);
      assertEquals(c.addr.hostname, "::1");
      await c.send(bytes("connected"));
      assertEquals((await b.receive())[1], c.addr);
    },
  },
  {
    name: "an IPv6 socket on :: exchanges datagrams with IPv4",
    needs: ["dualStack"],
    async run(net) {
      using both = await net.listenDatagram({ hostname: "::", port: 0 });
      using four = await net.listenDatagram(here);
      await sendTexts(four, { ...four.addr, port: both.addr.port }, "four");
      const [, from] = await both.receive();
      assertEquals(from.hostname, "::ffff:127.0.0.1");
      await both.send(bytes("by its address"), from);
      await both.send(bytes("by an IPv4 one"), four.addr);
      assertEquals(await receiveTexts(four, 2), [
        "by its address",
        "by an IPv4 one",
      ]);
      const error = await assertRejects(
        () => four.send(bytes("x"), { hostname: "::1", port: 1 }),
        errors.SocketError,
      );
      assertEquals(error.code, "EAFNOSUPPORT");
    },
  },
  {
    name: "with ipv6Only a port is left to IPv4",
    async run(net) {
      using four = await net.listenDatagram({ port: 0 });
      using six = await net.listenDatagram({
        hostname: "::",
        port: four.addr.port,
        ipv6Only: true,
      });
      assertEquals(six.addr.port, four.addr.port);
      await sendTexts(
        four,
        { ...here, ...four.addr, hostname: "127.0.0.1" },
        "4",
      );
      assertEquals(textOf(await four.receive()), "4");
    },
  },
  {
    name:
      "reuseAddress lets sockets share a port, and each get what is for all",
    async run(net) {
      const options = { port: 0, reuseAddress: true };
      using a = await net.listenDatagram(options);
      using b = await net.listenDatagram({ ...options, port: a.addr.port });
      using sender = await groupSender(net.listenDatagram);
      for (const one of [a, b]) one.joinMulticast(GROUP, onLoopback);
      await sender.send(bytes("all"), { hostname: GROUP, port: a.addr.port });
      for (const one of [a, b]) {
        const [data, from] = await one.receive();
        assertEquals([data.byteLength, from], [3, sender.addr]);
      }
      await assertRejects(
        () => net.listenDatagram({ port: a.addr.port }),
        errors.AddrInUse,
      );
    },
  },
  {
    name: "reusePort spreads datagrams over the sockets that have a port",
    needs: ["datagramReusePort"],
    async run(net) {
      const options = { ...here, reusePort: true };
      using a = await net.listenDatagram(options);
      using b = await net.listenDatagram({ ...options, port: a.addr.port });
      let got = 0;
      const counts = [a, b].map(async (socket) => {
        let count = 0;
        for await (const _ of socket) {
          count++;
          if (++got === 64) [a, b].forEach((one) => one.close());
        }
        return count;
      });
      // By sender: the chance that all of them come to one socket is 2^-63.
      for (let i = 0; i < 64; i++) {
        using sender = await net.connectDatagram({ port: a.addr.port });
        await sender.send(bytes("x"));
      }
      for (const count of await Promise.all(counts)) {
        assert(count > 0 && count < 64, `${count} of 64`);
      }
    },
  },
  {
    name: "receiveBufferBytes is how much the system keeps",
    needs: ["linux", "socketBuffers"],
    async run(net) {
      using sender = await net.listenDatagram(here);
      const p = new Uint8Array(1000);
      const arrivals: number[] = [];
      for (const receiveBufferBytes of [undefined, 4096]) {
        const options = { ...here, receiveBufferBytes };
        using socket = await net.listenDatagram(options);
        // All of them are sent before the loop turns, and takes any.
        const sending = Array.from(
          { length: 50 },
          () => sender.send(p, socket.addr),
        );
        await Promise.all(sending);
        arrivals.push(await countWaiting(socket));
      }
      const [many, few] = arrivals;
      assertEquals(many, 50);
      assert(few > 0 && few < 25, `${few} of 50`);
    },
  },
  {
    name: "everybody's address takes setBroadcast()",
    async run(net) {
      using socket = await net.listenDatagram({ port: 0 });
      using sender = await net.listenDatagram({ port: 0 });
      const everybody = { hostname: "127.255.255.255", port: socket.addr.port };
      const error = await assertRejects(
        () => sender.send(bytes("x"), everybody),
        errors.PermissionDenied,
      );
      assertEquals([error.code, error.operation], ["EACCES", "send"]);
      sender.setBroadcast();
      await sender.send(bytes("on"), everybody);
      assertEquals(textOf(await socket.receive()), "on");
      sender.setBroadcast(false);
      await assertRejects(
        () => sender.send(bytes("x"), everybody),
        errors.PermissionDenied,
      );
      using other = await net.listenDatagram({ port: 0, broadcast: true });
      await other.send(bytes("option"), everybody);
      assertEquals(textOf(await socket.receive()), "option");
    },
  },
  {
    name:
      "joinMulticast() lets a group's datagrams come, leaveMulticast() ends it",
    async run(net) {
      using member = await net.listenDatagram({ port: 0 });
      using sender = await groupSender(net.listenDatagram);
      const group = { hostname: GROUP, port: member.addr.port };
      const direct = { hostname: "127.0.0.1", port: member.addr.port };
      member.joinMulticast(GROUP, onLoopback);
      await sender.send(bytes("member"), group);
      assertEquals(textOf(await member.receive()), "member");
      const twice = assertThrows(
        () => member.joinMulticast(GROUP, onLoopback),
        errors.AddrInUse,
      );
      assertEquals(twice.operation, "joinMulticast");
      member.leaveMulticast(GROUP, onLoopback);
      // A socket that is no member of any group gets what members do, on Linux,
      // unless told otherwise; one whose group has no member does not.
      await sender.send(bytes("lost"), group);
      await sender.send(bytes("direct"), direct);
      assertEquals(textOf(await member.receive()), "direct");
      const gone = assertThrows(
        () => member.leaveMulticast(GROUP, onLoopback),
        errors.AddrNotAvailable,
      );
      assertEquals([gone.code, gone.operation], [
        "EADDRNOTAVAIL",
        "leaveMulticast",
      ]);
      member.joinMulticast(GROUP, onLoopback);
      await sender.send(bytes("again"), group);
      assertEquals(textOf(await member.receive()), "again");
    },
  },
  {
    name: "a group can be joined for one source",
    needs: ["loopbackNet"],
    async run(net) {
      using member = await net.listenDatagram({ port: 0 });
      using wanted = await groupSender(net.listenDatagram, "127.0.0.1");
      using other = await groupSender(net.listenDatagram, "127.0.0.2");
      const options = { ...onLoopback, source: "127.0.0.1" };
      member.joinMulticast("232.1.2.3", options);
      const group = { hostname: "232.1.2.3", port: member.addr.port };
      await other.send(bytes("other"), group);
      await wanted.send(bytes("wanted"), group);
      assertEquals(textOf(await member.receive()), "wanted");
      member.leaveMulticast("232.1.2.3", options);
    },
  },
  {
    name: "the numbers of hops and the loopback of groups can be set",
    async run(net) {
      using socket = await net.listenDatagram(here);
      socket.setTtl(1);
      socket.setTtl(255);
      socket.setMulticastTtl(1);
      socket.setMulticastTtl(255);
      socket.setMulticastLoopback(false);
      socket.setMulticastLoopback(true);
    },
  },
];

/** Receives what has come, until nothing does. */
async function countWaiting(socket: DatagramConn): Promise<number> {
  for (let count = 0;; count++) {
    try {
      await socket.receive({ timeoutMs: 100 });
    } catch (error) {
      if (error instanceof errors.TimedOut) return count;
      throw error;
    }
  }
}

/** A socket that sends to groups by way of the loopback interface. */
async function groupSender(
  listenDatagram: (options: typeof here) => Promise<DatagramConn>,
  hostname = "127.0.0.1",
): Promise<DatagramConn> {
  const sender = await listenDatagram({ hostname, port: 0 });
  sender.setMulticastInterface("127.0.0.1");
  return sender;
}
