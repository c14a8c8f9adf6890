/**
 * The two directions as web streams.
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
import {
  assertSameBytes,
  bytes,
  CLOGGING,
  joined,
  pattern,
  readAll,
  readText,
  text,
} from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";

/** Cases of `Conn.readable` and `Conn.writable`. */
export const streams: readonly Case[] = [
  ...overEach(
    "readable and writable carry a stream to its end",
    async (net, over) => {
      using ends = await pair(net, over);
      const sent = pattern(1_000_000);
      const writing = (async () => {
        const writer = ends.client.writable.getWriter();
        for (let at = 0; at < sent.length; at += 9999) {
          await writer.ready;
          writer.write(sent.subarray(at, at + 9999));
        }
        await writer.close();
      })();
      const chunks: Uint8Array[] = [];
      for await (const chunk of iterate(ends.server.readable)) {
        chunks.push(
          chunk,
        );
      }
      await writing;
      assertSameBytes(joined(chunks), sent);
    },
  ),
  ...overEach(
    "readable and writable are the same object each time",
    async (net, over) => {
      using ends = await pair(net, over);
      assertStrictEquals(ends.client.readable, ends.client.readable);
      assertStrictEquals(ends.client.writable, ends.client.writable);
    },
  ),
  ...overEach(
    "readable ends at the peer's end and leaves writing open",
    async (net, over) => {
      using ends = await pair(net, over);
      const reader = ends.server.readable.getReader();
      await ends.client.closeWrite();
      assertEquals((await reader.read()).done, true);
      await ends.server.write(bytes("answer"));
      assertEquals(await readText(ends.client), "answer");
    },
  ),
  ...overEach(
    "readable serves reads called at once in order, and takes no chunk more",
    async (net, over) => {
      using ends = await pair(net, over);
      const reader = ends.server.readable.getReader();
      const reads = [reader.read(), reader.read()];
      for (const [i, word] of ["first", "second"].entries()) {
        await ends.client.write(bytes(word));
        assertEquals(text((await reads[i]).value!), word);
      }
      await ends.client.write(bytes("third"));
      assertEquals(text((await ends.server.readChunk())!), "third");
    },
  ),
  ...overEach(
    "readable.cancel() stops reading only, and loses nothing",
    async (net, over) => {
      using ends = await pair(net, over);
      const reader = ends.server.readable.getReader();
      const pending = reader.read();
      // Streams begin to pull in a step of their own.
      await new Promise((resolve) => setTimeout(resolve, 0));
      await reader.cancel("enough");
      assertEquals((await pending).done, true);
      await ends.client.write(bytes("for read()"));
      assertEquals(await readText(ends.server), "for read()");
      await ends.server.write(bytes("and back"));
      assertEquals(await readText(ends.client), "and back");
    },
  ),
  ...overEach(
    "writable.close() sends the end and leaves reading open",
    async (net, over) => {
      using ends = await pair(net, over);
      const writer = ends.server.writable.getWriter();
      await writer.write(bytes("bye"));
      await writer.close();
      assertSameBytes(await readAll(ends.client), bytes("bye"));
      await ends.client.write(bytes("late"));
      assertEquals(await readText(ends.server), "late");
    },
  ),
  // How that looks to the peer: `short_ends.ts`.
  ...overEach("writable.abort() closes the connection", async (net, over) => {
    using ends = await pair(net, over);
    await ends.server.writable.abort("enough");
    await assertRejects(() => readText(ends.server), errors.BadResource);
  }),
  ...overEach(
    "writable.abort() closes the connection also while a write waits",
    async (net, over) => {
      using ends = await pair(net, over);
      const writer = ends.server.writable.getWriter();
      writer.closed.catch(() => {}); // The write below says the same.
      const writing = writer.write(pattern(CLOGGING)).catch((error) => error);
      await new Promise((resolve) => setTimeout(resolve, 0));
      await writer.abort("enough");
      assert(await writing !== undefined, "the write did not fail");
      await assertRejects(() => readText(ends.server), errors.BadResource);
    },
  ),
  ...overEach(
    "the connection is closed when both streams are done",
    async (net, over) => {
      using ends = await pair(net, over);
      const { readable, writable } = ends.server;
      await ends.client.write(bytes("in"));
      await ends.client.closeWrite();
      const chunks: Uint8Array[] = [];
      for await (const chunk of iterate(readable)) chunks.push(chunk);
      assertSameBytes(joined(chunks), bytes("in"));
      await ends.server.write(bytes("out"));
      await writable.close();
      await assertRejects(
        () => ends.server.write(bytes("x")),
        errors.BadResource,
      );
      assertSameBytes(await readAll(ends.client), bytes("out"));
    },
  ),
  ...overEach(
    "readable.cancel() and writable.close() together close the connection",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.server.writable.close();
      await ends.server.readable.cancel();
      await assertRejects(() => readText(ends.server), errors.BadResource);
    },
  ),
  ...overEach(
    "readable takes nothing before it is asked",
    async (net, over) => {
      using ends = await pair(net, over);
      const { readable } = ends.server;
      await ends.client.write(bytes("first"));
      assertEquals(await readText(ends.server), "first");
      const reader = readable.getReader();
      await ends.client.write(bytes("second"));
      assertEquals(text((await reader.read()).value!), "second");
      await ends.client.write(bytes("third"));
      assertEquals(await readText(ends.server), "third");
    },
  ),
  ...overEach(
    "close() while the streams are in use fails them",
    async (net, over) => {
      using ends = await pair(net, over);
      const reader = ends.server.readable.getReader();
      const pending = reader.read();
      // Interrupted, or BadResource where the stream had not begun to pull.
      const outcome = assertRejects(() => pending, errors.SocketError);
      ends.server.close();
      await outcome;
      const writer = ends.server.writable.getWriter();
      writer.closed.catch(() => {}); // The write below says the same.
      await assertRejects(() => writer.write(bytes("x")), errors.BadResource);
    },
  ),
  {
    name: "readable gives the bytes that came before a reset, then the error",
    needs: ["bytesBeforeReset"],
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      const reader = conn.readable.getReader();
      reader.closed.catch(() => {}); // The read below says the same.
      await peer.send(bytes("last"));
      await peer.reset();
      assertEquals(text((await reader.read()).value!), "last");
      await assertRejects(() => reader.read(), errors.ConnectionReset);
    },
  },
  {
    name:
      "the connection is closed when one stream is done and the other failed",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      const { readable, writable } = conn;
      const reader = readable.getReader();
      reader.closed.catch(() => {}); // The read below says the same.
      const reading = assertRejects(
        () => reader.read(),
        errors.ConnectionReset,
      );
      await peer.reset();
      await reading;
      await assertRejects(async () => {
        const writer = writable.getWriter();
        writer.closed.catch(() => {}); // The writes say the same.
        for (;;) await writer.write(bytes("x"));
      }, errors.SocketError);
      await assertRejects(() => conn.write(bytes("x")), errors.BadResource);
    },
  },
  ...overEach("pipeTo() echoes", async (net, over) => {
    using ends = await pair(net, over);
    const echo = ends.server.readable.pipeTo(ends.server.writable);
    const sent = pattern(500_000);
    const writing = ends.client.write(sent).then(() =>
      ends.client.closeWrite()
    );
    assertSameBytes(await readAll(ends.client), sent);
    await Promise.all([writing, echo]);
    await assertRejects(() => readText(ends.server), errors.BadResource);
  }),
  ...overEach(
    "readChunk() and readable give plain Uint8Arrays",
    async (net, over) => {
      using ends = await pair(net, over);
      const reader = ends.server.readable.getReader();
      for (const conn of [ends.client, ends.server]) {
        const other = conn === ends.client ? ends.server : ends.client;
        await other.write(bytes("hi"));
        const chunk = conn === ends.client
          ? (await conn.readChunk())!
          : (await reader.read()).value!;
        assertStrictEquals(Object.getPrototypeOf(chunk), Uint8Array.prototype);
        assertEquals(String(chunk), "104,105");
      }
    },
  ),
];

/** `for await` over a stream, as every runtime's types know it. */
async function* iterate(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
