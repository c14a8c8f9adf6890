/**
 * A readable that was cancelled, and what is told to those that use it again.
 *
 * @module
 */
import { type Conn, errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes, readText, text } from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";

type Chunks = ReadableStream<Uint8Array>;

/** Each way to cancel, by name. */
const cancels: Readonly<Record<string, (readable: Chunks) => Promise<void>>> = {
  "a loop that breaks": async (readable) => {
    for await (const _ of readable) break;
  },
  "a loop that throws": async (readable) => {
    await assertRejects(
      async () => {
        for await (const _ of readable) throw new Error("enough");
      },
      Error,
      "enough",
    );
  },
  "a loop over values() that breaks": async (readable) => {
    for await (const _ of readable.values()) break;
  },
  "cancel()": async (readable) => {
    const reader = readable.getReader();
    await reader.read();
    reader.releaseLock();
    await readable.cancel();
  },
  "a reader's cancel()": async (readable) => {
    const reader = readable.getReader();
    await reader.read();
    await reader.cancel();
    reader.releaseLock();
  },
  "a pipe whose target fails": async (readable) => {
    const target = new WritableStream<Uint8Array>({
      write() {
        throw new Error("full");
      },
    });
    await assertRejects(() => readable.pipeTo(target), Error, "full");
  },
};

/** Each way to read again. */
const again: Readonly<Record<string, (readable: Chunks) => Promise<unknown>>> =
  {
    "a loop": async (readable) => {
      for await (const _ of readable);
    },
    "values()": (readable) => readable.values().next(),
    "pipeTo()": (readable) => readable.pipeTo(new WritableStream()),
    "pipeThrough()": (readable) =>
      readable.pipeThrough(new TransformStream()).getReader().read(),
    "tee()": (readable) => readable.tee()[1].getReader().read(),
  };

/** Cases of a cancelled `Conn.readable`. */
export const cancelledStreams: readonly Case[] = [
  ...Object.entries(cancels).flatMap(([how, cancel]) =>
    overEach(
      `readable says that it was cancelled by ${how}, and readChunk() goes on`,
      async (net, over) => {
        using ends = await pair(net, over);
        await ends.client.write(bytes("one"));
        await cancel(ends.server.readable);
        for (const use of Object.values(again)) await assertRefused(ends, use);
        const reader = ends.server.readable.getReader();
        assertEquals(await reader.read(), { done: true, value: undefined });
        reader.releaseLock();
        await ends.client.write(bytes("two"));
        assertEquals(await readText(ends.server), "two");
        await ends.server.write(bytes("back"));
        assertEquals(text((await ends.client.readChunk())!), "back");
      },
    )
  ),
  ...Object.entries(again).flatMap(([name, use]) =>
    overEach(
      `${name} of a cancelled readable rejects though the peer has ended`,
      async (net, over) => {
        using ends = await pair(net, over);
        await ends.client.write(bytes("one"));
        await cancels["a loop that breaks"](ends.server.readable);
        await ends.client.closeWrite();
        assertEquals(await readText(ends.server), null);
        await assertRefused(ends, use);
      },
    )
  ),
  ...overEach(
    "a second loop over a readable that has ended has nothing to do",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.closeWrite();
      for (let i = 0; i < 2; i++) {
        for await (const _ of ends.server.readable) {
          throw new Error("there is nothing");
        }
      }
    },
  ),
];

async function assertRefused(
  { server }: { readonly server: Conn },
  use: (readable: Chunks) => Promise<unknown>,
): Promise<void> {
  const error = await assertRejects(
    () => use(server.readable),
    errors.BadResource,
  );
  assert(
    error.message.includes("readable was cancelled"),
    error.message,
  );
  assertEquals([error.code, error.operation], ["EBADF", "read"]);
}
