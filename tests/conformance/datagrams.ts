/**
 * Datagrams: sent and received whole, in order, by whoever they are for.
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
import { assertSameBytes, bytes, pattern, text } from "./bytes.ts";
import type { Case } from "./case.ts";
import {
  datagramPair,
  receiveTexts,
  sendTexts,
  textOf,
  until,
} from "./datagram_pair.ts";

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
      // Transferred before, it is one without room.
      await sendTexts(a, b.addr, "lost");
      assertEquals((await b.receive(p)).slice(1), [a.addr, true]);
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
    name: "datagrams that nobody awaits leave in the order of the calls",
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
        // Whoever keeps three bytes does not keep 64 KiB.
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
    name:
      "maxQueuedDatagrams bounds what waits: the newest are dropped, and counted",
    async run(net) {
      using pair = await datagramPair(net, { maxQueuedDatagrams: 3 });
      const { a, b } = pair;
      assertEquals(b.dropped, 0);
      await sendTexts(a, b.addr, "1", "2", "3", "4", "5");
      await until(() => b.dropped === 2, "two dropped datagrams");
      assertEquals(await receiveTexts(b, 2), ["1", "2"]);
      await sendTexts(a, b.addr, "6", "7", "8");
      await until(() => b.dropped === 3, "a third one");
      assertEquals(await receiveTexts(b, 3), ["3", "6", "7"]);
    },
  },
  {
    name: "maxQueuedBytes bounds what waits",
    async run(net) {
      using pair = await datagramPair(net, { maxQueuedBytes: 10 });
      const { a, b } = pair;
      await sendTexts(a, b.addr, "12345", "123456", "1234", "12", "1");
      await until(() => b.dropped === 2, "two dropped datagrams");
      assertEquals(await receiveTexts(b, 3), ["12345", "1234", "1"]);
      // Longer than all there may be: it is received only by who waits.
      const waiting = b.receive();
      await sendTexts(a, b.addr, "longer than ten", "longer than ten");
      assertEquals(textOf(await waiting), "longer than ten");
      await until(() => b.dropped === 3, "the one that nobody waited for");
      // What was taken makes room again.
      await sendTexts(a, b.addr, "12345", "67890");
      assertEquals(await receiveTexts(b, 2), ["12345", "67890"]);
      await sendTexts(a, b.addr, "1234567890");
      await sendTexts(a, b.addr, "1");
      await until(() => b.dropped === 4, "a fourth one");
      assertEquals(await receiveTexts(b, 1), ["1234567890"]);
    },
  },
  {
    name:
      "maxDatagramBytes is what is taken of a datagram, and says when more is lost",
    async run(net) {
      for (const maxDatagramBytes of [1, 4, 1500, 65506]) {
        using pair = await datagramPair(net, { maxDatagramBytes });
        const { a, b } = pair;
        const whole = pattern(maxDatagramBytes);
        const longer = pattern(maxDatagramBytes + 1);
        const expected: [Uint8Array, boolean][] = [
          [whole, false],
          [longer, true],
          [new Uint8Array(0), false],
          [pattern(65507), true],
        ];
        const p = new Uint8Array(65536);
        for (const into of [undefined, p]) {
          // What waits, and what is waited for.
          for (const early of [true, false]) {
            for (const [sent, cut] of expected) {
              const receiving = early ? b.receive(into) : undefined;
              await a.send(sent, b.addr);
              const [data, from, truncated] = await (receiving ??
                b.receive(into));
              const kept = sent.subarray(0, maxDatagramBytes);
              assertSameBytes(data, kept);
              assertEquals([from, truncated], [a.addr, cut]);
            }
          }
        }
        assertEquals(b.dropped, 0);
      }
    },
  },
  {
    name: "nothing is dropped while receive() waits",
    async run(net) {
      using pair = await datagramPair(net, { maxQueuedDatagrams: 1 });
      const { a, b } = pair;
      for (let i = 0; i < 200; i++) {
        const receiving = b.receive();
        await sendTexts(a, b.addr, `${i}`);
        assertEquals(textOf(await receiving), `${i}`);
      }
      assertEquals(b.dropped, 0);
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
