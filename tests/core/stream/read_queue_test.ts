import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ReadQueue } from "../../../src/core/stream/read_queue.ts";
import { Store } from "../../../src/core/stream/store.ts";
import { socketError } from "../../../src/core/errno.ts";
import { test } from "../../harness.ts";
import { ADDRESS, chunk, FakeBackend } from "../fake_backend.ts";

/** A queue over a backend that records its calls. */
function made() {
  const backend = new FakeBackend();
  const queue = new ReadQueue(backend);
  return { queue, reading: backend.reading };
}

/** The values with which promises reject. */
function reasons(...promises: Promise<unknown>[]): Promise<unknown[]> {
  return Promise.all(
    promises.map((promise) =>
      promise.then(() => undefined, (reason) => reason)
    ),
  );
}

/** The errnos with which promises reject. */
async function codes(...promises: Promise<unknown>[]): Promise<unknown[]> {
  return (await reasons(...promises))
    .map((error) => (error as { code?: string } | undefined)?.code);
}

const reset = () => socketError("ECONNRESET", "read", ADDRESS);

Deno.test("ReadQueue.push() pauses the backend at 64 KiB, when they come in single bytes too", async () => {
  const { queue, reading } = made();
  for (let i = 0; i < 64 * 1024 - 1; i++) queue.push(chunk(i), true);
  assertEquals(reading, []);
  queue.push(chunk(0xff), true);
  assertEquals(reading, ["pause"]);
  const chunks: number[] = [];
  let total = 0;
  while (total < 64 * 1024) {
    const chunk = (await queue.readChunk())!;
    chunk.forEach((byte, i) => assertEquals(byte, (total + i) & 0xff));
    total += chunk.byteLength;
    chunks.push(chunk.byteLength);
  }
  assert(
    chunks.length <= 8,
    `${chunks.length} buffers for 64 KiB of single bytes`,
  );
});

Deno.test("ReadQueue.read() resumes the paused backend once, when nothing is stored any more", async () => {
  const { queue, reading } = made();
  queue.push(new Uint8Array(40_000), true);
  queue.push(new Uint8Array(40_000), true);
  await queue.readChunk();
  assertEquals(reading, ["pause"]);
  await queue.readChunk();
  assertEquals(reading, ["pause", "demand"]);
});

Deno.test("ReadQueue.read() resumes no backend that was not paused", async () => {
  const { queue, reading } = made();
  queue.push(chunk(1), true);
  await queue.readChunk();
  assertEquals(reading, []);
});

Deno.test("ReadQueue reports once that reads are pending, and once that none is", async () => {
  const { queue, reading } = made();
  const reads = [queue.readChunk(), queue.readChunk()];
  queue.push(chunk(1), true);
  queue.push(chunk(2), true);
  await Promise.all(reads);
  const controller = new AbortController();
  const aborted = queue.readChunk({ signal: controller.signal });
  controller.abort("no");
  assertEquals(await reasons(aborted), ["no"]);
  assertEquals(reading, [
    ...["waiting", "demand", "idle"],
    ...["waiting", "demand", "idle"],
  ]);
});

Deno.test("ReadQueue.read() fills its buffer from several stored chunks", async () => {
  const { queue } = made();
  queue.push(new Uint8Array(5000).fill(1), true);
  queue.push(new Uint8Array(5000).fill(2), true);
  const p = new Uint8Array(6000);
  assertEquals(await queue.read(p), 6000);
  assertEquals([p[0], p[4999], p[5000], p[5999]], [1, 1, 2, 2]);
  assertEquals(queue.stored, 4000);
  assertEquals(queue.bytesRead, 6000);
});

