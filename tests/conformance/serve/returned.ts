/**
 * Servers: what goes on with a connection after its handler has returned, or
 * after the server has closed it, and what it is told.
 *
 * @module
 */
import { type Conn, errors, type ServeOptions } from "@anyport/sockets";
import { assert, assertEquals } from "@std/assert";
import {
  assertSameBytes,
  bytes,
  CLOGGING,
  pattern,
  readAll,
  readText,
} from "../bytes.ts";
import { type Case, overEach, place, to } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";
import { Gate, ServerLog, serving } from "./server_log.ts";
import { withCertificates } from "../tls/pair.ts";
import { sidesOf } from "../tls/start_pair.ts";

const RETURNED = "closed by serve(): its handler has returned";

const IN_PLACE = (conn: Conn) => conn.read(new Uint8Array(1));
const BY_CHUNK = (conn: Conn) => conn.readChunk();
const A_WRITE = (conn: Conn) => conn.write(pattern(CLOGGING));

/** What a call was rejected with. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return `resolved ${await call}`;
  } catch (error) {
    return error;
  }
}

/** Each way to use a connection, by name. */
const uses: readonly [name: string, use: (conn: Conn) => Promise<unknown>][] = [
  ["read()", (conn) => conn.read(new Uint8Array(1))],
  ["readChunk()", (conn) => conn.readChunk()],
  ["readChunk({ timeoutMs })", (conn) => conn.readChunk({ timeoutMs: 9_000 })],
  ["readable", (conn) => conn.readable.getReader().read()],
  ["for await", async (conn) => {
    for await (const _ of conn.readable);
  }],
  ["write()", (conn) => conn.write(bytes("late"))],
  ["write([])", (conn) => conn.write([bytes("a"), bytes("b")])],
  ["writable", (conn) => conn.writable.getWriter().write(bytes("late"))],
];

/** Cases of `serve`: handlers that have returned. */
export const serverReturns: readonly Case[] = [
  ...uses.map(([name, use]): Case => ({
    name: `${name} says that the handler of serve() has returned`,
    async run(net) {
      let given: Conn | undefined;
      const log = new ServerLog();
      await using server = await serving(net, (conn) => {
        given = conn;
      }, log.hooks);
      using peer = await net.connect(to(server));
      // The peer has seen FIN, and has not ended yet.
      assertEquals(await readText(peer), null);
      const early = await failureOf(use(given!));
      assertTold(early, errors.BadResource, RETURNED);
      await peer.closeWrite();
      await log.until("close done");
      const late = await failureOf(
        name === "readable" || name === "for await" || name === "writable"
          ? given!.readChunk()
          : use(given!),
      );
      assertTold(late, errors.BadResource, RETURNED);
    },
  })),
  ...overEach(
    "a read that waits is interrupted when its handler returns without it",
    async (net, over) => {
      using where = place(over);
      for (const read of [BY_CHUNK, IN_PLACE]) {
        let reading: Promise<unknown> | undefined;
        const server = await serving(net, (conn) => {
          reading = failureOf(read(conn));
        }, where.listen);
        using peer = await net.connect(to(server));
        assertEquals(await readText(peer), null);
        await peer.write(bytes("too late"));
        const failure = await reading;
        assertTold(failure, errors.Interrupted, RETURNED);
        await server.shutdown();
      }
    },
  ),
  {
    name: "a handler that returned may still close or reset its connection",
    async run(net) {
      for (const how of ["close", "reset"] as const) {
        let given: Conn | undefined;
        const log = new ServerLog();
        await using server = await serving(net, (conn) => {
          given = conn;
        }, log.hooks);
        using peer = await net.connect(to(server));
        assertEquals(await readText(peer), null);
        given![how]();
        await log.until("close done");
      }
    },
  },
  ...withCertificates([{
    name: "a handler that returns over startTls() loses nothing it wrote",
    async run(net) {
      const sides = await sidesOf();
      const answer = pattern(CLOGGING);
      const failed = new Gate();
      let failure: unknown;
      await using server = await serving(net, async (conn) => {
        const secure = await net.startTls(conn, sides.server);
        secure.readChunk().catch((error) => {
          failure = error;
          failed.open();
        });
        // Not awaited: it is sent all the same.
        secure.write(answer);
      });
      using plain = await net.connect(to(server));
      using secure = await net.startTls(plain, sides.client);
      assertSameBytes(await readAll(secure), answer);
      await failed.opened;
      assertTold(failure, errors.Interrupted, RETURNED);
    },
  }]),
  ...tells("past idleTimeoutMs", "no byte moved within idleTimeoutMs", {
    idleTimeoutMs: 50,
  }),
  ...tells("below minRate", "fewer bytes moved than minRate asks for", {
    minRate: { bytesPerSecond: 1e9, overMs: 100 },
  }),
  ...tells("past a shutdown", "the grace of its shutdown is over"),
  {
    name: "calls of a connection whose handler failed say so",
    async run(net) {
      let left: Promise<unknown> | undefined, given: Conn | undefined;
      const log = new ServerLog();
      await using server = await serving(net, (conn) => {
        given = conn;
        left = failureOf(conn.readChunk());
        throw new Error("failed");
      }, log.hooks);
      using peer = await RawPeer.connect(server);
      await peer.readToEnd();
      await log.until("close failed");
      for (const failure of [await left, await failureOf(given!.readChunk())]) {
        assertTold(
          failure,
          errors.SocketError,
          "reset by serve(): its handler has failed",
        );
      }
    },
  },
];

/** @param options Those whose limit ends the connection; a shutdown does, where there are none. */
function tells(when: string, reason: string, options?: ServeOptions): Case[] {
  const calls = {
    "read()": IN_PLACE,
    "readChunk()": BY_CHUNK,
    "write()": A_WRITE,
  };
  return Object.entries(calls).map(([name, call]): Case => ({
    name: `${name} of a connection ${when} says so`,
    needs: name === "write()" ? ["writesWait"] : [],
    async run(net) {
      let given: Conn | undefined, failure: unknown;
      const called = new Gate(), log = new ServerLog();
      await using server = await serving(net, async (conn) => {
        given = conn;
        const failing = failureOf(call(conn));
        called.open();
        failure = await failing;
      }, { ...options, ...log.hooks });
      using peer = await RawPeer.connect(server);
      await called.opened;
      if (options === undefined) await server.shutdown({ graceMs: 0 });
      await log.until(
        options === undefined
          ? "close shutdown"
          : `close ${"minRate" in options ? "slow" : "idle"}`,
      );
      await peer.readToEnd();
      await server.shutdown();
      assertTold(failure, errors.Interrupted, reason);
      assertTold(await failureOf(call(given!)), errors.BadResource, reason);
      assertEquals(log.errors, []);
    },
  }));
}

function assertTold(
  failure: unknown,
  kind: typeof errors.SocketError,
  reason: string,
): void {
  assert(failure instanceof kind, String(failure));
  assert(failure.message.includes(reason), failure.message);
}
