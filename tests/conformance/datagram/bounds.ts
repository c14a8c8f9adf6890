/**
 * How much of datagrams waits to be received, and what becomes of the rest.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { assertSameBytes, pattern } from "../bytes.ts";
import type { Case } from "../case.ts";
import {
  datagramPair,
  receiveTexts,
  sendTexts,
  textOf,
  until,
} from "./pair.ts";

/** Cases of bounds. */
export const datagramBounds: readonly Case[] = [
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
      await until(() => b.dropped === 3, "the one that no call waited for");
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
    needs: ["largeDatagrams"],
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
];
