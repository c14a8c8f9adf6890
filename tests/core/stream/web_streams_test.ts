import { assertEquals, assertRejects } from "@std/assert";
import { socketError } from "../../../src/core/errno.ts";
import { ReadQueue } from "../../../src/core/stream/read_queue.ts";
import {
  readableOf,
  type StreamSink,
  writableOf,
} from "../../../src/core/stream/web_streams.ts";
import { ADDRESS, chunk, FakeBackend } from "../fake_backend.ts";

/** A readable over a queue, and how often it was done. */
function reading() {
  const backend = new FakeBackend();
  const queue = new ReadQueue(backend);
  const ends = { done: 0 };
  const readable = readableOf(queue, () => ends.done++);
  return { readable, queue, backend, ends };
}

/** A sink whose calls a test settles. */
class FakeSink implements StreamSink {
  writeWaits = false;
  endWaits = false;
  readonly log: string[] = [];
  result: Promise<unknown> = Promise.resolve();

  write(chunk: Uint8Array): Promise<unknown> {
    this.log.push(`write ${chunk.byteLength}`);
    return this.result;
  }
  closeWrite(): Promise<void> {
    this.log.push("closeWrite");
    return this.result as Promise<void>;
  }
  reset(): void {
    this.log.push("reset");
  }
}

function writing() {
  const sink = new FakeSink();
  const ends = { done: 0 };
  const writable = writableOf(sink, () => ends.done++);
  return { writable, sink, ends };
}

const reset = () => socketError("ECONNRESET", "read", ADDRESS);

Deno.test("readableOf() requests nothing before it is read", async () => {
  const { readable, backend, queue } = reading();
  const reader = readable.getReader();
  await Promise.resolve();
  assertEquals([backend.reading, queue.isAwaited], [[], false]);
  const read = reader.read();
  queue.push(chunk(1), true);
  queue.push(chunk(2), true);
  assertEquals(await read, { done: false, value: chunk(1) });
  assertEquals(queue.stored, 1);
});

Deno.test("readableOf() serves tee(), whose reads are the runtime's own", async () => {
  const { readable, queue } = reading();
  const [one, two] = readable.tee().map((stream) => stream.getReader());
  const reads = [one.read(), two.read()];
  queue.push(chunk(1), true);
  const values = (await Promise.all(reads)).map(({ value }) => value);
  assertEquals(values, [chunk(1), chunk(1)]);
  queue.end(null);
  await Promise.all([one.closed, two.closed]);
});

Deno.test("readableOf() serves read() and readChunk() in call order", async () => {
  const { readable, queue } = reading();
  const reader = readable.getReader();
  const reads = [
    reader.read().then(({ value }) => value),
    queue.readChunk(),
    reader.read().then(({ value }) => value),
    queue.readChunk(),
  ];
  for (const byte of [1, 2, 3, 4]) queue.push(chunk(byte), true);
  assertEquals(await Promise.all(reads), [1, 2, 3, 4].map((one) => chunk(one)));
});

Deno.test("readableOf() ends at FIN, and is done once", async () => {
  const { readable, queue, ends } = reading();
  const reader = readable.getReader();
  const read = reader.read();
  queue.end(null);
  assertEquals((await read).done, true);
  await reader.cancel();
  assertEquals(ends.done, 1);
});

Deno.test("readableOf() fails with ECONNRESET, and is done once", async () => {
  const { readable, queue, ends } = reading();
  const reader = readable.getReader();
  const error = reset();
  const read = reader.read().catch((error) => error);
  queue.end(error);
  assertEquals(await read, error);
  await reader.cancel().catch(() => {});
  assertEquals(ends.done, 1);
});

Deno.test("readableOf() leaves the bytes to the next read when it is cancelled", async () => {
  const { readable, queue, ends } = reading();
  const reader = readable.getReader();
  const read = reader.read();
  const next = queue.readChunk();
  await reader.cancel();
  queue.push(chunk(1), true);
  assertEquals((await read).done, true);
  assertEquals([await next, ends.done], [chunk(1), 1]);
});

Deno.test("readableOf() leaves the bytes to the next read when releaseLock() rejects its reads", async () => {
  const { readable, queue } = reading();
  const reader = readable.getReader();
  const read = assertRejects(() => reader.read(), TypeError);
  await Promise.resolve();
  reader.releaseLock();
  await read;
  queue.push(chunk(1), true);
  assertEquals(queue.stored, 1);
  assertEquals(await queue.readChunk(), chunk(1));
});

Deno.test("writableOf() writes each chunk, then sends FIN, and is done once", async () => {
  const { writable, sink, ends } = writing();
  const writer = writable.getWriter();
  await writer.write(chunk(1, 2));
  assertEquals(ends.done, 0);
  await writer.close();
  assertEquals([sink.log, ends.done], [["write 2", "closeWrite"], 1]);
});

Deno.test("writableOf() fails with the error of a write, and is done once", async () => {
  const { writable, sink, ends } = writing();
  const error = reset();
  sink.result = Promise.reject(error);
  const writer = writable.getWriter();
  const closed = writer.closed.catch((error) => error);
  assertEquals(await writer.write(chunk(1)).catch((error) => error), error);
  assertEquals([await closed, ends.done], [error, 1]);
});

Deno.test("writableOf() fails with the error of closeWrite(), and is done once", async () => {
  const { writable, sink, ends } = writing();
  const error = reset();
  sink.result = Promise.reject(error);
  const writer = writable.getWriter();
  const closed = writer.closed.catch((error) => error);
  assertEquals(await writer.close().catch((error) => error), error);
  assertEquals([await closed, ends.done], [error, 1]);
});

Deno.test("writableOf() resets when it is aborted, and sends no FIN", async () => {
  const { writable, sink } = writing();
  await writable.abort();
  assertEquals(sink.log, ["reset"]);
});

Deno.test("writableOf() resets at once when it is aborted while a write is pending", async () => {
  const { writable, sink } = writing();
  const { promise, reject } = Promise.withResolvers<void>();
  sink.result = promise;
  sink.writeWaits = true;
  const writer = writable.getWriter();
  const writes = writer.write(chunk(1)).catch(() => {});
  writer.closed.catch(() => {});
  await Promise.resolve();
  const aborting = writer.abort();
  assertEquals(sink.log, ["write 1", "reset"]);
  reject(reset());
  await Promise.all([writes, aborting.catch(() => {})]);
});

Deno.test("writableOf() resets at once when it is aborted while closeWrite() is pending", async () => {
  const { writable, sink } = writing();
  const { promise, reject } = Promise.withResolvers<void>();
  sink.result = promise;
  sink.endWaits = true;
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const closing = writer.close().catch(() => {});
  await Promise.resolve();
  const aborting = writer.abort();
  assertEquals(sink.log, ["closeWrite", "reset"]);
  reject(reset());
  await Promise.all([closing, aborting.catch(() => {})]);
});
