/**
 * `readable.pipeTo(writable)` from a connection to a connection, which takes a
 * way of its own: it has to end as the streams standard says.
 *
 * @module
 */
import type { Conn } from "@anyport/sockets";
import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  assertSameBytes,
  bytes,
  pattern,
  readAll,
  readText,
} from "../bytes.ts";
import {
  type Case,
  type Net,
  overEach,
  pair,
  type Transport,
} from "../case.ts";
import { RawPeer } from "../raw_peer.ts";

/** Pipes, in the way of its own, or as any other streams are. */
type Pipe = (from: Conn, to: Conn) => Promise<void>;

const WAYS: readonly [name: string, pipe: Pipe][] = [
  ["", (from, to) => from.readable.pipeTo(to.writable)],
  // With options no short cut is taken.
  [" with options", (from, to) => from.readable.pipeTo(to.writable, {})],
];

function inEachWay(
  name: string,
  run: (net: Net, over: Transport, pipe: Pipe) => Promise<void>,
): Case[] {
  return WAYS.flatMap(([way, pipe]) =>
    overEach(`${name}${way}`, (net, over) => run(net, over, pipe))
  );
}

/** Cases of piping. */
export const piping: readonly Case[] = [
  ...inEachWay(
    "pipeTo() moves every byte, ends the other connection, and leaves both streams done",
    async (net, over, pipe) => {
      using source = await pair(net, over);
      using target = await pair(net, over);
      const sent = pattern(1024 * 1024);
      const piped = pipe(source.server, target.client);
      const reading = readAll(target.server);
      await source.client.write(sent);
      await source.client.closeWrite();
      assertEquals(await piped, undefined);
      assertSameBytes(await reading, sent);
      const { readable } = source.server;
      const { writable } = target.client;
      assertEquals([readable.locked, writable.locked], [false, false]);
      assertEquals(await readable.getReader().read(), {
        done: true,
        value: undefined,
      });
      await writable.getWriter().closed;
      // The other directions are as they were.
      await source.server.write(bytes("back"));
      assertEquals(await readText(source.client), "back");
      await target.server.write(bytes("forth"));
      assertEquals(await readText(target.client), "forth");
    },
  ),
  ...inEachWay(
    "pipeTo() of a connection to itself sends back what comes, and closes it",
    async (net, over, pipe) => {
      using ends = await pair(net, over);
      const piped = pipe(ends.server, ends.server);
      for (const word of ["one", "two", "three"]) {
        await ends.client.write(bytes(word));
        assertEquals(await readText(ends.client), word);
      }
      await ends.client.closeWrite();
      await piped;
      assertEquals(await readText(ends.client), null);
      await assertRejects(
        () => ends.server.write(bytes("x")),
        errors.BadResource,
      );
    },
  ),
  ...inEachWay(
    "pipeTo() locks both streams for as long as it lasts",
    async (net, over, pipe) => {
      using ends = await pair(net, over);
      const { readable, writable } = ends.server;
      const piped = pipe(ends.server, ends.server);
      assertEquals([readable.locked, writable.locked], [true, true]);
      await assertRejects(() => pipe(ends.server, ends.server), TypeError);
      await assertRejects(() => readable.cancel(), TypeError);
      await ends.client.closeWrite();
      await piped;
      assertEquals([readable.locked, writable.locked], [false, false]);
    },
  ),
  ...WAYS.map(([way, pipe]): Case => ({
    name:
      `pipeTo() rejects when its source is reset, and aborts its target${way}`,
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      using peer = await RawPeer.connect(listener);
      using source = await listener.accept();
      using target = await pair(net);
      const piped = pipe(source, target.client);
      await peer.send(bytes("last"));
      assertEquals(await readText(target.server), "last");
      peer.reset();
      const error = await assertRejects(() => piped, errors.ConnectionReset);
      assertEquals(error.operation, "read");
      // Half of a stream is not to look like a whole one, where that can be.
      await assertRejects(
        () => target.client.write(bytes("x")),
        errors.BadResource,
      );
      const told = await source.readable.getReader().closed
        .catch((error: unknown) => error);
      assertEquals(told, error);
    },
  })),
  ...WAYS.map(([way, pipe]): Case => ({
    name:
      `pipeTo() whose target's peer resets it leaves that stream done${way}`,
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      using peer = await RawPeer.connect(listener);
      using target = await listener.accept();
      using source = await pair(net);
      const piped = pipe(source.server, target);
      const reader = target.readable.getReader();
      const reading = reader.read().catch((error: unknown) => error);
      peer.reset();
      assert(await reading instanceof errors.ConnectionReset);
      await source.client.write(bytes("lost"));
      await assertRejects(() => piped, errors.SocketError);
      // Both of its streams are, so the connection is closed.
      await assertRejects(() => target.write(bytes("x")), errors.BadResource);
    },
  })),
  ...inEachWay(
    "pipeTo() rejects when its target fails, and cancels its source, of which the rest can be read",
    async (net, over, pipe) => {
      using source = await pair(net, over);
      using target = await pair(net, over);
      const piped = pipe(source.server, target.client);
      target.client.close();
      await source.client.write(bytes("lost"));
      const error = await assertRejects(() => piped, errors.SocketError);
      assertEquals([error.code, error.operation], ["EBADF", "write"]);
      await source.client.write(bytes("rest"));
      assertEquals(await readText(source.server), "rest");
      assertEquals(await source.server.readable.getReader().read(), {
        done: true,
        value: undefined,
      });
      const told = await target.client.writable.getWriter().closed
        .catch((error: unknown) => error);
      assertEquals(told, error);
    },
  ),
  ...inEachWay(
    "close() during pipeTo() rejects it",
    async (net, over, pipe) => {
      using source = await pair(net, over);
      using target = await pair(net, over);
      const piped = pipe(source.server, target.client);
      await source.client.write(bytes("there"));
      assertEquals(await readText(target.server), "there");
      source.server.close();
      await assertRejects(() => piped, errors.Interrupted);
    },
  ),
  ...inEachWay(
    "pipeTo() goes on behind reads and writes of its connections",
    async (net, over, pipe) => {
      using source = await pair(net, over);
      using target = await pair(net, over);
      const first = readText(source.server);
      await target.client.write(bytes("before "));
      const piped = pipe(source.server, target.client);
      await source.client.write(bytes("for read()"));
      assertEquals(await first, "for read()");
      await source.client.write(bytes("for pipeTo()"));
      await source.client.closeWrite();
      await piped;
      const all = await readAll(target.server);
      assertSameBytes(all, bytes("before for pipeTo()"));
    },
  ),
  ...overEach(
    "pipeTo() heeds preventClose, preventCancel and signal",
    async (net, over) => {
      using source = await pair(net, over);
      using target = await pair(net, over);
      const controller = new AbortController();
      const piped = source.server.readable.pipeTo(target.client.writable, {
        preventAbort: true,
        preventCancel: true,
        signal: controller.signal,
      });
      await source.client.write(bytes("one "));
      assertEquals(await readText(target.server), "one ");
      controller.abort("enough");
      assertEquals(await piped.catch((error) => error), "enough");
      const again = source.server.readable.pipeTo(target.client.writable, {
        preventClose: true,
      });
      await source.client.write(bytes("two "));
      await source.client.closeWrite();
      await again;
      await target.client.write(bytes("three"));
      await target.client.closeWrite();
      assertSameBytes(await readAll(target.server), bytes("two three"));
    },
  ),
  ...overEach(
    "pipeTo() has the chunk that a reader had asked for when it was released",
    async (net, over) => {
      using source = await pair(net, over);
      using target = await pair(net, over);
      const reader = source.server.readable.getReader();
      const reading = reader.read();
      reader.releaseLock();
      await assertRejects(() => reading, TypeError);
      const piped = source.server.readable.pipeTo(target.client.writable);
      await source.client.write(bytes("first "));
      assertEquals(await readText(target.server), "first ");
      await source.client.write(bytes("second"));
      await source.client.closeWrite();
      await piped;
      assertSameBytes(await readAll(target.server), bytes("second"));
    },
  ),
  ...overEach(
    "pipeTo() takes over from a reader, and goes through other streams",
    async (net, over) => {
      using source = await pair(net, over);
      using target = await pair(net, over);
      await source.client.write(bytes("head"));
      const reader = source.server.readable.getReader();
      assertEquals((await reader.read()).value?.byteLength, 4);
      reader.releaseLock();
      const piped = source.server.readable
        .pipeThrough(new TransformStream())
        .pipeTo(target.client.writable);
      await source.client.write(bytes("body"));
      await source.client.closeWrite();
      await piped;
      assertSameBytes(await readAll(target.server), bytes("body"));
    },
  ),
  ...overEach(
    "pipeTo() of a stream that was read from, or to one that was written to, or is closed",
    async (net, over) => {
      using source = await pair(net, over);
      using target = await pair(net, over);
      await source.client.write(bytes("head"));
      const reader = source.server.readable.getReader();
      await reader.read();
      reader.releaseLock();
      const writer = target.client.writable.getWriter();
      await writer.write(bytes("first "));
      writer.releaseLock();
      const piped = source.server.readable.pipeTo(target.client.writable);
      await source.client.write(bytes("second"));
      await source.client.closeWrite();
      await piped;
      assertSameBytes(await readAll(target.server), bytes("first second"));
      // Now it is closed; what pipes into it rejects, and reads on.
      using other = await pair(net, over);
      await other.client.write(bytes("kept"));
      const into = other.server.readable.pipeTo(target.client.writable);
      const error = await into.catch((error: unknown) => error);
      assert(error instanceof TypeError, String(error));
      assertEquals(await readText(other.server), "kept");
    },
  ),
];