Deno.test("ReadQueue.push() serves pending reads in call order, each with the bytes that it takes", async () => {
  const { queue } = made();
  const [one, two] = [new Uint8Array(1), new Uint8Array(2)];
  const reads = [queue.read(one), queue.read(two), queue.readChunk()];
  queue.push(chunk(1, 2, 3, 4, 5), true);
  assertEquals(await Promise.all(reads), [1, 2, chunk(4, 5)]);
  assertEquals([...one, ...two], [1, 2, 3]);
  assertEquals([queue.bytesRead, queue.stored], [5, 0]);
});

Deno.test("ReadQueue.push() copies a chunk that it does not own", async () => {
  const { queue } = made();
  const pending = queue.readChunk();
  const lent = new Uint8Array(5000).fill(1);
  queue.push(lent, false);
  queue.push(lent, false);
  lent.fill(9);
  assertEquals((await pending)![0], 1);
  assertEquals((await queue.readChunk())![0], 1);
});

Deno.test("ReadQueue.end() gives no false EOF while bytes are stored", async () => {
  const { queue } = made();
  queue.push(chunk(1), true);
  queue.end(null);
  queue.end(reset());
  assertEquals(await queue.readChunk(), chunk(1));
  assertEquals(await queue.readChunk(), null);
  assertEquals(await queue.read(new Uint8Array(1)), null);
});

Deno.test("ReadQueue.end() gives EOF to all pending reads", async () => {
  const { queue, reading } = made();
  const reads = [queue.readChunk(), queue.read(new Uint8Array(1))];
  queue.end(null);
  assertEquals(await Promise.all(reads), [null, null]);
  assertEquals(reading.at(-1), "idle");
});

Deno.test("ReadQueue.read() rejects ECONNRESET after the bytes that came first", async () => {
  const { queue } = made();
  queue.push(chunk(1), true);
  queue.end(reset());
  assertEquals(await queue.readChunk(), chunk(1));
  assertEquals(
    await codes(queue.readChunk(), queue.read(new Uint8Array(1))),
    ["ECONNRESET", "ECONNRESET"],
  );
});

Deno.test("ReadQueue.read() resolves 0, and no EOF, when its buffer is empty", async () => {
  const { queue } = made();
  assertEquals(await queue.read(new Uint8Array(0)), 0);
  queue.end(null);
  assertEquals(await queue.read(new Uint8Array(0)), 0);
});

Deno.test("ReadQueue.read() rejects TypeError when its buffer was transferred before", async () => {
  const { queue } = made();
  const p = new Uint8Array(4);
  structuredClone(p, { transfer: [p.buffer] });
  await assertRejects(() => queue.read(p), TypeError, "transferred away");
});

Deno.test("ReadQueue.read() rejects TypeError when its buffer is transferred meanwhile, and the next read gets the bytes", async () => {
  const { queue } = made();
  const p = new Uint8Array(4);
  const lost = queue.read(p);
  const next = queue.readChunk();
  structuredClone(p, { transfer: [p.buffer] });
  queue.push(chunk(1, 2), true);
  await assertRejects(() => lost, TypeError, "resized meanwhile");
  assertEquals(await next, chunk(1, 2));
});

Deno.test("ReadQueue.read() rejects TypeError when it is given no bytes to fill", async () => {
  const { queue } = made();
  await assertRejects(
    () => queue.read("x" as unknown as Uint8Array),
    TypeError,
    "Cannot read into a string: give a Uint8Array to fill",
  );
});

Deno.test("ReadQueue.readChunk() leaves the bytes to the next read when its signal aborts", async () => {
  const { queue } = made();
  const controller = new AbortController();
  const { signal } = controller;
  const kept = queue.readChunk();
  const [into, aborted] = [new Uint8Array(1), queue.readChunk({ signal })];
  const last = queue.read(into);
  controller.abort("stop");
  assertEquals(await reasons(aborted), ["stop"]);
  queue.push(chunk(1), true);
  queue.push(chunk(2), true);
  assertEquals(await Promise.all([kept, last]), [chunk(1), 1]);
  assertEquals([...into], [2]);
});

