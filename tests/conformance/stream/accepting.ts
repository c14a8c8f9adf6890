/**
 * Accepting: order, resets, backlog, closing, cancelling.
 *
 * @module
 */
import { type Conn, errors } from "@anyport/sockets";
import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { bytes, readText } from "../bytes.ts";
import { assertServes, type Case, overEach, pair, place, to } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";

/** Cases of `Listener.accept` and of iterating over a listener. */
export const accepting: readonly Case[] = [
  ...overEach(
    "accept() gives a connection and the peer's address",
    async (net, over) => {
      using ends = await pair(net, over);
      assertEquals(ends.server.remoteAddr, ends.client.localAddr);
      assertEquals(ends.server.localAddr, ends.listener.addr);
      assertEquals(ends.client.remoteAddr, ends.listener.addr);
    },
  ),
  ...overEach(
    "several accepts are served in the order they were called",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const order: number[] = [];
      const accepts = Array.from(
        { length: 5 },
        (_, i) =>
          listener.accept().then((conn) => {
            order.push(i);
            return conn;
          }),
      );
      const clients: Conn[] = [];
      for (let i = 0; i < 5; i++) {
        const client = await net.connect(to(listener));
        await client.write(new Uint8Array([i]));
        clients.push(client);
      }
      const conns = await Promise.all(accepts);
      assertEquals(order, [0, 1, 2, 3, 4]);
      for (const [i, conn] of conns.entries()) {
        assertEquals([...(await conn.readChunk())!], [i]);
        conn.close();
        clients[i].close();
      }
    },
  ),
  ...overEach(
    "connections that came first are accepted first, with what they sent",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const clients: Conn[] = [];
      for (const word of ["one", "two", "three"]) {
        const client = await net.connect(to(listener));
        await client.write(bytes(word));
        await client.closeWrite();
        clients.push(client);
      }
      for (const word of ["one", "two", "three"]) {
        using conn = await listener.accept();
        assertEquals(await readText(conn), word);
        assertEquals(await readText(conn), null);
      }
      for (const client of clients) client.close();
    },
  ),
  {
    name: "a connection that was reset before accept() is skipped",
    needs: ["resetBeforeAccept"],
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      for (let i = 0; i < 3; i++) {
        const peer = await RawPeer.connect(listener);
        if (i === 1) await peer.send(bytes("lost"));
        await peer.reset();
      }
      await assertServes(net, listener);
    },
  },
  {
    name: "a connection that was reset before for await takes it is skipped",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const served = (async () => {
        for await (const conn of listener) {
          // One that was reset a moment later is given all the same.
          await conn.write(bytes("served")).catch((error) => {
            assertInstanceOf(error, errors.SocketError);
          });
          conn.close();
        }
      })();
      for (let i = 0; i < 5; i++) {
        const peer = await RawPeer.connect(listener);
        await peer.reset();
      }
      using client = await net.connect(to(listener));
      assertEquals(await readText(client), "served");
      listener.close();
      await served;
    },
  },
  ...overEach(
    "a client that has closed before accept() is still accepted",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const client = await net.connect(to(listener));
      await client.write(bytes("bye"));
      client.close();
      using conn = await listener.accept();
      assertEquals(await readText(conn), "bye");
      assertEquals(await readText(conn), null);
    },
  ),
  ...overEach(
    "accept() rejects BadResource when close() is called while it waits, and after",
    async (net, over) => {
      using where = place(over);
      const listener = await net.listen(where.listen);
      const waiting = Promise.allSettled([
        listener.accept(),
        listener.accept(),
      ]);
      listener.close();
      for (const result of await waiting) {
        const { reason } = result as PromiseRejectedResult;
        assertInstanceOf(reason, errors.BadResource);
        assertEquals([reason.code, reason.operation], ["EBADF", "accept"]);
      }
      await assertRejects(() => listener.accept(), errors.BadResource);
      listener.close();
    },
  ),
  ...overEach(
    "for await ends when the listener is closed",
    async (net, over) => {
      using where = place(over);
      const listener = await net.listen(where.listen);
      const taken: Conn[] = [];
      const loop = (async () => {
        for await (const conn of listener) {
          taken.push(conn);
          conn.close();
          if (taken.length === 2) listener.close();
        }
      })();
      for (let i = 0; i < 2; i++) (await net.connect(to(listener))).close();
      await loop;
      assertEquals(taken.length, 2);
      for await (const _ of listener) throw new Error("closed, yet it yields");
    },
  ),
  ...overEach(
    "leaving for await leaves the listener open",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const client = await net.connect(to(listener));
      for await (const conn of listener) {
        conn.close();
        break;
      }
      client.close();
      await assertServes(net, listener);
    },
  ),
  ...overEach(
    "steps that are asked for at once come in order, and none after return()",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const steps = listener[Symbol.asyncIterator]();
      const asked = [steps.next(), steps.next()];
      for (const [i, step] of asked.entries()) {
        using client = await net.connect(to(listener));
        using server: Conn = (await step).value;
        assertEquals(server.remoteAddr, client.localAddr, `step ${i}`);
      }
      const end = { done: true, value: undefined } as const;
      assertEquals(await steps.return!(), end);
      assertEquals(await steps.next(), end);
      await assertServes(net, listener);
    },
  ),
  ...overEach(
    "connections that wait when the listener closes are over",
    async (net, over) => {
      using where = place(over);
      const listener = await net.listen(where.listen);
      const peers = [
        await RawPeer.connect(listener),
        await RawPeer.connect(listener),
      ];
      listener.close();
      for (const peer of peers) {
        const { bytes, ending } = await peer.readToEnd();
        assertEquals(bytes.byteLength, 0);
        if (over === "tcp") assertEquals(ending, "ECONNRESET");
        await peer.close();
      }
    },
  ),
  ...overEach(
    "an aborted accept() rejects with the reason, and its connection goes to the next",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const controller = new AbortController();
      const accepting = listener.accept({ signal: controller.signal });
      const next = listener.accept();
      const reason = new Error("not now");
      controller.abort(reason);
      assertStrictEquals(await accepting.catch((error) => error), reason);
      using client = await net.connect(to(listener));
      await client.write(bytes("kept"));
      using conn = await next;
      assertEquals(await readText(conn), "kept");
    },
  ),
  ...overEach(
    "a timed-out accept() rejects TimedOut, and its connection goes to the next",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const error = await assertRejects(
        () => listener.accept({ timeoutMs: 5 }),
        errors.TimedOut,
      );
      assertEquals([error.code, error.operation], ["ETIMEDOUT", "accept"]);
      // Deno's own accept is still under way, and takes this one for no call yet.
      const first = await net.connect(to(listener));
      await first.write(bytes("first"));
      const second = await net.connect(to(listener));
      await second.write(bytes("second"));
      for (const word of ["first", "second"]) {
        using conn = await listener.accept();
        assertEquals(await readText(conn), word);
      }
      first.close();
      second.close();
    },
  ),
  ...overEach(
    "accept() with an aborted signal takes nothing",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      using client = await net.connect(to(listener));
      const signal = AbortSignal.abort("no");
      assertEquals(await listener.accept({ signal }).catch((e) => e), "no");
      (await listener.accept()).close();
      client.close();
    },
  ),
  ...overEach(
    "accepts aborted at every moment lose no connection",
    async (net, over) => {
      using where = place(over);
      using listener = await net.listen(where.listen);
      const count = 60;
      const connecting = (async () => {
        for (let i = 0; i < count; i++) {
          const client = await net.connect(to(listener));
          await client.write(new Uint8Array([i]));
          client.close();
        }
      })();
      const seen: number[] = [];
      for (let turn = 0; seen.length < count; turn++) {
        const controller = new AbortController();
        const accepting = listener.accept({ signal: controller.signal });
        let timer: ReturnType<typeof setTimeout> | undefined;
        if (turn % 2 === 0) queueMicrotask(() => controller.abort());
        else timer = setTimeout(() => controller.abort(), turn % 5);
        try {
          const conn = await accepting;
          const chunk = await conn.readChunk();
          seen.push(chunk![0]);
          conn.close();
        } catch (error) {
          assertStrictEquals(error, controller.signal.reason);
          // Lets the connecting side have its turn.
          await new Promise((resolve) => setTimeout(resolve, 0));
        } finally {
          clearTimeout(timer);
        }
      }
      await connecting;
      assertEquals(seen, Array.from({ length: count }, (_, i) => i));
    },
  ),
  ...overEach("a listener is disposable", async (net, over) => {
    using where = place(over);
    const listener = await net.listen(where.listen);
    {
      using _ = listener;
    }
    await assertRejects(() => listener.accept(), errors.BadResource);
  }),
];
