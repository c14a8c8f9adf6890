/**
 * Moving bytes from one connection to another.
 *
 * @module
 */
import { type Conn, copy, type CopySource, errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  assertSameBytes,
  bytes,
  CLOGGING,
  pattern,
  readAll,
  readText,
} from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";

/** Cases of `copy`. */
export const copying: readonly Case[] = [
  ...overEach(
    "copy() echoes to the end, and tells how much",
    async (net, over) => {
      using ends = await pair(net, over);
      const sent = pattern(3_000_000);
      const echo = copy(ends.server, ends.server).then(async (moved) => {
        await ends.server.closeWrite();
        return moved;
      });
      const writing = ends.client.write(sent).then(() =>
        ends.client.closeWrite()
      );
      assertSameBytes(await readAll(ends.client), sent);
      await writing;
      assertEquals(await echo, sent.byteLength);
    },
  ),
  ...overEach("an aborted copy() loses nothing", async (net, over) => {
    using ends = await pair(net, over);
    using other = await pair(net, over);
    const sent = pattern(2_000_000);
    const writing = ends.client.write(sent).then(() =>
      ends.client.closeWrite()
    );
    const received = readAll(other.client);
    for (let round = 0;; round++) {
      const controller = new AbortController();
      const copying = copy(ends.server, other.server, {
        signal: controller.signal,
      });
      if (round < 20) setTimeout(() => controller.abort("pause"), round % 4);
      const outcome = await copying.catch((error) => error);
      if (outcome !== "pause") {
        assert(typeof outcome === "number", String(outcome));
        break;
      }
    }
    await other.server.closeWrite();
    await writing;
    assertSameBytes(await received, sent);
  }),
  ...overEach(
    "copy() aborted between its read and its write loses nothing",
    async (net, over) => {
      for (let steps = 0; steps < 8; steps++) {
        using ends = await pair(net, over);
        using other = await pair(net, over);
        const controller = new AbortController();
        const from: CopySource = {
          read: (p, options) => stopAfter(ends.server.read(p, options)),
          readChunk: (options) => stopAfter(ends.server.readChunk(options)),
        };
        const stopAfter = async <T>(reading: Promise<T>): Promise<T> => {
          const result = await reading;
          (async () => {
            for (let i = 0; i < steps; i++) await Promise.resolve();
            controller.abort("stop");
          })();
          return result;
        };
        await ends.client.write(bytes("all of it"));
        const { signal } = controller;
        await copy(from, other.server, { signal }).catch((error) => {
          assertEquals(error, "stop");
        });
        assertEquals(await readText(other.client), "all of it");
      }
    },
  ),
  ...overEach(
    "copy() to a peer that does not read can be stopped",
    async (net, over) => {
      using ends = await pair(net, over);
      using other = await pair(net, over);
      const feeding = ends.client.write(pattern(CLOGGING)).catch(() => {});
      const copying = copy(ends.server, other.server, { timeoutMs: 300 });
      const error = await assertRejects(() => copying, errors.TimedOut);
      assertEquals(error.operation, "write");
      ends.client.close();
      await feeding;
    },
  ),
  ...overEach(
    "copy() fails with what the reading or the writing failed with",
    async (net, over) => {
      using ends = await pair(net, over);
      using other = await pair(net, over);
      other.client.close();
      const copying = copy(ends.server, other.server);
      const outcome = copying.then(() => undefined, (error) => error);
      let failure: unknown;
      outcome.then((error) => failure = error);
      await feedUntil(ends.client, () => failure !== undefined);
      assert(
        failure instanceof errors.BrokenPipe ||
          failure instanceof errors.ConnectionReset,
        String(failure),
      );
    },
  ),
];

async function feedUntil(conn: Conn, enough: () => boolean): Promise<void> {
  for (let i = 0; i < 10_000 && !enough(); i++) {
    await conn.write(bytes("more"));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
