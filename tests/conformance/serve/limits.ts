/**
 * Servers: how many connections, whose, how fast, and for how long.
 *
 * @module
 */
import {
  type Conn,
  errors,
  type Listener,
  type ServeOptions,
} from "@anyport/sockets";
import { assert, assertEquals } from "@std/assert";
import { bytes, CLOGGING, pattern, readAll, text } from "../bytes.ts";
import { type Case, type Net, to } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";
import { echo, echoed, RESET, ServerLog, serving } from "./server_log.ts";

/** Cases of `serve`: limits. */
export const serverLimits: readonly Case[] = [
  {
    name: "maxConnections is never exceeded, and no client is turned away",
    async run(net) {
      let open = 0, most = 0;
      await using server = await serving(net, async (conn, info) => {
        most = Math.max(most, ++open);
        await echo(conn, info);
        open--;
      }, { maxConnections: 2 });
      await Promise.all(Array.from({ length: 10 }, async (_, i) => {
        using conn = await net.connect(to(server));
        assertEquals(text(await echoed(conn, bytes(`${i}`))), `${i}`);
        await conn.closeWrite();
        assertEquals((await readAll(conn)).byteLength, 0);
      }));
      assertEquals(most, 2);
      assertEquals(server.stats().accepted, 10);
    },
  },
  {
    name: "maxConnectionsPerHost resets what comes beyond it",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(net, echo, {
        maxConnectionsPerHost: 2,
        ...log.hooks,
      });
      const guests: Conn[] = [];
      for (let i = 0; i < 2; i++) {
        guests.push(await net.connect(to(server)));
        await echoed(guests[i], bytes("in"));
      }
      using third = await RawPeer.connect(server);
      assertEquals((await third.readToEnd()).ending, RESET);
      await log.until("reject tooMany");
      // One leaves, and another may come.
      guests[0].close();
      await log.until("close done");
      using fourth = await net.connect(to(server));
      assertEquals(text(await echoed(fourth, bytes("in"))), "in");
      guests[1].close();
      assertEquals(server.stats().rejected, { denied: 0, tooMany: 1 });
    },
  },
  ...lists(),
  {
    name: "acceptRate lets no more than so many connections in at once",
    async run(net) {
      const began = performance.now();
      await using server = await serving(net, echo, { acceptRate: 10 });
      const visits = Array.from({ length: 13 }, async () => {
        using conn = await net.connect(to(server));
        await echoed(conn, bytes("in"));
      });
      await Promise.all(visits);
      // Ten at once, then one each 100 ms.
      const tookMs = performance.now() - began;
      assert(tookMs >= 250, `13 connections in ${tookMs} ms`);
    },
  },
  {
    name: "idleTimeoutMs closes a silent connection, and no other",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(net, echo, {
        idleTimeoutMs: 200,
        ...log.hooks,
      });
      using talking = await net.connect(to(server));
      let silent = true;
      const talk = (async () => {
        while (silent) await echoed(talking, bytes("x"));
      })();
      using quiet = await net.connect(to(server));
      const began = performance.now();
      assertEquals((await readAll(quiet)).byteLength, 0);
      assert(performance.now() - began >= 190);
      silent = false;
      await talk;
      assertEquals(text(await echoed(talking, bytes("there"))), "there");
      await log.until("close idle");
      // That its handler was interrupted is no error of the handler's.
      assertEquals(log.errors, []);
      assertEquals(server.stats().closed.idle, 1);
    },
  },
  {
    name:
      "idleTimeoutMs: Infinity closes no connection, and minRate still does",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(net, echo, {
        idleTimeoutMs: Infinity,
        minRate: { bytesPerSecond: 1, overMs: 100 },
        ...log.hooks,
      });
      using quiet = await net.connect(to(server));
      assertEquals((await readAll(quiet)).byteLength, 0);
      await log.until("close slow");
      const { idle, slow } = server.stats().closed;
      assertEquals([idle, slow], [0, 1]);
    },
  },
  {
    name: "idleTimeoutMs closes a peer that takes nothing, by a reset",
    needs: ["writesWait"],
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(
        net,
        (conn) => conn.write(pattern(CLOGGING)),
        { idleTimeoutMs: 100, ...log.hooks },
      );
      using peer = await RawPeer.connect(server);
      await log.until("close idle");
      const { bytes, ending } = await peer.readToEnd();
      assert(bytes.byteLength < CLOGGING);
      assertEquals(ending, RESET);
      assertEquals(log.errors, []);
    },
  },
  {
    name: "idleTimeoutMs spares a large write that a peer takes bit by bit",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(
        net,
        (conn) => conn.write(pattern(CLOGGING)),
        { idleTimeoutMs: 300, ...log.hooks },
      );
      using conn = await net.connect(to(server));
      const p = new Uint8Array(256 * 1024);
      const began = performance.now();
      let got = 0;
      for (;;) {
        const n = await conn.read(p);
        if (n === null) break;
        got += n;
        // All of it takes three times the limit.
        const early = began + 900 * got / CLOGGING - performance.now();
        if (early > 0) await new Promise((done) => setTimeout(done, early));
      }
      assertEquals(got, CLOGGING);
      assertEquals(log.words.includes("close idle"), false);
    },
  },
  {
    name: "minRate closes a drip, and spares who keeps busy",
    async run(net) {
      const log = new ServerLog();
      await using server = await serving(net, echo, {
        minRate: { bytesPerSecond: 10_000, overMs: 200 },
        ...log.hooks,
      });
      using busy = await net.connect(to(server));
      let dripping = true;
      const work = (async () => {
        const block = pattern(20_000);
        while (dripping) await echoed(busy, block);
      })();
      using drip = await net.connect(to(server));
      let closed = false;
      const ending = readAll(drip).then(
        () => closed = true,
        () => closed = true,
      );
      while (!closed) {
        await drip.write(bytes("x")).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await ending;
      dripping = false;
      await work;
      await log.until("close slow");
      assertEquals(server.stats().closed.slow, 1);
      assertEquals(log.errors, []);
    },
  },
  {
    name: "serve() outlives what accept() fails with, and says so once",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      let failures = 3;
      const failing: Listener = Object.create(listener, {
        accept: {
          value: async () => {
            if (failures-- > 0) {
              throw new errors.TooManyOpenFiles("none left", {
                code: "EMFILE",
                operation: "accept",
                address: listener.addr,
              });
            }
            return await listener.accept();
          },
        },
        addr: { value: listener.addr },
        dropped: { value: 0 },
        close: { value: () => listener.close() },
      });
      const log = new ServerLog();
      const server = await net.serve(failing, echo, log.hooks);
      using conn = await net.connect(to(listener));
      assertEquals(text(await echoed(conn, bytes("on"))), "on");
      assertEquals(log.words, ["acceptFailed", "acceptResumed", "open"]);
      assertEquals(server.stats().acceptFailures, 1);
      await server.shutdown({ graceMs: 0 });
    },
  },
];

