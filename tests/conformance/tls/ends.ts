/**
 * How a connection over TLS ends: in order, cut off, or broken off.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  assertSameBytes,
  bytes,
  CLOGGING,
  pattern,
  readAll,
  readText,
} from "../bytes.ts";
import type { Case } from "../case.ts";
import { ofEachEnd, type TestedEnd } from "./ends_pair.ts";
import { assertEnds } from "./pair.ts";
import { ALERT, APPLICATION_DATA } from "./relay.ts";

/** Cases of TLS: ends. */
export const tlsEnds: readonly Case[] = [
  ...ofEachEnd(
    "read() rejects UnexpectedEof where TLS was cut off, each time, after the bytes that came first",
    async ({ conn, peer, relay }) => {
      await peer.send(bytes("hello"));
      assertEquals(await readText(conn, 2), "he");
      relay.cut();
      assertEquals(await readText(conn), "llo");
      for (let i = 0; i < 3; i++) {
        await assertEnds(readText(conn), "UnexpectedEof", "read");
      }
      await assertEnds(conn.readChunk(), "UnexpectedEof");
    },
  ),
  // What is as short as an alert may be a close_notify to an observer.
  ...[5, 5000].flatMap((size) =>
    ofEachEnd(
      `${size} bytes and the cut after them that come over TLS at once are told one after the other`,
      async ({ conn, peer, relay, received }) => {
        // Behind it come no more tickets.
        await peer.send(bytes("x"));
        assertEquals(await readText(conn), "x");
        const before = relay.count(received);
        relay.hold();
        await peer.send(pattern(size));
        await relay.untilBytes(received, before + size);
        relay.release();
        relay.cut();
        const got: number[] = [];
        const error = await assertEnds(
          (async () => {
            for (;;) {
              const chunk = await conn.readChunk();
              if (chunk === null) return "a clean end";
              got.push(...chunk);
            }
          })(),
          "UnexpectedEof",
        );
        assertEquals(error.code, "EOF");
        assertSameBytes(new Uint8Array(got), pattern(size));
      },
    )
  ),
  ...ofEachEnd(
    "a short record and the cut after it are no end of TLS after closeWrite() either",
    async ({ conn, peer, relay, sent, received }) => {
      await peer.send(bytes("x"));
      assertEquals(await readText(conn), "x");
      await conn.closeWrite();
      await relay.untilEnd(sent);
      const before = relay.count(received);
      relay.hold();
      await peer.send(bytes("y"));
      await relay.untilBytes(received, before + 1);
      relay.release();
      relay.cut();
      assertEquals(await readText(conn), "y");
      await assertEnds(readText(conn), "UnexpectedEof", "read");
    },
  ),
  ...ofEachEnd(
    "reads that wait reject UnexpectedEof when TLS is cut off",
    async ({ conn, relay }) => {
      const reads = [readText(conn), conn.readChunk(), readText(conn)];
      const outcomes = Promise.all(
        reads.map((read) => assertEnds(read, "UnexpectedEof")),
      );
      relay.cut();
      await outcomes;
    },
  ),
  ...ofEachEnd(
    "readable and pipeTo() fail where TLS was cut off",
    async ({ conn, peer, relay }) => {
      await peer.send(bytes("x"));
      const reader = conn.readable.getReader();
      reader.closed.catch(() => {}); // The read below says the same.
      assertEquals((await reader.read()).value?.byteLength, 1);
      relay.cut();
      await assertEnds(reader.read(), "UnexpectedEof");
    },
  ),
  ...ofEachEnd(
    "read() rejects ConnectionReset where TLS was reset, each time, after the bytes that came first",
    async ({ conn, peer, relay }) => {
      await peer.send(bytes("hello"));
      assertEquals(await readText(conn, 2), "he");
      relay.reset();
      assertEquals(await readText(conn), "llo");
      for (let i = 0; i < 3; i++) {
        await assertEnds(readText(conn), "ConnectionReset", "read");
      }
      await assertEnds(conn.readChunk(), "ConnectionReset");
    },
  ),
  ...ofEachEnd(
    "a read and a write that wait reject ConnectionReset when TLS is reset",
    async ({ conn, relay, received }) => {
      relay.hold();
      const reading = assertEnds(readText(conn), "ConnectionReset", "read");
      const writing = assertEnds(
        conn.write(pattern(CLOGGING)),
        ["ConnectionReset", "BrokenPipe"],
        "write",
      );
      assert(received !== undefined);
      relay.reset();
      await Promise.all([reading, writing]);
    },
  ),
  ...ofEachEnd(
    "read() of TLS resolves null at close_notify, again and again, and writing goes on",
    async ({ conn, peer }) => {
      peer.end();
      for (let i = 0; i < 3; i++) assertEquals(await readText(conn), null);
      await conn.write(bytes("still here"));
      conn.close();
      assertEquals(await peer.readToEnd(), {
        bytes: bytes("still here"),
        ending: "end",
      });
    },
  ),
  ...ofEachEnd(
    "close() sends close_notify, right after the TLS handshake as well",
    async (end) => {
      end.conn.close();
      assertEquals((await end.peer.readToEnd()).ending, "end");
      await assertSaidGoodbye(end);
    },
  ),
  ...ofEachEnd(
    "close() delivers a megabyte written over TLS, and then close_notify",
    async (end) => {
      const sent = pattern(1024 * 1024);
      const received = end.peer.readToEnd();
      await end.conn.write(sent);
      end.conn.close();
      assertSameBytes((await received).bytes, sent);
      await assertSaidGoodbye(end);
    },
  ),
  ...ofEachEnd(
    "close() over a write that waits sends no close_notify over TLS",
    async ({ conn, peer, relay, sent, version }) => {
      relay.hold();
      const before = relay.records(sent).length;
      const writing = assertEnds(
        conn.write(pattern(CLOGGING)),
        "Interrupted",
        "write",
      );
      conn.close();
      await writing;
      relay.release();
      await relay.untilEnd(sent);
      const { bytes } = await peer.readToEnd();
      assert(bytes.byteLength < CLOGGING);
      if (version === "TLSv1.2") {
        const types = relay.records(sent).slice(before).map(({ type }) => type);
        assertEquals(types.includes(ALERT), false, `records ${types}`);
      }
    },
  ),
  ...ofEachEnd(
    "closeWrite() over TLS ends one direction, and the other goes on",
    async (end) => {
      const { conn, peer } = end;
      await conn.write(bytes("q"));
      await conn.closeWrite();
      await assertSaidGoodbye(end);
      assertSameBytes((await peer.readToEnd()).bytes, bytes("q"));
      const answer = pattern(300_000);
      const got = readAll(conn);
      await peer.send(answer);
      peer.end();
      assertSameBytes(await got, answer);
      assertEquals(await readText(conn), null);
      await assertEnds(conn.write(bytes("x")), "BrokenPipe", "write");
    },
  ),
  ...ofEachEnd(
    "closeWrite() over TLS follows many chunks, of which none is lost",
    async ({ conn, peer }) => {
      const all = pattern(1_000_000);
      const received = peer.readToEnd();
      const writes: Promise<number>[] = [];
      for (let at = 0, i = 0; at < all.length; i++) {
        const size = 1 + (i * 7919) % 50_000;
        writes.push(conn.write(all.subarray(at, at += size)));
      }
      await conn.closeWrite();
      await Promise.all(writes);
      const { bytes: got, ending } = await received;
      assertSameBytes(got, all);
      assertEquals(ending, "end");
      await peer.send(bytes("thanks"));
      assertEquals(await readText(conn), "thanks");
      peer.end();
      assertEquals(await readText(conn), null);
    },
  ),
  ...ofEachEnd(
    "a peer that ends first over TLS gets what is written afterwards, and the end",
    async ({ conn, peer }) => {
      await peer.send(bytes("question"));
      peer.end();
      assertSameBytes(await readAll(conn), bytes("question"));
      const answer = pattern(300_000);
      const received = peer.readToEnd();
      await conn.write(answer);
      await conn.closeWrite();
      const seen = await received;
      assertSameBytes(seen.bytes, answer);
      assertEquals(seen.ending, "end");
    },
  ),
  ...ofEachEnd(
    "closeWrite() over TLS does not wait for the peer to end",
    async ({ conn }) => {
      await Promise.all([conn.closeWrite(), conn.closeWrite()]);
      await conn.closeWrite();
      conn.close();
    },
  ),
];

/** The last record sent before FIN was close_notify, as far as can be seen. */
async function assertSaidGoodbye(
  { relay, sent, version }: TestedEnd,
): Promise<void> {
  await relay.untilEnd(sent);
  const last = relay.records(sent).at(-1);
  // In TLS 1.3 two bytes, their type, and a tag of 16.
  assertEquals(
    last?.type === ALERT || last?.length === 19,
    true,
    `the last record was ${JSON.stringify(last)}`,
  );
  assertEquals(last?.type, version === "TLSv1.2" ? ALERT : APPLICATION_DATA);
}
