/**
 * Connecting: addresses, failures, cancelling.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { join } from "node:path";
import { bytes, readText } from "../bytes.ts";
import {
  type Case,
  overEach,
  pair,
  place,
  socketDirectory,
  to,
} from "../case.ts";
import { RawServer } from "../raw_peer.ts";

/** Cases of `connect`. */
export const connecting: readonly Case[] = [
  {
    name:
      "connect() where no socket listens rejects ConnectionRefused, and says where",
    async run(net) {
      const listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = listener.addr;
      listener.close();
      const error = await assertRejects(
        () => net.connect({ port }),
        errors.ConnectionRefused,
      );
      assertEquals([error.code, error.operation, error.name], [
        "ECONNREFUSED",
        "connect",
        "ConnectionRefused",
      ]);
      assertEquals(error.address, {
        transport: "tcp",
        hostname: "127.0.0.1",
        port,
      });
      assertEquals(
        error.message,
        `Cannot connect to 127.0.0.1:${port}: connection refused (ECONNREFUSED)`,
      );
      assert(error.cause instanceof Error);
      const six = await assertRejects(
        () => net.connect({ hostname: "::1", port }),
        errors.ConnectionRefused,
      );
      assert(
        six.message.startsWith(`Cannot connect to [::1]:${port}: `),
        six.message,
      );
    },
  },
  {
    name:
      "connect() to a name whose addresses all refuse rejects ConnectionRefused, and names it",
    async run(net) {
      const listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = listener.addr;
      listener.close();
      const error = await assertRejects(
        () => net.connect({ hostname: "localhost", port }),
        errors.ConnectionRefused,
      );
      assertEquals(
        error.message,
        `Cannot connect to localhost:${port}: connection refused (ECONNREFUSED)`,
      );
    },
  },
  {
    name: "connect() to a path that is missing rejects NotFound",
    needs: ["unix"],
    async run(net) {
      using directory = socketDirectory();
      const path = join(directory.path, "missing");
      const error = await assertRejects(
        () => net.connect({ path }),
        errors.NotFound,
      );
      assertEquals([error.code, error.operation], ["ENOENT", "connect"]);
      assertEquals(error.address, { transport: "unix", path });
      assert(
        error.message.startsWith(`Cannot connect to ${path}: `),
        error.message,
      );
    },
  },
  ...overEach(
    "connect() right after the listener was closed is refused, also while accepts waited",
    async (net, over) => {
      using where = place(over);
      const listener = await net.listen(where.listen);
      const accepting = listener.accept().catch((error) => error);
      const options = to(listener);
      listener.close();
      const error = await assertRejects(() => net.connect(options));
      assert(
        error instanceof errors.ConnectionRefused ||
          error instanceof errors.NotFound,
        String(error),
      );
      await accepting;
    },
  ),
  ...overEach(
    "connect() reaches a listener before it accepts",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      using client = await net.connect(to(listener));
      await client.write(bytes("early"));
      using conn = await listener.accept();
      assertEquals(await readText(conn), "early");
    },
  ),
  ...overEach(
    "connect() with an aborted signal rejects the reason, and connects not",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const reason = new Error("too late");
      const signal = AbortSignal.abort(reason);
      const outcome = net.connect({ ...to(listener), signal });
      assertStrictEquals(await outcome.catch((error) => error), reason);
      await assertRejects(
        () => listener.accept({ timeoutMs: 20 }),
        errors.TimedOut,
      );
    },
  ),
  ...overEach(
    "connect() aborted in the same turn rejects the reason, and leaves nothing open",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      for (let steps = 0; steps < 12; steps++) {
        const controller = new AbortController();
        const connecting = net.connect({
          ...to(listener),
          signal: controller.signal,
        });
        const outcome = connecting.then((conn) => conn, (error) => error);
        for (let i = 0; i < steps; i++) await Promise.resolve();
        controller.abort("stop");
        const result = await outcome;
        if (result !== "stop") result.close();
      }
      // Whatever came through of those is at its end.
      using last = await net.connect(to(listener));
      await last.write(bytes("last"));
      for (;;) {
        using conn = await listener.accept();
        const word = await readText(conn).catch((error) => {
          assert(error instanceof errors.ConnectionReset, String(error));
          return null;
        });
        if (word === "last") break;
        assertEquals(word, null);
      }
    },
  ),
  {
    name:
      "connect() by name, aborted while it is being resolved, rejects the reason",
    async run(net) {
      using listener = await net.listen({ hostname: "localhost", port: 0 });
      const controller = new AbortController();
      const outcome = net.connect({
        hostname: "localhost",
        port: listener.addr.port,
        signal: controller.signal,
      }).catch((error) => error);
      controller.abort("stop");
      assertEquals(await outcome, "stop");
      await assertRejects(
        () => listener.accept({ timeoutMs: 50 }),
        errors.TimedOut,
      );
    },
  },
  ...overEach(
    "aborting after connect() has resolved has no effect",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const controller = new AbortController();
      using client = await net.connect({
        ...to(listener),
        signal: controller.signal,
        timeoutMs: 60_000,
      });
      controller.abort();
      using conn = await listener.accept();
      await client.write(bytes("on"));
      assertEquals(await readText(conn), "on");
    },
  ),
  ...overEach(
    "connect() gives what the system has connected in time, though the process was busy until later",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const options = { ...to(listener), timeoutMs: 50 };
      // More than Deno gives results in a turn.
      const connecting = Promise.allSettled(
        Array.from({ length: 300 }, () => net.connect(options)),
      );
      // Until each has asked the system, and its time is up.
      for (let turns = 0; turns < 50; turns++) await Promise.resolve();
      for (const end = performance.now() + 100; performance.now() < end;);
      const outcomes = await connecting;
      for (const outcome of outcomes) {
        if (outcome.status === "fulfilled") outcome.value.close();
      }
      assertEquals(
        outcomes.filter(({ status }) => status === "rejected"),
        [],
      );
    },
  ),
  {
    name: "connect() talks to a peer that is not the library",
    async run(net) {
      using server = await RawServer.listen();
      const { hostname, port } = server.addr;
      using conn = await net.connect({ hostname, port });
      const peer = await server.accept();
      await peer.send(bytes("welcome"));
      assertEquals(await readText(conn), "welcome");
      await conn.write(bytes("thanks"));
      conn.close();
      const seen = await peer.readToEnd();
      assertEquals([...seen.bytes], [...bytes("thanks")]);
      assertEquals(seen.ending, "end");
      await peer.close();
    },
  },
  {
    name:
      "a connected end reads what came before the peer's reset, then ConnectionReset",
    needs: ["bytesBeforeReset"],
    async run(net) {
      using server = await RawServer.listen();
      const { hostname, port } = server.addr;
      using conn = await net.connect({ hostname, port });
      const peer = await server.accept();
      await peer.send(bytes("before"));
      await peer.reset();
      assertEquals(await readText(conn), "before");
      for (let i = 0; i < 3; i++) {
        await assertRejects(() => readText(conn), errors.ConnectionReset);
      }
    },
  },
  ...overEach(
    "localAddr and remoteAddr are there from the start, and after close()",
    async (net, over) => {
      using ends = await pair(net, over);
      const before = [ends.client, ends.server].map((
        c,
      ) => [c.localAddr, c.remoteAddr]);
      ends.client.close();
      ends.server.close();
      ends.listener.close();
      const after = [ends.client, ends.server].map((
        c,
      ) => [c.localAddr, c.remoteAddr]);
      assertEquals(after, before);
      const [[local, remote]] = before;
      if (remote.transport === "tcp" && local.transport === "tcp") {
        assertEquals(local.hostname, "127.0.0.1");
        assert(local.port > 0);
      } else {
        assertEquals(local, { transport: "unix", path: "" });
      }
    },
  ),
];
