/**
 * Servers: how they stop.
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
  text,
} from "../bytes.ts";
import { type Case, to } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";
import { echo, echoed, Gate, RESET, ServerLog, serving } from "./server_log.ts";

/** Cases of `Server.shutdown`, and of what else ends a server. */
export const shutdowns: readonly Case[] = [
  {
    name: "shutdown() lets handlers finish, and loses nothing that they wrote",
    async run(net) {
      const answer = pattern(CLOGGING);
      const asked = new Gate();
      await using server = await serving(net, async (conn, { signal }) => {
        await readText(conn);
        asked.open();
        await new Promise((resolve) =>
          signal.addEventListener("abort", resolve)
        );
        await conn.write(answer);
      }, { graceMs: 20_000 });
      using conn = await net.connect(to(server));
      await conn.write(bytes("question"));
      await asked.opened;
      const over = server.shutdown();
      await assertRejects(
        () => net.connect(to(server)),
        errors.ConnectionRefused,
      );
      assertSameBytes(await readAll(conn), answer);
      conn.close();
      await over;
      await server.finished;
      assertEquals(server.stats().closed.done, 1);
    },
  },
  {
    name: "shutdown() under load loses no answer that a handler has written",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(net, echo, {
        graceMs: 20_000,
        ...log.hooks,
      });
      const clients = Array.from({ length: 20 }, async (_, i) => {
        const conn = await net.connect(to(server));
        const block = pattern(10_000, i);
        for (let rounds = 0;; rounds++) {
          // All of what was sent, or none of what came too late.
          const got = await echoed(conn, block).catch((error) => {
            assert(error instanceof errors.BrokenPipe, String(error));
            return new Uint8Array(0);
          });
          if (got.byteLength < block.byteLength) {
            assertSameBytes(got, block.subarray(0, got.byteLength));
            conn.close();
            return rounds;
          }
          assertSameBytes(got, block);
        }
      });
      await log.until("open", 20);
      await server.shutdown();
      await Promise.all(clients);
      const { active, closed } = server.stats();
      assertEquals([active, closed.done], [0, 20]);
    },
  },
  {
    name: "shutdown() resets what is left when the grace is over",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(
        net,
        (conn) => readText(conn),
        { graceMs: 50, ...log.hooks },
      );
      using peer = await RawPeer.connect(server);
      await log.until("open");
      const began = performance.now();
      await server.shutdown();
      assert(performance.now() - began >= 45);
      assertEquals((await peer.readToEnd()).ending, RESET);
      assertEquals(server.stats().closed.shutdown, 1);
      assertEquals(log.errors, []);
      assertEquals(log.words, ["open", "shutdown", "close shutdown"]);
    },
  },
  {
    name: "shutdown() again can shorten the grace, and not lengthen it",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(net, (conn) => readText(conn), {
        graceMs: Infinity,
        ...log.hooks,
      });
      using peer = await RawPeer.connect(server);
      await log.until("open");
      const over = server.shutdown();
      assertEquals(server.stats().active, 1);
      const forced = server.shutdown({ graceMs: 0 });
      server.shutdown({ graceMs: 10_000 });
      await Promise.all([over, forced, server.finished]);
      assertEquals((await peer.readToEnd()).ending, RESET);
      assertEquals(log.words.filter((word) => word === "shutdown").length, 1);
    },
  },
  {
    name: "shutdown() again with a longer grace has no effect",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(
        net,
        (conn) => readText(conn),
        log.hooks,
      );
      using peer = await RawPeer.connect(server);
      await log.until("open");
      server.shutdown({ graceMs: 50 });
      server.shutdown({ graceMs: Infinity });
      await server.shutdown({ graceMs: 60_000 });
      assertEquals((await peer.readToEnd()).ending, RESET);
    },
  },
  {
    name: "the end of the grace cuts off no answer that was written",
    async run(net) {
      // As much as the system takes without anybody reading it.
      const answer = pattern(256 * 1024);
      const written = new Gate();
      await using server = await serving(net, async (conn) => {
        await conn.write(answer);
        written.open();
      });
      using peer = await RawPeer.connect(server);
      await written.opened;
      // By then the handler has returned, and FIN is sent.
      await new Promise((resolve) => setTimeout(resolve));
      await server.shutdown({ graceMs: 0 });
      assertEquals(server.stats().closed.done, 1);
      const seen = await peer.readToEnd();
      assertSameBytes(seen.bytes, answer);
      assertEquals(seen.ending, "end");
    },
  },
  {
    name: "shutdown() does not wait for handlers whose connections are closed",
    async run(net) {
      const log = new ServerLog();
      const server = await serving(
        net,
        () => new Promise(() => {}),
        { graceMs: 0, ...log.hooks },
      );
      using peer = await RawPeer.connect(server);
      await log.until("open");
      await server.shutdown();
      await peer.readToEnd();
      assertEquals(server.stats().active, 0);
    },
  },
  {
    name: "a handler that rejects with the signal's reason has ended in order",
    async run(net) {
      const log = new ServerLog();
      const read = new Gate();
      await using server = await serving(net, async (conn, { signal }) => {
        await conn.write(bytes("welcome"));
        const reading = conn.readChunk({ signal });
        read.open();
        await reading;
      }, { graceMs: 20_000, ...log.hooks });
      using peer = await RawPeer.connect(server);
      await read.opened;
      const over = server.shutdown();
      const seen = await peer.readToEnd();
      assertEquals([text(seen.bytes), seen.ending], ["welcome", "end"]);
      await peer.end();
      await over;
      assertEquals(server.stats().closed.done, 1);
      assertEquals(log.errors, []);
    },
  },
  {
    name: "the signal of the options shuts the server down",
    async run(net) {
      const log = new ServerLog();
      const stop = new AbortController();
      const server = await serving(net, echo, {
        signal: stop.signal,
        graceMs: 20_000,
        ...log.hooks,
      });
      using conn = await net.connect(to(server));
      await echoed(conn, bytes("x"));
      stop.abort();
      assertEquals(await readText(conn), null);
      conn.close();
      await server.finished;
      assertEquals(log.words, ["open", "shutdown", "close done"]);
      await server.shutdown();
    },
  },
  {
    name: "a signal that has aborted before opens nothing",
    async run(net) {
      const reason = new Error("too late");
      const signal = AbortSignal.abort(reason);
      const options = { signal };
      assertEquals(
        await assertRejects(() => serving(net, echo, options)),
        reason,
      );
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      assertEquals(
        await assertRejects(() => net.serve(listener, echo, options)),
        reason,
      );
      // It was not taken over.
      const [client, conn] = await Promise.all([
        net.connect(to(listener)),
        listener.accept(),
      ]);
      client.close();
      conn.close();
    },
  },
  {
    name: "closing its listener ends a server once its handlers have finished",
    async run(net) {
      const listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const server = await net.serve(listener, echo);
      using conn = await net.connect(to(listener));
      await echoed(conn, bytes("x"));
      listener.close();
      assertEquals(text(await echoed(conn, bytes("still"))), "still");
      await conn.closeWrite();
      assertEquals(await readText(conn), null);
      await server.finished;
      assertEquals(server.stats().closed.done, 1);
    },
  },
  {
    name: "shutdown() refuses a graceMs that is none",
    async run(net) {
      await using server = await serving(net, echo);
      for (const graceMs of [-1, NaN, 2 ** 31, "5", null]) {
        const error = await assertRejects(() =>
          server.shutdown({ graceMs: graceMs as number })
        );
        assert(error instanceof TypeError || error instanceof RangeError);
      }
      // And goes on serving.
      using conn = await net.connect(to(server));
      assertEquals(text(await echoed(conn, bytes("on"))), "on");
    },
  },
  {
    name: "a server that is full stops all the same",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(net, (conn) => readText(conn), {
        maxConnections: 1,
        ...log.hooks,
      });
      using first = await RawPeer.connect(server);
      using second = await RawPeer.connect(server);
      await log.until("open");
      await server.shutdown();
      await Promise.all([first.readToEnd(), second.readToEnd()]);
      assertEquals(server.stats().accepted, 1);
    },
  },
];
