/**
 * What any stream must stand, after the checks of Go's nettest and of trio.
 *
 * @module
 */
import { type Conn, errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  assertSameBytes,
  joined,
  pattern,
  readAll,
  readExactly,
  readText,
} from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";

const MEBIBYTE = 1024 * 1024;

/** Checks over each kind of stream. */
export const streamChecks: readonly Case[] = [
  ...overEach(
    "1 MiB in 1 KiB writes arrives intact, then the end",
    async (net, over) => {
      using ends = await pair(net, over);
      const sent = pattern(MEBIBYTE);
      const writing = (async () => {
        for (let at = 0; at < sent.length; at += 1024) {
          await ends.client.write(sent.subarray(at, at + 1024));
        }
        ends.client.close();
      })();
      assertSameBytes(await readAll(ends.server), sent);
      await writing;
    },
  ),
  ...overEach("ping-pong to 1000", async (net, over) => {
    using ends = await pair(net, over);
    const count = async (conn: Conn, from: number) => {
      const p = new Uint8Array(4);
      const view = new DataView(p.buffer);
      for (let n = from; n < 1000; n += 2) {
        view.setUint32(0, n);
        await conn.write(p);
        p.fill(0xff);
        assertEquals((await readExactly(conn, 4)).byteLength, 4);
      }
    };
    const answer = async (conn: Conn) => {
      for (let n = 0; n < 1000; n += 2) {
        const p = await readExactly(conn, 4);
        assertEquals(new DataView(p.buffer).getUint32(0), n);
        await conn.write(p);
      }
    };
    await Promise.all([count(ends.client, 0), answer(ends.server)]);
  }),
  ...overEach("1 MiB each way at once, in random chunks", async (net, over) => {
    using ends = await pair(net, over);
    const send = async (conn: Conn, from: number) => {
      const all = pattern(MEBIBYTE, from);
      for (let at = 0; at < all.length;) {
        const size = 1 + Math.floor(Math.random() * 30_000);
        await conn.write(all.subarray(at, at + size));
        at += size;
      }
      await conn.closeWrite();
    };
    const [there, back] = await Promise.all([
      readAll(ends.server),
      readAll(ends.client),
      send(ends.client, 0),
      send(ends.server, 12_345),
    ]);
    assertSameBytes(there, pattern(MEBIBYTE, 0));
    assertSameBytes(back, pattern(MEBIBYTE, 12_345));
  }),
  ...overEach(
    "close() wakes a blocked read and a blocked write",
    async (net, over) => {
      using ends = await pair(net, over);
      const outcomes = Promise.allSettled([
        readText(ends.client),
        ends.client.write(new Uint8Array(16 * MEBIBYTE)),
      ]);
      await assertRejects(
        () => ends.server.read(new Uint8Array(0), { timeoutMs: -1 }),
        RangeError,
      );
      ends.client.close();
      for (const outcome of await outcomes) {
        assertEquals(outcome.status, "rejected");
        assert(
          (outcome as PromiseRejectedResult).reason instanceof
            errors.Interrupted,
        );
      }
    },
    ["writesWait"],
  ),
  ...overEach(
    "buffers stay untouched after reads and writes that were aborted",
    async (net, over) => {
      using ends = await pair(net, over);
      const given: Uint8Array[] = [];
      for (let round = 0; round < 50; round++) {
        const controller = new AbortController();
        const p = new Uint8Array(64).fill(0xaa);
        const reading = ends.server.read(p, { signal: controller.signal });
        const writing = round % 5 === 0
          ? ends.client.write(pattern(64))
          : undefined;
        if (round % 2 === 0) controller.abort();
        else queueMicrotask(() => controller.abort());
        const n = await reading.catch(() => undefined);
        if (n === undefined) given.push(p);
        await writing;
      }
      await ends.client.closeWrite();
      await readAll(ends.server);
      assert(given.length > 0, "none was aborted");
      for (const p of given) {
        assert(
          p.every((byte) => byte === 0xaa),
          "written after the abort",
        );
      }
    },
  ),
  ...overEach(
    "a hundred mixed calls leave the stream in step",
    async (net, over) => {
      using ends = await pair(net, over);
      const sizes = Array.from(
        { length: 100 },
        (_, i) => 1 + (i * 7919) % 5000,
      );
      const total = sizes.reduce((a, b) => a + b, 0);
      const all = pattern(total);
      let at = 0;
      const writes = sizes.map((size, i) => {
        const part = all.slice(at, at += size);
        return ends.client.write(
          part,
          i % 3 === 0 ? { timeoutMs: 60_000 } : undefined,
        );
      });
      const fin = ends.client.closeWrite();
      const parts: Uint8Array[] = [];
      for (let ended = false; !ended;) {
        const reads = Array.from(
          { length: 20 },
          (_, i) =>
            i % 3 === 0
              ? ends.server.readChunk()
              : readSome(ends.server, 100 + i * 200),
        );
        for (const part of await Promise.all(reads)) {
          if (part === null) ended = true;
          else parts.push(part);
        }
      }
      assertEquals(await Promise.all(writes), sizes);
      await fin;
      assertSameBytes(joined(parts), all);
    },
  ),
];

async function readSome(conn: Conn, size: number): Promise<Uint8Array | null> {
  const p = new Uint8Array(size);
  const n = await conn.read(p);
  return n === null ? null : p.subarray(0, n);
}
