/**
 * Datagrams: sent and received whole, in order, by their destination.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { assertSameBytes, bytes, pattern, text } from "../bytes.ts";
import type { Case } from "../case.ts";
import {
  datagramPair,
  receiveTexts,
  sendTexts,
  textOf,
  until,
} from "./pair.ts";

/** Cases of `send`, `receive` and the queue between them. */
export const datagrams: readonly Case[] = [
  {
    name: "a datagram arrives with its sender's address, and can be answered",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      assertEquals(await a.send(bytes("ping"), b.addr), 4);
      const [data, addr, truncated] = await b.receive();
      assertEquals([text(data), addr, truncated], ["ping", a.addr, false]);
      assertEquals(addr.transport, "udp");
      await b.send(bytes("pong"), addr);
      assertEquals(textOf(await a.receive()), "pong");
    },
  },
  {
    name: "DatagramConn.receive(p) fills p, and says when some did not fit",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      await sendTexts(a, b.addr, "12345", "123456", "1", "next");
      const p = new Uint8Array(5);
      const whole = await b.receive(p);
      assertEquals([textOf(whole), whole[2]], ["12345", false]);
      assertStrictEquals(whole[0].buffer, p.buffer);
      const cut = await b.receive(p);
      assertEquals([textOf(cut), cut[2]], ["12345", true]);
      const short = await b.receive(p);
      assertEquals([textOf(short), short[2]], ["1", false]);
      assertSameBytes(p, bytes("12345"));
      // What did not fit is not the next datagram.
      assertEquals(textOf(await b.receive()), "next");
    },
  },
  {
    name: "a datagram cut while receive(p) waits says so too",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const p = new Uint8Array(3);
      const receiving = b.receive(p);
      const nothing = b.receive(new Uint8Array(0));
      await sendTexts(a, b.addr, "longer", "lost");
      const [data, addr, truncated] = await receiving;
      assertEquals([text(data), addr, truncated], ["lon", a.addr, true]);
      assertEquals((await nothing).slice(1), [a.addr, true]);
    },
  },
  {
    name: "a buffer transferred away while receive(p) waits loses no datagram",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const p = new Uint8Array(5);
      const receiving = b.receive(p);
      const next = b.receive(new Uint8Array(5));
      structuredClone(p, { transfer: [p.buffer] });
      await sendTexts(a, b.addr, "kept");
      await assertRejects(() => receiving, TypeError);
      assertEquals(textOf(await next), "kept");
      // Transferred before, it is refused.
      await sendTexts(a, b.addr, "there");
      await assertRejects(() => b.receive(p), TypeError, "transferred away");
      assertEquals(textOf(await b.receive()), "there");
    },
  },
  {
    name: "an empty datagram is received, and ends nothing",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      assertEquals(await a.send(new Uint8Array(0), b.addr), 0);
      await a.send(bytes("after"), b.addr);
      const [data, addr, truncated] = await b.receive();
      assertEquals([data.byteLength, addr, truncated], [0, a.addr, false]);
      assertEquals(textOf(await b.receive()), "after");
    },
  },
  {
    name: "several receive() calls are served in the order of the calls",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const receiving = Array.from({ length: 20 }, () => b.receive());
      await sendTexts(
        a,
        b.addr,
        ...Array.from({ length: 20 }, (_, i) => `${i}`),
      );
      const texts = (await Promise.all(receiving)).map(textOf);
      assertEquals(texts, Array.from({ length: 20 }, (_, i) => `${i}`));
    },
  },
  {
    name: "datagrams that are not awaited leave in the order of the calls",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const expected = Array.from({ length: 100 }, (_, i) => `${i}`);
      const sending = expected.map((one) => a.send(bytes(one), b.addr));
      assertEquals(await receiveTexts(b, 100), expected);
      assertEquals(
        await Promise.all(sending),
        expected.map((one) => one.length),
      );
    },
  },
  {
    name: "a datagram received without p is a buffer of its own",
    async run(net) {
      using pair = await datagramPair(net, { maxQueuedDatagrams: 2 });
      const { a, b } = pair;
      await sendTexts(a, b.addr, "one", "two", "full");
      await until(() => b.dropped === 1, "a full queue");
      const [first] = await b.receive();
      const [second] = await b.receive();
      const waiting = b.receive();
      await sendTexts(a, b.addr, "three");
      const [third] = await waiting;
      for (const one of [first, second, third]) {
        assertEquals(one.constructor, Uint8Array);
        // To keep three bytes is not to keep 64 KiB.
        assert(one.buffer.byteLength <= 4096, `${one.buffer.byteLength}`);
      }
      first.fill(0);
      third.fill(0);
      assertEquals(text(second), "two");
    },
  },
  {
    name: "p may be changed once DatagramConn.send() has resolved",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const p = new Uint8Array(1000);
      for (let i = 0; i < 50; i++) {
        p.fill(i);
        await a.send(p, b.addr);
      }
      p.fill(255);
      for (let i = 0; i < 50; i++) {
        const [data] = await b.receive();
        assertSameBytes(data, new Uint8Array(1000).fill(i));
      }
    },
  },
  {
    name: "the longest datagram arrives whole, a longer one is MessageTooLarge",
    needs: ["largeDatagrams"],
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const longest = pattern(65507);
      assertEquals(await a.send(longest, b.addr), 65507);
      const [data, , truncated] = await b.receive();
      assertSameBytes(data, longest);
      assertEquals(truncated, false);
      for (const size of [65508, 65536, 1_000_000]) {
        const error = await assertRejects(
          () => a.send(new Uint8Array(size), b.addr),
          errors.MessageTooLarge,
        );
        assertEquals([error.code, error.operation], ["EMSGSIZE", "send"]);
        assertEquals(error.address, b.addr);
      }
      // It was that datagram's failure only.
      await a.send(bytes("short"), b.addr);
      assertEquals(textOf(await b.receive()), "short");
    },
  },
  {
    name: "for await yields datagrams, and ends when the socket is closed",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      await sendTexts(a, b.addr, "1", "2", "stop");
      const seen: string[] = [];
      for await (const [data, addr] of b) {
        assertEquals(addr, a.addr);
        if (seen.push(text(data)) === 2) break;
      }
      assertEquals(seen, ["1", "2"]);
      // Leaving the loop closed nothing.
      for await (const [data] of b) {
        seen.push(text(data));
        setTimeout(() => b.close());
      }
      assertEquals(seen, ["1", "2", "stop"]);
    },
  },
  {
    name: "a name is looked up for each datagram that is sent to it",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const { port } = b.addr;
      assertEquals(
        await a.send(bytes("hi"), { hostname: "localhost", port }),
        2,
      );
      assertEquals(textOf(await b.receive()), "hi");
      const error = await assertRejects(
        () => a.send(bytes("hi"), { hostname: "no.such.host.invalid", port }),
        errors.NotFound,
      );
      assertEquals([error.code, error.operation], ["ENOTFOUND", "send"]);
    },
  },
  {
    name: "a loop of sends lets timers run, and other sockets be served",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const p = bytes("x");
      let fired = false;
      setTimeout(() => {
        fired = true;
      });
      let sent = 0;
      while (!fired && sent < 1_000_000) {
        await a.send(p, b.addr);
        sent++;
      }
      assert(fired, "no timer ran during a million sends");
    },
  },
  {
    name: "a hundred calls at once, of all kinds, each get what is theirs",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const aborted = new AbortController();
      const received: Promise<string>[] = [];
      const cancelled: Promise<unknown>[] = [];
      for (let i = 0; i < 50; i++) {
        received.push(b.receive(new Uint8Array(8)).then(textOf));
        cancelled.push(
          b.receive({ signal: aborted.signal }).catch((error) => error),
        );
      }
      aborted.abort("enough");
      assertEquals(await Promise.all(cancelled), Array(50).fill("enough"));
      const texts = Array.from({ length: 50 }, (_, i) => `no. ${i}`);
      await Promise.all(texts.map((one) => a.send(bytes(one), b.addr)));
      assertEquals(await Promise.all(received), texts);
    },
  },
];
