/**
 * Closing, and what is left of a connection.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  assertSameBytes,
  bytes,
  CLOGGING,
  pattern,
  readAll,
  readText,
} from "./bytes.ts";
import { type Case, overEach, pair, place } from "./case.ts";
import { RawPeer } from "./raw_peer.ts";

/** Cases of `Conn.close` and the connection's options. */
export const closing: readonly Case[] = [
  ...overEach(
    "close() twice, on either end, has no effect",
    async (net, over) => {
      using ends = await pair(net, over);
      ends.client.close();
      ends.client.close();
      assertEquals(await readText(ends.server), null);
      ends.server.close();
      ends.server.close();
    },
  ),
  ...overEach(
    "every write that has resolved reaches the peer before the end",
    async (net, over) => {
      using ends = await pair(net, over);
      const sent = pattern(100_000);
      assertEquals(await ends.client.write(sent), sent.byteLength);
      ends.client.close();
      assertSameBytes(await readAll(ends.server), sent);
      assertEquals(await readText(ends.server), null);
    },
  ),
  ...overEach(
    "close() right after a write of more than the system buffers delivers it",
    async (net, over) => {
      using ends = await pair(net, over);
      const sent = pattern(8 * 1024 * 1024);
      const received = readAll(ends.server);
      await ends.client.write(sent);
      ends.client.close();
      assertSameBytes(await received, sent);
    },
  ),
  {
    name:
      "close() over writes that wait resets, so that the peer sees no clean end",
    needs: ["resetOnClose"],
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const peer = await RawPeer.connect(listener);
      const conn = await listener.accept();
      const writing = conn.write(pattern(CLOGGING));
      const outcome = assertRejects(() => writing, errors.Interrupted);
      conn.close();
      await outcome;
      const { bytes, ending } = await peer.readToEnd();
      assertEquals(ending, "ECONNRESET");
      assert(bytes.byteLength < CLOGGING);
      await peer.close();
    },
  },
  {
    name: "close() over a cancelled write that is still queued resets too",
    needs: ["resetOnClose"],
    async run(net) {
      using ends = await pair(net);
      await assertRejects(
        () => ends.client.write(pattern(CLOGGING), { timeoutMs: 5 }),
        errors.TimedOut,
      );
      ends.client.close();
      await assertRejects(() => readAll(ends.server), errors.ConnectionReset);
    },
  },
  ...overEach("a connection is disposable", async (net, over) => {
    using ends = await pair(net, over);
    {
      using _ = ends.client;
    }
    assertEquals(await readText(ends.server), null);
    await assertRejects(() => readText(ends.client), errors.BadResource);
  }),
  ...overEach(
    "ref() and unref() may be called at any time",
    async (net, over) => {
      using ends = await pair(net, over);
      for (const handle of [ends.client, ends.server, ends.listener]) {
        handle.unref();
        handle.unref();
        handle.ref();
      }
      await ends.client.write(bytes("x"));
      assertEquals(await readText(ends.server), "x");
      ends.client.close();
      ends.client.ref();
      ends.client.unref();
      ends.listener.close();
      ends.listener.ref();
      ends.listener.unref();
    },
  ),
  {
    name:
      "setNoDelay() and setKeepAlive() take effect on TCP, and are refused after close()",
    async run(net) {
      using ends = await pair(net);
      for (const conn of [ends.client, ends.server]) {
        conn.setNoDelay();
        conn.setNoDelay(false);
        conn.setNoDelay(true);
        conn.setKeepAlive();
        conn.setKeepAlive(false);
      }
      await ends.client.write(bytes("x"));
      assertEquals(await readText(ends.server), "x");
      ends.client.close();
      assertThrows(() => ends.client.setNoDelay(), errors.BadResource);
      assertThrows(() => ends.client.setKeepAlive(), errors.BadResource);
    },
  },
  {
    name: "setKeepAlive() refuses a delay that is no whole number of seconds",
    async run(net) {
      using ends = await pair(net);
      for (const delayMs of [0, 500, 1500, -1000, NaN, 2 ** 31]) {
        assertThrows(() => ends.client.setKeepAlive({ delayMs }), RangeError);
      }
      for (const wrong of ["1000", undefined]) {
        assertThrows(
          () =>
            ends.client.setKeepAlive({ delayMs: wrong as unknown as number }),
          TypeError,
        );
      }
    },
  },
  {
    name: "setKeepAlive({ delayMs }) takes effect",
    needs: ["keepAliveDelay"],
    async run(net) {
      using ends = await pair(net);
      ends.client.setKeepAlive({ delayMs: 30_000 });
      ends.server.setKeepAlive({ delayMs: 1000 });
    },
  },
  {
    name: "setNoDelay() and setKeepAlive() throw NotSupported on a path",
    needs: ["unix"],
    async run(net) {
      using ends = await pair(net, "unix");
      for (const conn of [ends.client, ends.server]) {
        const error = assertThrows(
          () => conn.setNoDelay(),
          errors.NotSupported,
        );
        assertEquals(error.code, "ENOTSUP");
        assertThrows(() => conn.setKeepAlive(true), errors.NotSupported);
      }
    },
  },
  {
    name: "noDelay and keepAlive may be given to listen() and connect()",
    async run(net) {
      for (const on of [true, false]) {
        using listener = await net.listen({
          hostname: "127.0.0.1",
          port: 0,
          noDelay: on,
          keepAlive: on,
        });
        const { port } = listener.addr;
        using client = await net.connect({ port, noDelay: on, keepAlive: on });
        using conn = await listener.accept();
        await conn.write(bytes("x"));
        assertEquals(await readText(client), "x");
      }
    },
  },
  {
    name: "small writes are not held back for the peer's acknowledgement",
    async run(net) {
      using ends = await pair(net);
      const rounds = 50;
      const began = performance.now();
      for (let i = 0; i < rounds; i++) {
        // Two small writes, and an answer to the second: the pattern that waits
        // 40 ms a round where TCP_NODELAY is off.
        await ends.client.write(bytes("a"));
        await ends.client.write(bytes("b"));
        while (!(await readText(ends.server))!.includes("b"));
        await ends.server.write(bytes("ok"));
        await readText(ends.client);
      }
      const tookMs = performance.now() - began;
      assert(tookMs < rounds * 20, `${tookMs} ms for ${rounds} rounds`);
    },
  },
  ...overEach(
    "a peer's end and close() with nothing pending disturb nobody",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const peers = await Promise.all(
        Array.from({ length: 5 }, () => RawPeer.connect(listener)),
      );
      const conns = await Promise.all(peers.map(() => listener.accept()));
      for (const [i, peer] of peers.entries()) {
        if (i % 2 === 0 && over === "tcp") await peer.reset();
        else await peer.close();
      }
      for (const conn of conns) conn.close();
    },
  ),
];
