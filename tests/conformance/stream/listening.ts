/**
 * Listening: where one may listen, and what is refused.
 *
 * @module
 */
import { errors, type ListenOptions } from "@anyport/sockets";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { bytes, readText } from "../bytes.ts";
import { assertServes, type Case, overEach, pair, place, to } from "../case.ts";

/** Cases of `listen`. */
export const listening: readonly Case[] = [
  {
    name: "a connection accepted on every address tells the one it came to",
    async run(net) {
      using listener = await net.listen({ port: 0 });
      const { port } = listener.addr;
      const [client, server] = await Promise.all([
        net.connect({ hostname: "127.0.0.1", port }),
        listener.accept(),
      ]);
      assertEquals(server.localAddr, client.remoteAddr);
      assertEquals(server.localAddr.hostname, "127.0.0.1");
      client.close();
      server.close();
    },
  },
  {
    name: "listen() on port 0 tells the port it got",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const { transport, hostname, port } = listener.addr;
      assertEquals([transport, hostname], ["tcp", "127.0.0.1"]);
      assert(Number.isInteger(port) && port > 0, String(port));
      assertEquals(listener.dropped, 0);
    },
  },
  {
    name: "listen() without a hostname takes connections on every IPv4 address",
    async run(net) {
      using listener = await net.listen({ port: 0 });
      assertEquals(listener.addr.hostname, "0.0.0.0");
      using client = await net.connect({ port: listener.addr.port });
      using server = await listener.accept();
      await client.write(bytes("hi"));
      assertEquals(await readText(server), "hi");
    },
  },
  ...["::1", "[::1]", "::1%1", "[::1%1]", "0:0:0:0:0:0:0:1"].map((
    hostname,
  ): Case => ({
    name: `listen() and connect() take the hostname ${hostname}`,
    async run(net) {
      using listener = await net.listen({ hostname, port: 0 });
      using client = await net.connect({ hostname, port: listener.addr.port });
      using server = await listener.accept();
      assertEquals(listener.addr.hostname.replace("%1", ""), "::1");
      assertEquals(server.remoteAddr, client.localAddr);
      using again = await net.connect(to(listener));
      (await listener.accept()).close();
      again.close();
    },
  })),
  {
    name: "listen() on :: takes IPv4 connections too",
    needs: ["dualStack"],
    async run(net) {
      using listener = await net.listen({ hostname: "::", port: 0 });
      using client = await net.connect({ port: listener.addr.port });
      (await listener.accept()).close();
      client.close();
    },
  },
  {
    name: "listen() with ipv6Only leaves the IPv4 port to others",
    needs: ["ipv6Only"],
    async run(net) {
      using four = await net.listen({ hostname: "0.0.0.0", port: 0 });
      const { port } = four.addr;
      using six = await net.listen({ hostname: "::", port, ipv6Only: true });
      assertEquals(six.addr.port, port);
      for (
        const [hostname, listener] of [
          ["127.0.0.1", four],
          ["::1", six],
        ] as const
      ) {
        using client = await net.connect({ hostname, port });
        using server = await listener.accept();
        assertEquals(server.remoteAddr, client.localAddr);
      }
    },
  },
  {
    name: "listen() with ipv6Only takes no connections over IPv4",
    needs: ["ipv6Only"],
    async run(net) {
      using six = await net.listen({ hostname: "::", port: 0, ipv6Only: true });
      await assertRejects(
        () => net.connect({ port: six.addr.port }),
        errors.ConnectionRefused,
      );
    },
  },
  {
    name: "listen() on a name resolves it",
    async run(net) {
      using listener = await net.listen({ hostname: "localhost", port: 0 });
      using client = await net.connect({
        hostname: "localhost",
        port: listener.addr.port,
      });
      (await listener.accept()).close();
      client.close();
    },
  },
  ...overEach(
    "listen() where a socket listens rejects AddrInUse, and says where",
    async (net, over) => {
      using where = place(over);
      using first = await net.listen(where.listen);
      const { addr } = first;
      const again: ListenOptions = addr.transport === "unix"
        ? where.listen
        : { hostname: addr.hostname, port: addr.port };
      const error = await assertRejects(
        () => net.listen(again),
        errors.AddrInUse,
      );
      assertEquals(error.code, "EADDRINUSE");
      assertEquals(error.operation, "listen");
      assertEquals(error.address, addr);
      assertEquals(error.name, "AddrInUse");
      assert(error.cause instanceof Error);
      const shown = addr.transport === "unix"
        ? addr.path
        : `127.0.0.1:${addr.port}`;
      assertEquals(
        error.message,
        `Cannot listen on ${shown}: address already in use (EADDRINUSE)`,
      );
    },
  ),
  {
    name: "listen() on another machine's address rejects AddrNotAvailable",
    async run(net) {
      const error = await assertRejects(
        () => net.listen({ hostname: "192.0.2.77", port: 0 }),
        errors.AddrNotAvailable,
      );
      assertEquals(error.code, "EADDRNOTAVAIL");
    },
  },
  ...overEach(
    "close() frees the address at once, also while accepts wait",
    async (net, over) => {
      using where = place(over);
      let options = where.listen;
      for (let round = 0; round < 5; round++) {
        const listener = await net.listen(options);
        if (listener.addr.transport === "tcp") {
          options = { hostname: "127.0.0.1", port: listener.addr.port };
        }
        const accepts = Promise.allSettled([
          listener.accept(),
          listener.accept(),
        ]);
        if (round % 2 === 0) await Promise.resolve();
        listener.close();
        using again = await net.listen(options);
        assertEquals(again.addr, listener.addr);
        await accepts;
      }
    },
  ),
  ...overEach("close() leaves accepted connections open", async (net, over) => {
    using ends = await pair(net, over);
    ends.listener.close();
    await ends.client.write(bytes("still"));
    assertEquals(await readText(ends.server), "still");
  }),
  ...overEach(
    "listen() with an aborted signal rejects its reason and listens not",
    async (net, over) => {
      using where = place(over);
      const reason = new Error("never mind");
      const signal = AbortSignal.abort(reason);
      const refused = net.listen({ ...where.listen, signal }).catch((error) =>
        error
      );
      assertStrictEquals(await refused, reason);
      using listener = await net.listen(where.listen);
      assertEquals(listener.addr.transport, over);
    },
  ),
  ...overEach(
    "listen() rejects when its signal aborts right after the call, and frees the address",
    async (net, over) => {
      using where = place(over);
      for (let turns = 0; turns < 4; turns++) {
        const controller = new AbortController();
        const reason = new Error("changed my mind");
        const { signal } = controller;
        const listening = net.listen({ ...where.listen, signal })
          .then((listener) => listener.close(), (error) => error);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        controller.abort(reason);
        const error = await listening;
        // It may have been there already.
        if (turns === 0 || error !== undefined) {
          assertStrictEquals(error, reason);
        }
      }
      using listener = await net.listen(where.listen);
      await assertServes(net, listener);
    },
  ),
  ...overEach(
    "a signal that aborts after listen() has no effect",
    async (net, over) => {
      using where = place(over);
      const controller = new AbortController();
      using listener = await net.listen({
        ...where.listen,
        signal: controller.signal,
      });
      controller.abort();
      using client = await net.connect(to(listener));
      (await listener.accept()).close();
      client.close();
    },
  ),
  {
    name:
      "listen() aborted while under way rejects the reason, and frees the address",
    async run(net) {
      using reserved = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const { hostname, port } = reserved.addr;
      reserved.close();
      for (let round = 0; round < 10; round++) {
        const controller = new AbortController();
        const listening = net.listen({
          hostname,
          port,
          signal: controller.signal,
        });
        for (let i = 0; i < round; i++) await Promise.resolve();
        const late = listening.then((listener) => listener, (error) => error);
        controller.abort("stop");
        const outcome = await late;
        if (outcome !== "stop") outcome.close();
        (await net.listen({ hostname, port })).close();
      }
    },
  },
];
