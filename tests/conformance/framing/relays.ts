/**
 * A relay: what it moves, and how it ends.
 *
 * @module
 */
import { type Conn, errors } from "@anyport/sockets";
import { relay } from "@anyport/sockets/framing";
import { assertEquals, assertRejects } from "@std/assert";
import { bytes, pattern, readText } from "../bytes.ts";
import { missing } from "../capabilities.ts";
import {
  type Case,
  type Net,
  overEach,
  pair,
  type Transport,
} from "../case.ts";

/** Two pairs, to be joined at their servers' ends. */
async function two(net: Net, over?: Transport) {
  const first = await pair(net, over);
  const second = await pair(net, over);
  return {
    left: first.client,
    right: second.client,
    a: first.server,
    b: second.server,
    [Symbol.dispose]() {
      first[Symbol.dispose]();
      second[Symbol.dispose]();
    },
  };
}

/** Asserts that a connection is reset, where the runtime can, or ends. */
async function assertBroken(conn: Conn): Promise<void> {
  const reading = async () => {
    while (await conn.readChunk() !== null);
  };
  if (missing("resetOnClose") === undefined) {
    await assertRejects(reading, errors.ConnectionReset);
  } else await reading();
}

/** Cases of `relay()`. */
export const relays: readonly Case[] = [
  ...overEach(
    "relay() moves the bytes of both directions, and each FIN",
    async (net, over) => {
      using ends = await two(net, over);
      const { left, right } = ends;
      const done = relay(ends.a, ends.b);
      await left.write("request");
      await left.closeWrite();
      assertEquals(await readText(right), "request");
      assertEquals(await right.readChunk(), null);

      // The other direction goes on.
      const answer = pattern(300_000);
      const writing = right.write(answer).then(() => right.closeWrite());
      assertEquals(await left.readExactly(answer.byteLength), answer);
      assertEquals(await left.readChunk(), null);
      await writing;
      assertEquals(await done, {
        fromFirst: "request".length,
        fromSecond: answer.byteLength,
      });
    },
  ),
  {
    name: "relay() passes a reset on, and rejects with its error",
    needs: ["resetOnClose"],
    async run(net) {
      using ends = await two(net);
      const done = relay(ends.a, ends.b);
      await ends.left.write("x");
      assertEquals(await readText(ends.right), "x");
      ends.left.reset();
      await assertRejects(() => done, errors.ConnectionReset);
      await assertBroken(ends.right);
    },
  },
  {
    name: "relay() rejects with signal.reason, and resets both connections",
    async run(net) {
      using ends = await two(net);
      const stop = new AbortController();
      const done = relay(ends.a, ends.b, { signal: stop.signal });
      await ends.left.write("x");
      assertEquals(await readText(ends.right), "x");
      const reason = new Error("stop");
      stop.abort(reason);
      assertEquals(await done.catch((error) => error), reason);
      await assertBroken(ends.left);
      await assertBroken(ends.right);
    },
  },
  {
    name: "relay() with a signal that has aborted leaves the connections alone",
    async run(net) {
      using ends = await two(net);
      const reason = new Error("stop");
      const done = relay(ends.a, ends.b, { signal: AbortSignal.abort(reason) });
      assertEquals(await done.catch((error) => error), reason);
      await ends.left.write("still open");
      assertEquals(await readText(ends.a), "still open");
    },
  },
  {
    name: "relay() past idleTimeoutMs rejects TimedOut, and resets both",
    async run(net) {
      using ends = await two(net);
      const done = relay(ends.a, ends.b, { idleTimeoutMs: 40 });
      const error = await assertRejects(() => done, errors.TimedOut);
      assertEquals(error.code, "ETIMEDOUT");
      await assertBroken(ends.left);
      await assertBroken(ends.right);
    },
  },
  {
    name: "relay() refuses an idleTimeoutMs that makes no sense",
    async run(net) {
      using ends = await two(net);
      for (const idleTimeoutMs of [-1, NaN, "5"]) {
        await assertRejects(
          () =>
            relay(ends.a, ends.b, { idleTimeoutMs: idleTimeoutMs as never }),
          Error,
          "relay with idleTimeoutMs",
        );
      }
      await ends.left.write(bytes("kept"));
      assertEquals(await readText(ends.a), "kept");
    },
  },
];
