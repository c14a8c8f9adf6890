/**
 * Ending one direction, and going on in the other.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import { assertEquals, assertRejects } from "@std/assert";
import {
  assertSameBytes,
  bytes,
  CLOGGING,
  pattern,
  readAll,
  readText,
} from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";

/** Cases of `Conn.closeWrite`. */
export const halfClose: readonly Case[] = [
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
  ...overEach(
    "closeWrite() resolves though the peer has closed",
    async (net, over) => {
      for (const which of ["server", "client"] as const) {
        using ends = await pair(net, over);
        const other = which === "server" ? "client" : "server";
        ends[other].close();
        assertEquals(await readText(ends[which]), null);
        // Let the runtime find out whatever it can.
        await new Promise((resolve) => setTimeout(resolve, 10));
        await ends[which].closeWrite();
      }
    },
  ),
  {
    name:
      "write() to a peer that has closed its Unix socket rejects BrokenPipe",
    needs: ["unix"],
    async run(net) {
      for (const which of ["server", "client"] as const) {
        using ends = await pair(net, "unix");
        const other = which === "server" ? "client" : "server";
        ends[other].close();
        assertEquals(await readText(ends[which]), null);
        for (let i = 0; i < 2; i++) {
          await assertRejects(
            () => ends[which].write(bytes("x")),
            errors.BrokenPipe,
          );
          // Also when the runtime has found out whatever it can.
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
    },
  },
  ...overEach("both ends may closeWrite(), then close()", async (net, over) => {
    using ends = await pair(net, over);
    await Promise.all([ends.client.closeWrite(), ends.server.closeWrite()]);
    assertEquals(await readText(ends.client), null);
    assertEquals(await readText(ends.server), null);
    ends.client.close();
    ends.server.close();
  }),
  ...overEach(
    "closeWrite() after close() rejects BadResource, also if it was interrupted",
    async (net, over) => {
      using ends = await pair(net, over);
      const writing = ends.client.write(pattern(CLOGGING));
      const outcomes = Promise.allSettled([writing, ends.client.closeWrite()]);
      ends.client.close();
      for (const [i, outcome] of (await outcomes).entries()) {
        const { reason } = outcome as PromiseRejectedResult;
        assertEquals([reason.name, reason.operation], [
          "Interrupted",
          ["write", "closeWrite"][i],
        ]);
      }
      await assertRejects(() => ends.client.closeWrite(), errors.BadResource);
    },
  ),
  ...overEach(
    "closeWrite() that was done before close() stays done",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.closeWrite();
      ends.client.close();
      await ends.client.closeWrite();
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
];