test("ReadQueue.read() rejects ETIMEDOUT after timeoutMs", {}, async () => {
  const { queue } = made();
  const p = new Uint8Array(1);
  const error = await assertRejects(
    () => queue.read(p, { timeoutMs: 1 }),
    errors.TimedOut,
  );
  assertEquals([error.code, error.operation], ["ETIMEDOUT", "read"]);
  assertEquals(queue.isAwaited, false);
});

Deno.test("ReadQueue.close() rejects pending reads EINTR, later ones EBADF, and drops what is stored", async () => {
  const { queue } = made();
  const pending = [queue.readChunk(), queue.read(new Uint8Array(1))];
  queue.close();
  queue.push(chunk(1), true);
  const later = [queue.readChunk(), queue.read(new Uint8Array(1))];
  assertEquals(
    await codes(...pending, ...later),
    ["EINTR", "EINTR", "EBADF", "EBADF"],
  );
  assertEquals(queue.stored, 0);
});

Deno.test("ReadQueue.revoke() interrupts and refuses reads, but readRevoked() gets what is received", async () => {
  const { queue } = made();
  const pending = queue.readChunk();
  queue.revoke("it is over");
  assertEquals(await codes(pending, queue.readChunk()), ["EINTR", "EBADF"]);
  queue.push(chunk(1), true);
  assertEquals(await queue.readRevoked({}), chunk(1));
  queue.close();
  assertEquals(await codes(queue.readRevoked({})), ["EBADF"]);
});

Deno.test("ReadQueue.unlock() ends lock(), but no revoke() that came meanwhile", async () => {
  const { queue } = made();
  queue.lock("a");
  assertEquals(await codes(queue.readChunk()), ["EBADF"]);
  queue.push(chunk(1), true);
  queue.unlock("a");
  assertEquals(await queue.readChunk(), chunk(1));
  queue.lock("a");
  queue.revoke("b");
  queue.unlock("a");
  assertEquals(queue.reason, "b");
});

Deno.test("ReadQueue.detach() returns the unread bytes and the end, and refuses later reads", async () => {
  const { queue } = made();
  queue.push(new Uint8Array(5000).fill(1), true);
  queue.push(chunk(2), true);
  queue.end(null);
  const { chunks, end } = queue.detach("it was handed over");
  assertEquals(chunks.map((one) => one.byteLength), [5000, 1]);
  assertEquals(end, { error: null });
  const [error] = await reasons(queue.readChunk());
  assert(String(error).includes("it was handed over (EBADF)"));
});

Deno.test("ReadQueue.idle is false when bytes are stored, a read is pending, or the end is known", async () => {
  const { queue } = made();
  assertEquals(queue.idle, true);
  queue.push(chunk(7), true);
  assertEquals([queue.idle, queue.first, queue.wants], [
    false,
    7,
    undefined,
  ]);
  await queue.readChunk();
  assertEquals(queue.idle, true);
  const pending = queue.read(new Uint8Array(1));
  const chunks = queue.readChunk();
  assertEquals([queue.idle, queue.isAwaited, queue.wants], [
    false,
    true,
    "bytes",
  ]);
  queue.push(chunk(1), true);
  await pending;
  assertEquals(queue.wants, "chunk");
  queue.end(null);
  await chunks;
  assertEquals([queue.idle, queue.ended], [false, true]);
});

Deno.test("Store.put() keeps single bytes in one buffer, and a large chunk as it is", () => {
  const store = new Store();
  const large = new Uint8Array(5000).fill(9);
  for (let i = 0; i < 100; i++) store.put(chunk(i), true);
  store.put(large, true);
  store.put(chunk(100), true);
  assertEquals([store.bytes, store.first], [5101, 0]);
  assertEquals(
    [...store.takeChunk()],
    Array.from({ length: 100 }, (_, i) => i),
  );
  assertEquals(store.takeChunk() === large, true);
  assertEquals([...store.takeChunk()], [100]);
  assertEquals([store.bytes, store.first], [0, undefined]);
});