function lists(): Case[] {
  const admits: [string, ServeOptions, boolean][] = [
    ["deny of the address", { deny: ["127.0.0.1"] }, false],
    ["deny of its block", { deny: ["10.0.0.0/8", "127.0.0.0/8"] }, false],
    ["deny of another", { deny: ["127.0.0.2", "::1"] }, true],
    ["allow of its block", { allow: ["127.0.0.0/8"] }, true],
    ["allow of another", { allow: ["10.0.0.0/8"] }, false],
    ["allow of no host", { allow: [] }, false],
    ["allow and deny", { allow: ["0.0.0.0/0"], deny: ["127.0.0.1"] }, false],
    ["deny in its mapped form", { deny: ["::ffff:127.0.0.0/104"] }, false],
  ];
  return admits.flatMap(([name, options, admitted]) =>
    ["127.0.0.1", "::"].map((hostname): Case => ({
      name: `a server on ${hostname} with ${name} ${
        admitted ? "lets 127.0.0.1 in" : "resets 127.0.0.1"
      }`,
      needs: hostname === "::" ? ["dualStack"] : [],
      run: (net) => assertAdmits(net, hostname, options, admitted),
    }))
  );
}

async function assertAdmits(
  net: Net,
  hostname: string,
  options: ServeOptions,
  admitted: boolean,
): Promise<void> {
  const log = new ServerLog();
  await using server = await serving(net, echo, {
    hostname,
    ...options,
    ...log.hooks,
  });
  const { addr } = server;
  assert(addr.transport === "tcp");
  using peer = await RawPeer.connect({
    addr: { transport: "tcp", hostname: "127.0.0.1", port: addr.port },
  });
  const seen = peer.readToEnd();
  await log.until(admitted ? "open" : "reject denied");
  if (admitted) await peer.end();
  assertEquals((await seen).ending, admitted ? "end" : RESET);
  assertEquals(server.stats().rejected.denied, admitted ? 0 : 1);
}
