/**
 * Cancelling reads and writes: the waiting stops, and nothing is lost.
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
import { Buffer } from "node:buffer";
import {
  assertSameBytes,
  bytes,
  CLOGGING,
  pattern,
  readAll,
  readExactly,
  readText,
} from "../bytes.ts";
import { type Case, overEach, pair, place, to } from "../case.ts";

/** Cases of `signal` and `timeoutMs`. */
export const cancelling: readonly Case[] = [
  ...overEach(
    "an aborted read() rejects with the reason, and its bytes go to the next",
    async (net, over) => {
      using ends = await pair(net, over);
      const controller = new AbortController();
      const p = new Uint8Array(10);
      const reading = ends.server.read(p, { signal: controller.signal });
      const next = readText(ends.server);
      const reason = new Error("changed my mind");
      controller.abort(reason);
      assertStrictEquals(await reading.catch((error) => error), reason);
      await ends.client.write(bytes("kept"));
      assertEquals(await next, "kept");
      assertSameBytes(p, new Uint8Array(10));
    },
  ),
  ...overEach(
    "a timed-out read() rejects TimedOut, and writing works on",
    async (net, over) => {
      using ends = await pair(net, over);
      const p = new Uint8Array(10);
      const error = await assertRejects(
        () => ends.server.read(p, { timeoutMs: 5 }),
        errors.TimedOut,
      );
      assertEquals(error.code, "ETIMEDOUT");
      assertEquals(error.operation, "read");
      await assertRejects(
        () => ends.server.readChunk({ timeoutMs: 0 }),
        errors.TimedOut,
      );
      await ends.server.write(bytes("are you there?"));
      assertEquals(await readText(ends.client), "are you there?");
      await ends.client.write(bytes("yes"));
      assertEquals(await readText(ends.server), "yes");
      assertSameBytes(p, new Uint8Array(10));
    },
  ),
  ...overEach(
    "read() with an aborted signal moves nothing, and the next one works",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.write(bytes("data"));
      const signal = AbortSignal.abort("no");
      const p = new Uint8Array(4);
      assertEquals(await ends.server.read(p, { signal }).catch((e) => e), "no");
      assertEquals(
        await ends.server.readChunk({ signal }).catch((e) => e),
        "no",
      );
      assertSameBytes(p, new Uint8Array(4));
      assertEquals(await readText(ends.server), "data");
    },
  ),
  ...overEach(
    "reads aborted all along lose nothing of a stream",
    async (net, over) => {
      using ends = await pair(net, over);
      const sent = pattern(200_000);
      const writing = (async () => {
        for (let at = 0; at < sent.length; at += 1000) {
          await ends.client.write(sent.subarray(at, at + 1000));
          if (at % 10_000 === 0) await new Promise((go) => setTimeout(go, 0));
        }
        await ends.client.closeWrite();
      })();
      const got: number[] = [];
      let aborted = 0;
      for (let turn = 0;; turn++) {
        const controller = new AbortController();
        const p = new Uint8Array(777);
        const reading = ends.server.read(p, { signal: controller.signal });
        if (turn % 3 === 0) queueMicrotask(() => controller.abort());
        try {
          const n = await reading;
          if (n === null) break;
          for (let i = 0; i < n; i++) got.push(p[i]);
        } catch {
          aborted++;
        }
      }
      await writing;
      assertSameBytes(new Uint8Array(got), sent);
      assertEquals(aborted > 0, true, "no read was aborted");
    },
  ),
  ...overEach(
    "one signal may stop any number of operations",
    async (net, over) => {
      using ends = await pair(net, over);
      const { signal, abort } = sparingSignal();
      const reads = Array.from(
        { length: 50 },
        () => ends.server.read(new Uint8Array(1), { signal }),
      );
      await ends.client.write(bytes("ab"));
      assertEquals(await Promise.all(reads.splice(0, 2)), [1, 1]);
      const outcomes = Promise.allSettled(reads);
      abort("all of you");
      for (const outcome of await outcomes) {
        assertEquals((outcome as PromiseRejectedResult).reason, "all of you");
      }
      await ends.client.write(bytes("c"));
      assertEquals(await readText(ends.server), "c");
    },
  ),
  ...overEach(
    "an aborted write() stays queued, whole and in order, though p changes",
    async (net, over) => {
      using ends = await pair(net, over);
      const p = pattern(CLOGGING);
      const controller = new AbortController();
      const first = ends.client.write(p, { signal: controller.signal });
      const second = ends.client.write(bytes("after"));
      const reason = new Error("no time");
      controller.abort(reason);
      assertStrictEquals(await first.catch((error) => error), reason);
      p.fill(0xee);
      const fin = ends.client.closeWrite();
      const got = await readAll(ends.server);
      assertEquals(await second, 5);
      await fin;
      assertSameBytes(got.subarray(0, CLOGGING), pattern(CLOGGING));
      assertSameBytes(got.subarray(CLOGGING), bytes("after"));
    },
  ),
  ...overEach(
    "a timed-out write() in pieces stays queued, and reading works",
    async (net, over) => {
      using ends = await pair(net, over);
      const pieces = [
        pattern(CLOGGING / 2),
        pattern(CLOGGING / 2, CLOGGING / 2),
      ];
      const error = await assertRejects(
        () => ends.client.write(pieces, { timeoutMs: 20 }),
        errors.TimedOut,
      );
      assertEquals(error.operation, "write");
      for (const piece of pieces) piece.fill(0xee);
      await ends.server.write(bytes("slow?"));
      assertEquals(await readText(ends.client), "slow?");
      assertSameBytes(
        await readExactly(ends.server, CLOGGING),
        pattern(CLOGGING),
      );
    },
  ),
  ...overEach(
    "a cancelled write() of a Buffer is copied like any other",
    async (net, over) => {
      using ends = await pair(net, over);
      const p = Buffer.from(pattern(CLOGGING));
      await assertRejects(
        () => ends.client.write(p, { timeoutMs: 5 }),
        errors.TimedOut,
      );
      p.fill(0xee);
      assertSameBytes(
        await readExactly(ends.server, CLOGGING),
        pattern(CLOGGING),
      );
    },
  ),
  ...overEach(
    "write() with an aborted signal sends nothing, and the next one works",
    async (net, over) => {
      using ends = await pair(net, over);
      const signal = AbortSignal.abort("no");
      assertEquals(
        await ends.client.write(bytes("never"), { signal }).catch((e) => e),
        "no",
      );
      await ends.client.write(bytes("sent"));
      await ends.client.closeWrite();
      assertSameBytes(await readAll(ends.server), bytes("sent"));
    },
  ),
  ...overEach(
    "a signal that aborts after write() has resolved does nothing",
    async (net, over) => {
      using ends = await pair(net, over);
      const controller = new AbortController();
      const { signal } = controller;
      assertEquals(
        await ends.client.write(bytes("one"), { signal, timeoutMs: 60_000 }),
        3,
      );
      controller.abort();
      assertEquals(await ends.client.write(bytes(" two")), 4);
      await ends.client.closeWrite();
      assertSameBytes(await readAll(ends.server), bytes("one two"));
    },
  ),
  ...overEach(
    "listen() that is aborted rejects the reason, and leaves the address free, whenever that is",
    async (net, over) => {
      using where = place(over);
      const first = await net.listen(where.listen);
      const address = to(first);
      first.close();
      for (const moment of moments()) {
        const controller = new AbortController();
        const { signal } = controller;
        const listening = net.listen({ ...address, signal } as ListenOptions)
          .catch((error) => error);
        await moment();
        controller.abort("stop");
        const outcome = await listening;
        if (outcome !== "stop") outcome.close();
        const again = await net.listen({ ...address } as ListenOptions);
        again.close();
      }
      const error = await assertRejects(() => net.connect(address));
      assert(
        error instanceof errors.ConnectionRefused ||
          error instanceof errors.NotFound,
        String(error),
      );
    },
  ),
  ...["listenDatagram", "connectDatagram"].map((name): Case => ({
    name:
      `${name}() that is aborted rejects the reason, and leaves the port free, whenever that is`,
    async run(net) {
      const hostname = "127.0.0.1";
      using peer = await net.listenDatagram({ hostname, port: 0 });
      const first = await net.listenDatagram({ hostname, port: 0 });
      const { port } = first.addr;
      first.close();
      for (const moment of moments()) {
        const controller = new AbortController();
        const { signal } = controller;
        const opening = name === "listenDatagram"
          ? net.listenDatagram({ hostname, port, signal })
          : net.connectDatagram({
            port: peer.addr.port,
            localHostname: hostname,
            localPort: port,
            signal,
          });
        const outcome = opening.catch((error) => error);
        await moment();
        controller.abort("stop");
        const opened = await outcome;
        if (opened !== "stop") opened.close();
        const again = await net.listenDatagram({ hostname, port });
        again.close();
      }
    },
  })),
];

/** Moments after a call: within its turn of the event loop, and in the next ones. */
function moments(): (() => Promise<void>)[] {
  const microtasks = Array.from({ length: 30 }, (_, count) => async () => {
    for (let i = 0; i < count; i++) await Promise.resolve();
  });
  const turns = Array.from({ length: 4 }, (_, count) => async () => {
    for (let i = 0; i <= count; i++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  });
  return [...microtasks, ...turns];
}

/** A signal that does not bear more than ten listeners, of which Node 20 warns. */
function sparingSignal(): {
  signal: AbortSignal;
  abort: (reason: unknown) => void;
} {
  const controller = new AbortController();
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  let listeners = 0;
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    if (++listeners > 10) throw new Error("more than 10 listeners on a signal");
    add(...args);
  };
  return { signal, abort: (reason) => controller.abort(reason) };
}
