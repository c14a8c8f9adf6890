/**
 * Writing to a peer that is gone, or on a connection that is.
 *
 * @module
 */
import { type Conn, errors } from "@anyport/sockets";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import { bytes, CLOGGING, pattern, readText } from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";

/** Cases of `Conn.write` that fail. */
export const breaking: readonly Case[] = [
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
      await assertRejects(() => readText(conn), errors.ConnectionReset);
    },
  },
  {
    name: "a small write() that waits rejects when the peer resets",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      let written = 0;
      const writing = (async () => {
        for (const p = new Uint8Array(1000);; written++) await conn.write(p);
      })().catch((error) => error);
      // Until the system has no room left, and one of them waits.
      for (let before = -1; before !== written;) {
        before = written;
        await assertRejects(
          () => conn.read(new Uint8Array(1), { timeoutMs: 100 }),
          errors.TimedOut,
        );
      }
      const taken = written;
      await peer.reset();
      assertBroken(await writing);
      assertEquals(written, taken);
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
