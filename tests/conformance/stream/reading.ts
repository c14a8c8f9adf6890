/**
 * Reading: order, end, reset, cancelling.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { runInNewContext } from "node:vm";
import {
  assertSameBytes,
  bytes,
  pattern,
  readAll,
  readExactly,
  readText,
} from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";

/** Cases of `Conn.read` and `Conn.readChunk`. */
export const reading: readonly Case[] = [
  ...overEach(
    "read() resolves with the bytes there are, without filling p",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.write(bytes("hello"));
      const p = new Uint8Array(100).fill(7);
      assertEquals(await ends.server.read(p), 5);
      assertSameBytes(p.subarray(0, 6), new Uint8Array([...bytes("hello"), 7]));
    },
  ),
  ...overEach(
    "read() of less than there is leaves the rest",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.write(bytes("hello"));
      assertEquals(await readText(ends.server, 2), "he");
      assertEquals(await readText(ends.server, 2), "ll");
      assertEquals(await readText(ends.server, 2), "o");
    },
  ),
  ...overEach(
    "read() into an empty array resolves 0, also at the end",
    async (net, over) => {
      using ends = await pair(net, over);
      const none = new Uint8Array(0);
      assertEquals(await ends.server.read(none), 0);
      await ends.client.write(bytes("x"));
      assertEquals(await ends.server.read(none), 0);
      await ends.client.closeWrite();
      assertEquals(await readText(ends.server), "x");
      assertEquals(await readText(ends.server), null);
      assertEquals(await ends.server.read(none), 0);
    },
  ),
  ...overEach(
    "read() resolves null at the peer's end, again and again, and writing goes on",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.closeWrite();
      for (let i = 0; i < 3; i++) {
        assertEquals(await readText(ends.server), null);
      }
      assertEquals(await ends.server.readChunk(), null);
      await ends.server.write(bytes("still here"));
      assertEquals(await readText(ends.client), "still here");
    },
  ),
  ...overEach(
    "several reads are served in the order they were called",
    async (net, over) => {
      using ends = await pair(net, over);
      const buffers = Array.from({ length: 6 }, () => new Uint8Array(2));
      const order: number[] = [];
      const reads = buffers.map((p, i) =>
        ends.server.read(p).then((n) => {
          order.push(i);
          return n;
        })
      );
      for (const word of ["aa", "bb", "cc", "dd", "ee", "ff"]) {
        await ends.client.write(bytes(word));
      }
      assertEquals(await Promise.all(reads), [2, 2, 2, 2, 2, 2]);
      assertEquals(order, [0, 1, 2, 3, 4, 5]);
      assertSameBytes(
        new Uint8Array(buffers.flatMap((p) => [...p])),
        bytes("aabbccddeeff"),
      );
    },
  ),
  ...overEach(
    "reads with and without limits, and chunks, take turns",
    async (net, over) => {
      using ends = await pair(net, over);
      const first = readText(ends.server, 1);
      const p = new Uint8Array(1);
      const second = ends.server.read(p, { timeoutMs: 20_000 });
      const third = readText(ends.server, 1);
      const rest = ends.server.readChunk();
      await ends.client.write(bytes("abcd"));
      assertEquals(await first, "a");
      assertEquals(await second, 1);
      assertSameBytes(p, bytes("b"));
      assertEquals(await third, "c");
      assertSameBytes((await rest)!, bytes("d"));
    },
  ),
  ...overEach(
    "waiting reads all resolve null at the peer's end",
    async (net, over) => {
      using ends = await pair(net, over);
      const reads = [
        readText(ends.server),
        readText(ends.server),
        ends.server.readChunk(),
      ];
      await ends.client.closeWrite();
      assertEquals(await Promise.all(reads), [null, null, null]);
    },
  ),
  ...overEach(
    "readChunk() hands over chunks that stay as they are",
    async (net, over) => {
      using ends = await pair(net, over);
      const sent = pattern(300_000);
      const writing = ends.client.write(sent).then(() =>
        ends.client.closeWrite()
      );
      const chunks: Uint8Array[] = [];
      for (;;) {
        const chunk = await ends.server.readChunk();
        if (chunk === null) break;
        chunks.push(chunk);
      }
      await writing;
      assertSameBytes(new Uint8Array(chunks.flatMap((c) => [...c])), sent);
    },
  ),
  {
    name:
      "read() gives the bytes that came before the peer's reset, then ConnectionReset each time",
    needs: ["bytesBeforeReset"],
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      await peer.send(pattern(1000));
      await peer.reset();
      assertSameBytes(await readExactly(conn, 1000), pattern(1000));
      for (let i = 0; i < 3; i++) {
        const error = await assertRejects(
          () => readText(conn),
          errors.ConnectionReset,
        );
        assertEquals(error.code, "ECONNRESET");
      }
      await assertRejects(() => conn.readChunk(), errors.ConnectionReset);
    },
  },
  {
    name: "a waiting read() rejects ConnectionReset when the peer resets",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      const waiting = [readText(conn), conn.readChunk(), readText(conn)];
      const results = Promise.allSettled(waiting);
      await peer.reset();
      for (const result of await results) {
        assertInstanceOf(
          (result as PromiseRejectedResult).reason,
          errors.ConnectionReset,
        );
      }
    },
  },
  {
    name: "the bytes that came before a reset survive a failing write",
    needs: ["bytesBeforeReset"],
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      await peer.send(bytes("last words"));
      assertEquals(await readText(conn, 4), "last");
      await peer.reset();
      await assertRejects(
        async () => {
          for (;;) await conn.write(bytes("x"));
        },
        errors.SocketError,
      );
      assertEquals(await readText(conn), " words");
      await assertRejects(() => readText(conn), errors.ConnectionReset);
    },
  },
  {
    name: "a reset is told after closeWrite() too",
    needs: ["bytesBeforeReset"],
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      await conn.closeWrite();
      await peer.send(bytes("half an ans"));
      await peer.reset();
      assertEquals(await readText(conn), "half an ans");
      await assertRejects(() => readText(conn), errors.ConnectionReset);
    },
  },
  ...overEach(
    "close() rejects waiting reads Interrupted, later ones BadResource",
    async (net, over) => {
      using ends = await pair(net, over);
      const waiting = [
        readText(ends.server),
        ends.server.readChunk(),
        readText(ends.server),
      ];
      const results = Promise.allSettled(waiting);
      ends.server.close();
      for (const result of await results) {
        const { reason } = result as PromiseRejectedResult;
        assertInstanceOf(reason, errors.Interrupted);
        assertEquals(reason.code, "EINTR");
      }
      const late = await assertRejects(
        () => readText(ends.server),
        errors.BadResource,
      );
      assertEquals(late.code, "EBADF");
      await assertRejects(() => ends.server.readChunk(), errors.BadResource);
    },
  ),
  ...overEach("a stream in single bytes arrives whole", async (net, over) => {
    using ends = await pair(net, over);
    const sent = pattern(3000);
    const received = readAll(ends.server);
    for (const byte of sent) await ends.client.write(new Uint8Array([byte]));
    await ends.client.closeWrite();
    assertSameBytes(await received, sent);
  }),
  ...overEach(
    "a buffer transferred away while read() waits harms no other",
    async (net, over) => {
      using ends = await pair(net, over);
      const p = new Uint8Array(10);
      const reading = ends.server.read(p).catch((error) => error);
      const next = ends.server.read(new Uint8Array(5), { timeoutMs: 20_000 });
      structuredClone(p.buffer, { transfer: [p.buffer] });
      await ends.client.write(bytes("data"));
      // Rejected where the bytes can wait for the next read; where the runtime
      // fills the buffer wherever it is, they are gone with it.
      if (await reading instanceof TypeError) assertEquals(await next, 4);
      else {
        await ends.client.write(bytes("more"));
        assertEquals(await next, 4);
      }
    },
  ),
  ...overEach(
    "a Buffer, and a Uint8Array of another realm, are as good as any",
    async (net, over) => {
      using ends = await pair(net, over);
      const foreign: Uint8Array = runInNewContext(
        "new Uint8Array([104, 105])",
      );
      assertEquals(foreign instanceof Uint8Array, false);
      assertEquals(await ends.client.write(foreign), 2);
      assertEquals(await ends.client.write([foreign, Buffer.from("!")]), 3);
      const p = Buffer.alloc(10);
      assertEquals(await ends.server.read(p.subarray(0, 2)), 2);
      assertEquals(await ends.server.read(p.subarray(2)), 3);
      assertEquals(p.toString("latin1", 0, 5), "hihi!");
    },
  ),
  ...overEach(
    "read() with no Uint8Array rejects TypeError",
    async (net, over) => {
      using ends = await pair(net, over);
      for (const wrong of ["text", null, new ArrayBuffer(3), [1, 2]]) {
        await assertRejects(
          () => ends.server.read(wrong as unknown as Uint8Array),
          TypeError,
        );
      }
    },
  ),
];
