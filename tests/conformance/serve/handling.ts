/**
 * Servers: what becomes of handlers and their connections.
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
import { type Case, overEach, place, to } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";
import { echo, echoed, Gate, RESET, ServerLog, serving } from "./server_log.ts";

/** Cases of `serve`: handlers. */
export const servers: readonly Case[] = [
  ...overEach(
    "serve() closes a connection in order when its handler returns",
    async (net, over) => {
      using where = place(over);
      await using server = await serving(net, async (conn) => {
        assertEquals(await readText(conn), "ping");
        await conn.write(bytes("pong"));
      }, where.listen);
      for (let i = 0; i < 3; i++) {
        using conn = await net.connect(to(server));
        await conn.write(bytes("ping"));
        assertEquals(text(await readAll(conn)), "pong");
      }
      await server.shutdown();
      const { accepted, active, closed } = server.stats();
      assertEquals([accepted, active, closed.done], [3, 0, 3]);
    },
  ),
  ...overEach(
    "serve() takes a listener, and closes it",
    async (net, over) => {
      using where = place(over);
      const listener = await net.listen(where.listen);
      const server = await net.serve(listener, echo);
      assertEquals(server.addr, listener.addr);
      using conn = await net.connect(to(listener));
      assertEquals(text(await echoed(conn, bytes("hello"))), "hello");
      await server.shutdown({ graceMs: 0 });
      await assertRejects(() => listener.accept(), errors.BadResource);
    },
  ),
  {
    name: "a handler that is done delivers what it wrote without waiting",
    async run(net) {
      const sent = pattern(CLOGGING);
      await using server = await serving(net, (conn) => {
        conn.write(sent.subarray(0, CLOGGING / 2));
        conn.write(sent.subarray(CLOGGING / 2));
      });
      using conn = await net.connect(to(server));
      assertSameBytes(await readAll(conn), sent);
    },
  },
  {
    name: "a handler that does not read all loses nothing that it wrote",
    async run(net) {
      const reply = pattern(1024 * 1024);
      await using server = await serving(net, async (conn) => {
        await readText(conn, 1);
        await conn.write(reply);
      });
      using conn = await net.connect(to(server));
      const sending = conn.write(pattern(CLOGGING)).then(
        () => "sent",
        () => "",
      );
      // While all this comes in, the reply goes out, and then FIN.
      assertSameBytes(await readAll(conn), reply);
      assertEquals(await sending, "sent");
    },
  },
  {
    name: "a handler that throws has its connection reset, and nothing else",
    async run(net) {
      const log = new ServerLog();
      const refusal = new Error("no");
      await using server = await serving(net, () => {
        throw refusal;
      }, log.hooks);
      for (let i = 1; i <= 3; i++) {
        using peer = await RawPeer.connect(server);
        assertEquals((await peer.readToEnd()).ending, RESET);
        await log.untilErrors(i);
      }
      assertEquals(log.errors, [refusal, refusal, refusal]);
      assertEquals(server.stats().closed.failed, 3);
    },
  },
  {
    name: "a handler that rejects at any of its steps ends only its connection",
    async run(net) {
      const log = new ServerLog();
      let failAt = 0;
      await using server = await serving(net, async (conn) => {
        const last = failAt;
        const step = (at: number) => {
          if (at === last) throw new Error(`at ${at}`);
        };
        await Promise.resolve();
        step(0);
        await readText(conn);
        step(1);
        await conn.write(bytes("half an answer"));
        step(2);
        const reading = conn.readChunk();
        // Nothing handles it when the next step fails.
        reading.catch(() => {});
        step(3);
        await reading;
        step(4);
        await conn.closeWrite();
        step(5);
      }, log.hooks);
      for (failAt = 0; failAt < 6; failAt++) {
        const peer = await RawPeer.connect(server);
        // What is sent too late is refused.
        await peer.send(bytes("question")).catch(() => {});
        const over = peer.readToEnd();
        if (failAt >= 4) await peer.end();
        await over;
        await log.untilErrors(failAt + 1);
        await peer.close();
      }
      using conn = await net.connect(to(server));
      await conn.write(bytes("question"));
      assertEquals(await readText(conn), "half an answer");
      await conn.closeWrite();
      assertEquals(await readText(conn), null);
      assertEquals(
        log.errors.map(String),
        [0, 1, 2, 3, 4, 5].map((at) => `Error: at ${at}`),
      );
      await log.until("close done");
      const { active, closed } = server.stats();
      assertEquals([active, closed.failed, closed.done], [0, 6, 1]);
    },
  },
  {
    name: "hooks that throw end neither the server nor the process",
    async run(net) {
      const printed = await printing(async () => {
        await using server = await serving(net, (conn) => {
          if (server.stats().accepted === 1) throw new Error("handler");
          return echo(conn, { signal: new AbortController().signal });
        }, {
          onError() {
            throw new Error("onError");
          },
          async onEvent({ type }) {
            await Promise.resolve();
            throw new Error(type);
          },
        });
        using peer = await RawPeer.connect(server);
        await peer.readToEnd();
        const conn = await net.connect(to(server));
        assertEquals(text(await echoed(conn, bytes("on"))), "on");
        await conn.closeWrite();
        assertEquals(await readText(conn), null);
        conn.close();
      });
      assertEquals(
        printed.map((error) => (error as Error).message).sort(),
        ["close", "close", "onError", "open", "open", "shutdown"],
      );
    },
  },
  {
    name: "what a handler throws goes to the console unless there is onError",
    async run(net) {
      const oops = new Error("oops");
      const log = new ServerLog();
      const printed = await printing(async () => {
        await using server = await serving(net, async (conn) => {
          if (await readText(conn) === "x") throw oops;
          await conn.write(pattern(CLOGGING));
        }, { onEvent: log.hooks.onEvent });
        using peer = await RawPeer.connect(server);
        await peer.send(bytes("x"));
        await peer.readToEnd();
        // That a peer breaks off is nothing to be told.
        using rude = await RawPeer.connect(server);
        await rude.send(bytes("y"));
        await rude.reset();
        await log.until("close failed", 2);
      });
      assertEquals(printed, [oops]);
    },
  },
  {
    name: "a handler may close its connection itself",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(
        net,
        (conn) => conn.close(),
        log.hooks,
      );
      using conn = await net.connect(to(server));
      assertEquals(await readText(conn), null);
      await log.until("close done");
      assertEquals(log.errors, []);
    },
  },
  {
    name: "serve() tells what happens, and counts it",
    async run(net) {
      const log = new ServerLog();
      const gate = new Gate();
      await using server = await serving(net, async (conn, info) => {
        await echo(conn, info);
        await gate.opened;
      }, log.hooks);
      const conn = await net.connect(to(server));
      await echoed(conn, pattern(100));
      assertEquals(server.stats(), {
        accepted: 1,
        active: 1,
        closed: { done: 0, failed: 0, idle: 0, slow: 0, shutdown: 0 },
        rejected: { denied: 0, tooMany: 0 },
        dropped: 0,
        acceptFailures: 0,
        bytesRead: 100,
        bytesWritten: 100,
      });
      await conn.closeWrite();
      gate.open();
      assertEquals(await readText(conn), null);
      conn.close();
      await log.until("close done");
      await server.shutdown();
      assertEquals(log.words, ["open", "close done", "shutdown"]);
      const { active, closed, bytesRead, bytesWritten } = server.stats();
      assertEquals([active, closed.done, bytesRead, bytesWritten], [
        0,
        1,
        100,
        100,
      ]);
    },
  },
  {
    name: "serve() goes on when the connections of many peers are reset",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(net, echo, log.hooks);
      for (let i = 0; i < 20; i++) {
        const peer = await RawPeer.connect(server);
        if (i % 2 === 0) await peer.send(bytes("x"));
        await peer.reset();
      }
      using conn = await net.connect(to(server));
      assertEquals(text(await echoed(conn, bytes("still here"))), "still here");
      assert(server.stats().accepted >= 1);
    },
  },
];

/** What goes to the console as an error meanwhile. */
async function printing(run: () => Promise<void>): Promise<unknown[]> {
  const printed: unknown[] = [];
  const { error } = console;
  console.error = (...words: unknown[]) => {
    printed.push(...words);
  };
  try {
    await run();
  } finally {
    console.error = error;
  }
  return printed;
}
