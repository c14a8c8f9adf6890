/**
 * Closing, and what is left of a connection.
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
  readText,
} from "../bytes.ts";
import { type Case, overEach, pair, place } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";

/** Cases of `Conn.close`, disposal, and `ref`. */
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
  ...overEach(
    "a peer's end and close() with nothing pending disturb no other",
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
