/**
 * One order for all reads: that of the calls.
 *
 * @module
 */
import { type Conn, copy } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { bytes, readExactly, text } from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";
import { overTls } from "../tls/pair.ts";

/** A connection's ways to read, which share a reader or an iterator. */
class Ways {
  readonly #conn: Conn;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #iterator: AsyncIterator<Uint8Array> | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  /** Reads one byte in a way: each write is one. */
  async take(way: string): Promise<string> {
    switch (way) {
      case "read": {
        const p = new Uint8Array(1);
        await this.#conn.read(p);
        return text(p);
      }
      case "limited": {
        const p = new Uint8Array(1);
        await this.#conn.read(p, { timeoutMs: 20_000 });
        return text(p);
      }
      case "chunk":
        return text((await this.#conn.readChunk())!);
      case "reader": {
        this.#reader ??= this.#conn.readable.getReader();
        return text((await this.#reader.read()).value!);
      }
      case "loop": {
        this.#iterator ??= this.#conn.readable[Symbol.asyncIterator]();
        return text((await this.#iterator.next()).value);
      }
      default:
        throw new Error(way);
    }
  }
}

const orders: readonly (readonly string[])[] = [
  ["reader", "chunk"],
  ["chunk", "reader"],
  ["reader", "reader", "chunk"],
  ["reader", "chunk", "reader", "chunk"],
  ["reader", "read", "reader", "limited", "reader", "chunk"],
  ["read", "reader", "chunk"],
  ["loop", "chunk"],
  ["loop", "loop", "chunk", "loop", "read"],
  ["limited", "loop", "read", "loop"],
];

const cases: readonly Case[] = [
  ...orders.flatMap((order) =>
    overEach(
      `reads are served in the order of their calls: ${order.join(", ")}`,
      async (net, over) => {
        for (const settles of [false, true]) {
          using ends = await pair(net, over);
          // With a stream that has been there for a while, and with a fresh one.
          if (settles) {
            ends.server.readable;
            await Promise.resolve();
          }
          const ways = new Ways(ends.server);
          const taken = order.map((way) => ways.take(way));
          for (const [i, letter] of [..."abcdef"].entries()) {
            if (i >= order.length) break;
            await ends.client.write(bytes(letter));
            assertEquals(await taken[i], letter);
          }
        }
      },
    )
  ),
  ...overEach(
    "reads of bytes that are there are served in the order of their calls",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.write(bytes("0123456789"));
      const first = new Uint8Array(1);
      await ends.server.read(first);
      const reader = ends.server.readable.getReader();
      const p = new Uint8Array(3);
      const reading = ends.server.read(p);
      const rest = reader.read();
      const next = ends.server.readChunk();
      await reading;
      assertEquals(text(p), "123");
      assertEquals(text((await rest).value!), "456789");
      await ends.client.write(bytes("after"));
      assertEquals(text((await next)!), "after");
    },
  ),
  ...overEach(
    "a read that a reader lets go of gives its place to the next",
    async (net, over) => {
      using ends = await pair(net, over);
      const reader = ends.server.readable.getReader();
      const given = [reader.read(), reader.read()].map((reading) =>
        reading.catch(() => "given up")
      );
      reader.releaseLock();
      assertEquals(await Promise.all(given), ["given up", "given up"]);
      await ends.client.write(bytes("kept"));
      assertEquals(text((await ends.server.readChunk())!), "kept");
      const again = ends.server.readable.getReader();
      const reading = again.read();
      await ends.client.write(bytes("more"));
      assertEquals(text((await reading).value!), "more");
    },
  ),
  ...overEach(
    "copy() and pipeTo() read in their turn",
    async (net, over) => {
      for (const way of ["copy", "pipeTo"] as const) {
        using ends = await pair(net, over);
        using other = await pair(net, over);
        const before = ends.server.readChunk();
        const moving = way === "copy"
          ? copy(ends.server, other.client)
          : ends.server.readable.pipeTo(other.client.writable);
        await ends.client.write(bytes("first"));
        assertEquals(text((await before)!), "first");
        await ends.client.write(bytes("second"));
        assertEquals(text(await readExactly(other.server, 6)), "second");
        await ends.client.closeWrite();
        await moving;
      }
    },
  ),
  ...overEach(
    "reads of a stream that are called at once end with it",
    async (net, over) => {
      using ends = await pair(net, over);
      const reader = ends.server.readable.getReader();
      const reads = [reader.read(), reader.read(), reader.read()];
      await ends.client.write(bytes("x"));
      assertEquals(text((await reads[0]).value!), "x");
      await ends.client.closeWrite();
      assertEquals((await Promise.all(reads)).map(({ done }) => done), [
        false,
        true,
        true,
      ]);
      assertEquals(await ends.server.readChunk(), null);
    },
  ),
];

/** Cases of the order of reads. */
export const readingOrder: readonly Case[] = [...cases, ...overTls(cases)];
