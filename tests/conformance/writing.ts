/**
 * Writing: whole, in order, with backpressure; half-close; failure; cancelling.
 *
 * @module
 */
import { type Conn, errors } from "@anyport/sockets";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import {
  assertSameBytes,
  bytes,
  pattern,
  readAll,
  readExactly,
  readText,
} from "./bytes.ts";
import { type Case, overEach, pair } from "./case.ts";
import { RawPeer } from "./raw_peer.ts";

/** More than the system's buffers between two ends hold. */
const CLOGGING = 16 * 1024 * 1024;

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
    "write() of anything but bytes rejects TypeError",
    async (net, over) => {
      using ends = await pair(net, over);
      for (const wrong of ["text", null, 5, [1, 2], new ArrayBuffer(2)]) {
        await assertRejects(
          () => ends.client.write(wrong as unknown as Uint8Array),
          TypeError,
        );
      }
      await ends.client.write(bytes("fine"));
      assertEquals(await readText(ends.server), "fine");
    },
  ),
  ...overEach("closeWrite() ends one direction only", async (net, over) => {
    using ends = await pair(net, over);
    await ends.client.write(bytes("request"));
    await ends.client.closeWrite();
    assertSameBytes(await readAll(ends.server), bytes("request"));
    const answer = pattern(300_000);
    const writing = ends.server.write(answer).then(() =>
      ends.server.closeWrite()
    );
    assertSameBytes(await readAll(ends.client), answer);
    await writing;
  }),
  ...overEach(
    "closeWrite() waits for the writes before it, and again is the same",
    async (net, over) => {
      using ends = await pair(net, over);
      const order: string[] = [];
      const writing = ends.client.write(pattern(CLOGGING)).then(() =>
        order.push("write")
      );
      const fin = ends.client.closeWrite().then(() => order.push("fin"));
      const again = ends.client.closeWrite();
      assertEquals((await readAll(ends.server)).byteLength, CLOGGING);
      await Promise.all([writing, fin, again]);
      assertEquals(order, ["write", "fin"]);
      await ends.client.closeWrite();
    },
  ),
  ...overEach(
    "write() after closeWrite() rejects BrokenPipe, and reading works",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.closeWrite();
      const error = await assertRejects(
        () => ends.client.write(bytes("x")),
        errors.BrokenPipe,
      );
      assertEquals(error.code, "EPIPE");
      await ends.server.write(bytes("answer"));
      assertEquals(await readText(ends.client), "answer");
    },
  ),
  ...overEach("both ends may closeWrite(), then close()", async (net, over) => {
    using ends = await pair(net, over);
    await Promise.all([ends.client.closeWrite(), ends.server.closeWrite()]);
    assertEquals(await readText(ends.client), null);
    assertEquals(await readText(ends.server), null);
    ends.client.close();
    ends.server.close();
  }),
  ...overEach(
    "write() rejects BrokenPipe or ConnectionReset once the peer has closed, from then on",
    async (net, over) => {
      using ends = await pair(net, over);
      ends.server.close();
      await assertRejectsBroken(ends.client, true);
      await assertRejectsBroken(ends.client, false);
      await assertRejectsBroken(ends.client, false);
      assertEquals(await ends.client.write(new Uint8Array(0)), 0);
    },
  ),
  {
    name:
      "write() rejects BrokenPipe or ConnectionReset once the peer has reset",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      await peer.reset();
      await assertRejectsBroken(conn, true);
      await assertRejectsBroken(conn, false);
    },
  },
  {
    name: "a clogged write() rejects when the peer resets",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      const writes = Promise.allSettled([
        conn.write(pattern(CLOGGING)),
        conn.write(bytes("behind it")),
        conn.closeWrite(),
      ]);
      await peer.reset();
      for (const result of await writes) {
        assertBroken((result as PromiseRejectedResult).reason);
      }
    },
  },
  ...overEach(
    "close() rejects waiting writes Interrupted, later ones BadResource",
    async (net, over) => {
      using ends = await pair(net, over);
      const waiting = [
        ends.client.write(pattern(CLOGGING)),
        ends.client.write(bytes("behind it")),
        ends.client.closeWrite(),
      ];
      const results = Promise.allSettled(waiting);
      ends.client.close();
      for (const result of await results) {
        assertInstanceOf(
          (result as PromiseRejectedResult).reason,
          errors.Interrupted,
        );
      }
      await assertRejects(
        () => ends.client.write(bytes("x")),
        errors.BadResource,
      );
      await assertRejects(
        () => ends.client.write(bytes("")),
        errors.BadResource,
      );
    },
  ),
  ...overEach(
    "closeWrite() after close() rejects BadResource",
    async (net, over) => {
      using ends = await pair(net, over);
      ends.client.close();
      await assertRejects(() => ends.client.closeWrite(), errors.BadResource);
    },
  ),
  ...overEach(
    "an aborted write() stays queued, whole and in order, though p changes",
    async (net, over) => {
      using ends = await pair(net, over);
      const p = pattern(CLOGGING);
      const controller = new AbortController();
      const first = ends.client.write(p, { signal: controller.signal });
      const second = ends.client.write(bytes("after"));
      const reason = new Error("no time");
      controller.abort(reason);
      assertStrictEquals(await first.catch((error) => error), reason);
      p.fill(0xee);
      const fin = ends.client.closeWrite();
      const got = await readAll(ends.server);
      assertEquals(await second, 5);
      await fin;
      assertSameBytes(got.subarray(0, CLOGGING), pattern(CLOGGING));
      assertSameBytes(got.subarray(CLOGGING), bytes("after"));
    },
  ),
  ...overEach(
    "a timed-out write() in pieces stays queued, and reading works",
    async (net, over) => {
      using ends = await pair(net, over);
      const pieces = [
        pattern(CLOGGING / 2),
        pattern(CLOGGING / 2, CLOGGING / 2),
      ];
      const error = await assertRejects(
        () => ends.client.write(pieces, { timeoutMs: 20 }),
        errors.TimedOut,
      );
      assertEquals(error.operation, "write");
      for (const piece of pieces) piece.fill(0xee);
      await ends.server.write(bytes("slow?"));
      assertEquals(await readText(ends.client), "slow?");
      assertSameBytes(
        await readExactly(ends.server, CLOGGING),
        pattern(CLOGGING),
      );
    },
  ),
  ...overEach(
    "write() with an aborted signal sends nothing, and the next one works",
    async (net, over) => {
      using ends = await pair(net, over);
      const signal = AbortSignal.abort("no");
      assertEquals(
        await ends.client.write(bytes("never"), { signal }).catch((e) => e),
        "no",
      );
      await ends.client.write(bytes("sent"));
      await ends.client.closeWrite();
      assertSameBytes(await readAll(ends.server), bytes("sent"));
    },
  ),
  ...overEach(
    "a signal that aborts after write() has resolved does nothing",
    async (net, over) => {
      using ends = await pair(net, over);
      const controller = new AbortController();
      const { signal } = controller;
      assertEquals(
        await ends.client.write(bytes("one"), { signal, timeoutMs: 60_000 }),
        3,
      );
      controller.abort();
      assertEquals(await ends.client.write(bytes(" two")), 4);
      await ends.client.closeWrite();
      assertSameBytes(await readAll(ends.server), bytes("one two"));
    },
  ),
];

/** Writes, once or until the system notices, and wants the error of a lost peer. */
async function assertRejectsBroken(
  conn: Conn,
  retrying: boolean,
): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    try {
      await conn.write(bytes("x"));
    } catch (error) {
      assertBroken(error);
      return;
    }
    if (!retrying) break;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  throw new Error("the write to a lost peer did not fail");
}

function assertBroken(error: unknown): void {
  assert(
    error instanceof errors.BrokenPipe ||
      error instanceof errors.ConnectionReset,
    String(error),
  );
}
