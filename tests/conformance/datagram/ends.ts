/**
 * Datagram sockets: how waiting ends, and how the socket does.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import {
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { assertSameBytes, bytes } from "../bytes.ts";
import type { Case } from "../case.ts";
import { datagramPair, receiveTexts, sendTexts, textOf } from "./pair.ts";

/** Cases of cancelling and of closing. */
export const datagramEnds: readonly Case[] = [
  {
    name:
      "an aborted receive() rejects with the reason, and its datagram goes to the next",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const controller = new AbortController();
      const p = new Uint8Array(10);
      const receiving = b.receive(p, { signal: controller.signal });
      const next = b.receive();
      const reason = new Error("changed my mind");
      controller.abort(reason);
      assertStrictEquals(await receiving.catch((error) => error), reason);
      await sendTexts(a, b.addr, "kept");
      assertEquals(textOf(await next), "kept");
      assertSameBytes(p, new Uint8Array(10));
    },
  },
  {
    name: "a timed-out receive() rejects TimedOut, and loses nothing",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      for (const timeoutMs of [0, 5]) {
        const error = await assertRejects(
          () => b.receive({ timeoutMs }),
          errors.TimedOut,
        );
        assertEquals([error.code, error.operation], ["ETIMEDOUT", "receive"]);
        assertEquals(error.address, b.addr);
      }
      await sendTexts(a, b.addr, "late");
      assertEquals(textOf(await b.receive()), "late");
    },
  },
  {
    name: "a call with an aborted signal moves no datagram",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      await sendTexts(a, b.addr, "there");
      const signal = AbortSignal.abort("no");
      assertEquals(await b.receive({ signal }).catch((e) => e), "no");
      assertEquals(
        await a.send(bytes("never"), b.addr, { signal }).catch((e) => e),
        "no",
      );
      await sendTexts(a, b.addr, "last");
      assertEquals(await receiveTexts(b, 2), ["there", "last"]);
    },
  },
  {
    name: "a send that can be cancelled sends, and may have its buffer changed",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const controller = new AbortController();
      const p = bytes("whole");
      const sending = a.send(p, b.addr, { signal: controller.signal });
      controller.abort(new Error("too late"));
      p.fill(0);
      // Whether it was sent already is told by its promise; that it is, by the peer.
      await sending.catch(() => {});
      assertEquals(textOf(await b.receive()), "whole");
      assertEquals(await a.send(bytes("next"), b.addr, { timeoutMs: 1000 }), 4);
      assertEquals(textOf(await b.receive()), "next");
    },
  },
  {
    name:
      "close() interrupts receives that wait; what comes later is BadResource",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const waiting = [b.receive(), b.receive(new Uint8Array(5))];
      const { addr } = b;
      b.close();
      for (const one of waiting) {
        const error = await assertRejects(() => one, errors.Interrupted);
        assertEquals([error.code, error.operation], ["EINTR", "receive"]);
      }
      b.close();
      const calls: (() => Promise<unknown>)[] = [
        () => b.receive(),
        () => b.send(bytes("x"), a.addr),
      ];
      for (const call of calls) {
        const error = await assertRejects(call, errors.BadResource);
        assertEquals(error.code, "EBADF");
      }
      for (
        const set of [
          () => b.setBroadcast(true),
          () => b.setTtl(5),
          () => b.setMulticastTtl(5),
          () => b.setMulticastLoopback(true),
          () => b.setMulticastInterface("127.0.0.1"),
          () => b.joinMulticast("239.1.1.1"),
          () => b.leaveMulticast("239.1.1.1"),
        ]
      ) {
        assertEquals(assertThrows(set, errors.BadResource).code, "EBADF");
      }
      for await (const _ of b) throw new Error("a closed socket received");
      assertEquals(b.addr, addr);
      assertEquals(b.remoteAddr, undefined);
      assertEquals(b.dropped, 0);
      b.ref();
      b.unref();
    },
  },
  {
    name: "close() ends a for await that waits",
    async run(net) {
      using pair = await datagramPair(net);
      const { b } = pair;
      const looping = (async () => {
        for await (const _ of b) throw new Error("a datagram came");
        return "ended";
      })();
      setTimeout(() => b.close());
      assertEquals(await looping, "ended");
    },
  },
  {
    name: "what was sent before close() arrives",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      await sendTexts(a, b.addr, "1", "2", "3");
      a.close();
      assertEquals(await receiveTexts(b, 3), ["1", "2", "3"]);
    },
  },
  {
    name:
      "an address is free again at once after close(), also while receive() waits",
    needs: ["loopbackNet"],
    async run(net) {
      let port = 0;
      for (let i = 0; i < 10; i++) {
        const socket = await net.listenDatagram({
          hostname: "127.0.0.1",
          port,
        });
        port = socket.addr.port;
        const receiving = socket.receive();
        socket.close();
        await assertRejects(() => receiving, errors.Interrupted);
      }
      // Several at once find it free as well.
      const [one, two] = await Promise.all(
        ["127.0.0.1", "127.0.0.2"].map((hostname) =>
          net.listenDatagram({ hostname, port })
        ),
      );
      one.close();
      two.close();
    },
  },
  {
    name: "using closes a datagram socket",
    async run(net) {
      let leaked;
      {
        using socket = await net.listenDatagram({
          hostname: "127.0.0.1",
          port: 0,
        });
        leaked = socket;
      }
      await assertRejects(() => leaked.receive(), errors.BadResource);
    },
  },
];
