import { assert, assertEquals, assertRejects } from "@std/assert";
import * as errors from "../../../src/api/errors.ts";
import type { NetAddr } from "../../../src/api/stream.ts";
import { ReadQueue } from "../../../src/core/stream/read_queue.ts";
import {
  readableOf,
  writableOf,
} from "../../../src/core/stream/web_streams.ts";

const address: NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

function readable() {
  let demands = 0, done = 0;
  const queue = new ReadQueue({
    remoteAddr: address,
    demand: () => demands++,
    pause() {},
    readWaiting() {},
  });
  const stream = readableOf(queue, () => done++);
  return { queue, stream, demands: () => demands, done: () => done };
}

Deno.test("a readable requests nothing before its first read", async () => {
  const { queue, stream, demands } = readable();
  await Promise.resolve();
  assertEquals(demands(), 0);
  const reader = stream.getReader();
  const read = reader.read();
  assertEquals(demands(), 1);
  queue.push(new Uint8Array([1]), true);
  assertEquals((await read).value, new Uint8Array([1]));
});

Deno.test("a readable that is cancelled leaves the bytes for the next read", async () => {
  const { queue, stream, done } = readable();
  const reader = stream.getReader();
  const pending = reader.read();
  await reader.cancel();
  assertEquals((await pending).done, true);
  queue.push(new Uint8Array([5]), true);
  assertEquals(await queue.readChunk(), new Uint8Array([5]));
  assertEquals(done(), 1);
});

Deno.test("a readable ends on FIN, and fails on a reset", async () => {
  const ended = readable();
  const end = ended.stream.getReader().read();
  ended.queue.end(null);
  assertEquals((await end).done, true);
  const failed = readable();
  const read = failed.stream.getReader().read();
  failed.queue.end(
    new errors.ConnectionReset("reset", {
      code: "ECONNRESET",
      operation: "read",
      address,
    }),
  );
  await assertRejects(() => read, errors.ConnectionReset);
  assertEquals([ended.done(), failed.done()], [1, 1]);
});

function writable() {
  const log: string[] = [];
  const stream = writableOf({
    write(chunk) {
      log.push(`write ${chunk.byteLength}`);
      return Promise.resolve();
    },
    writeWaits: false,
    endWaits: false,
    closeWrite() {
      log.push("closeWrite");
      return Promise.resolve();
    },
    reset: () => void log.push("reset"),
  }, () => log.push("done"));
  return { stream, log };
}

Deno.test("a writable writes, and close() sends FIN", async () => {
  const { stream, log } = writable();
  const writer = stream.getWriter();
  await writer.write(new Uint8Array(3));
  await writer.close();
  assertEquals(log, ["write 3", "closeWrite", "done"]);
});

Deno.test("a writable that is aborted resets the connection", async () => {
  const { stream, log } = writable();
  await stream.abort("stop");
  assert(log.includes("reset"), log.join());
  assert(!log.includes("closeWrite"), log.join());
});
