/**
 * Writing: whole, in order, with backpressure.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  assertSameBytes,
  bytes,
  CLOGGING,
  pattern,
  readAll,
  readExactly,
  readText,
} from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";

/** Cases of `Conn.write` and `Conn.closeWrite`. */
export const writing: readonly Case[] = [
  ...overEach(
    "write() resolves the length of p, and sends all of it",
    async (net, over) => {
      using ends = await pair(net, over);
      const sent = pattern(CLOGGING);
      const writing = ends.client.write(sent);
      const got = await readExactly(ends.server, CLOGGING);
      assertEquals(await writing, CLOGGING);
      assertSameBytes(got, sent);
    },
  ),
  ...overEach(
    "thousands of writes called at once arrive in order, and resolve in order",
    async (net, over) => {
      using ends = await pair(net, over);
      const sent = pattern(300_000);
      const resolved: number[] = [];
      const writes: Promise<unknown>[] = [];
      // Pieces of every length, and between them one too large to be joined.
      for (let at = 0, i = 0; at < sent.length; i++) {
        const length = i === 1000 ? 200_000 : 1 + i % 40;
        const piece = sent.subarray(at, at += length);
        const expected = piece.byteLength;
        writes.push(
          ends.client.write(i % 7 === 0 ? [piece] : piece).then((n) => {
            assertEquals(n, expected);
            resolved.push(i);
          }),
        );
      }
      const got = await readExactly(ends.server, sent.byteLength);
      await Promise.all(writes);
      assertSameBytes(got, sent);
      assertEquals(resolved, writes.map((_, i) => i));
    },
  ),
  ...overEach(
    "write() sends a view, not the buffer behind it",
    async (net, over) => {
      using ends = await pair(net, over);
      const whole = bytes("-- view --");
      assertEquals(await ends.client.write(whole.subarray(3, 7)), 4);
      await ends.client.closeWrite();
      assertSameBytes(await readAll(ends.server), bytes("view"));
    },
  ),
  ...overEach(
    "p may be changed once write() has resolved",
    async (net, over) => {
      using ends = await pair(net, over);
      const p = new Uint8Array(1024 * 1024);
      const received = readAll(ends.server);
      for (let round = 0; round < 12; round++) {
        p.fill(round);
        await ends.client.write(p);
      }
      await ends.client.closeWrite();
      const got = await received;
      assertEquals(got.byteLength, 12 * p.byteLength);
      for (let round = 0; round < 12; round++) {
        const part = got.subarray(
          round * p.byteLength,
          (round + 1) * p.byteLength,
        );
        assert(
          part.every((byte) => byte === round),
          `round ${round} was changed`,
        );
      }
    },
  ),
  ...overEach(
    "several writes arrive whole and in the order they were called",
    async (net, over) => {
      using ends = await pair(net, over);
      const sizes = [1, 3_000_000, 0, 5, 70_000, 2_500_000, 1];
      const parts = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
      const order: number[] = [];
      const writes = parts.map((p, i) =>
        ends.client.write(p).then((n) => {
          if (n > 0) order.push(i);
          return n;
        })
      );
      const fin = ends.client.closeWrite();
      const got = await readAll(ends.server);
      assertEquals(await Promise.all(writes), sizes);
      await fin;
      assertEquals(order, [0, 1, 3, 4, 5, 6]);
      assertSameBytes(got, new Uint8Array(parts.flatMap((p) => [...p])));
    },
  ),
  ...overEach(
    "write() of several pieces sends them one after the other",
    async (net, over) => {
      using ends = await pair(net, over);
      const received = readAll(ends.server);
      assertEquals(
        await ends.client.write([
          bytes("a"),
          bytes(""),
          bytes("bcd"),
          bytes("e"),
        ]),
        5,
      );
      assertEquals(await ends.client.write([]), 0);
      assertEquals(await ends.client.write([bytes("")]), 0);
      assertEquals(await ends.client.write([bytes("only")]), 4);
      const big = [pattern(200_000), pattern(1), pattern(3_000_000, 5)];
      assertEquals(await ends.client.write(big), 3_200_001);
      await ends.client.closeWrite();
      const got = await received;
      assertSameBytes(got.subarray(0, 9), bytes("abcdeonly"));
      assertSameBytes(
        got.subarray(9),
        new Uint8Array(big.flatMap((p) => [...p])),
      );
    },
  ),
  ...overEach(
    "write() waits while the peer does not read",
    async (net, over) => {
      using ends = await pair(net, over);
      let done = false;
      const writing = ends.client.write(pattern(CLOGGING)).then(() =>
        done = true
      );
      // Far more than a turn of the event loop: all that can move has moved.
      await assertRejects(
        () => ends.client.read(new Uint8Array(1), { timeoutMs: 100 }),
        errors.TimedOut,
      );
      assertEquals(done, false);
      await readExactly(ends.server, CLOGGING);
      await writing;
    },
    ["writesWait"],
  ),
  ...overEach(
    "a loop of writes to a peer that keeps up lets the event loop turn",
    async (net, over) => {
      using ends = await pair(net, over);
      const reading = readAll(ends.server);
      let ticked = false;
      const timer = setTimeout(() => ticked = true, 0);
      const p = new Uint8Array(16);
      let writes = 0;
      while (!ticked && writes < 1_000_000) {
        await ends.client.write(p);
        writes++;
      }
      clearTimeout(timer);
      assert(ticked, `no timer fired during ${writes} writes`);
      await ends.client.closeWrite();
      assertEquals((await reading).byteLength, writes * p.byteLength);
    },
  ),
  ...overEach(
    "write() of nothing resolves 0, also after closeWrite()",
    async (net, over) => {
      using ends = await pair(net, over);
      assertEquals(await ends.client.write(new Uint8Array(0)), 0);
      await ends.client.closeWrite();
      assertEquals(await ends.client.write(new Uint8Array(0)), 0);
    },
  ),
  ...overEach(
    "write() of what is neither bytes nor text rejects TypeError",
    async (net, over) => {
      using ends = await pair(net, over);
      for (const wrong of [null, 5, [1, 2], new ArrayBuffer(2)]) {
        await assertRejects(
          () => ends.client.write(wrong as unknown as Uint8Array),
          TypeError,
        );
      }
      await ends.client.write(bytes("fine"));
      assertEquals(await readText(ends.server), "fine");
    },
  ),
];
