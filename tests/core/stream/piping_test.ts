import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { socketError } from "../../../src/core/errno.ts";
import { StreamConn } from "../../../src/core/stream/conn.ts";
import { ADDRESS, chunk, FakeBackend } from "../fake_backend.ts";

/** A connection over a backend that records its calls. */
function made() {
  const backend = new FakeBackend();
  return { conn: new StreamConn(backend), backend };
}

const reset = () => socketError("ECONNRESET", "read", ADDRESS);

Deno.test("pipeTo() bypasses the streams between two connections, and sends FIN at the end", async () => {
  const from = made(), to = made();
  const piping = from.conn.readable.pipeTo(to.conn.writable);
  // The streams would request a chunk a microtask later.
  assertEquals(from.backend.reads.isAwaited, true);
  const sent = new Uint8Array(5000);
  from.backend.reads.push(sent, true);
  from.backend.reads.end(null);
  await piping;
  assert(to.backend.sent[0] === sent);
  assertEquals(to.backend.log, ["send 5000", "shutdown"]);
});

Deno.test("pipeTo() reads a chunk only when the last one is written", async () => {
  const from = made(), to = made();
  const begun = Promise.withResolvers<void>();
  const written = Promise.withResolvers<number>();
  to.backend.take = () => {
    begun.resolve();
    return written.promise;
  };
  const piping = from.conn.readable.pipeTo(to.conn.writable);
  from.backend.reads.push(chunk(1), true);
  from.backend.reads.push(new Uint8Array(5000), true);
  from.backend.reads.end(null);
  await begun.promise;
  assertEquals(from.backend.reads.stored, 5000);
  to.backend.take = ({ byteLength }) => byteLength;
  written.resolve(1);
  await piping;
  assertEquals(to.conn.bytesWritten, 5001);
});

Deno.test("pipeTo() resets the other connection when the source fails, and both streams fail", async () => {
  const from = made(), to = made();
  const { writable } = to.conn;
  const { readable } = from.conn;
  const piping = readable.pipeTo(writable);
  from.backend.reads.push(chunk(1), true);
  from.backend.reads.end(reset());
  await assertRejects(() => piping, errors.ConnectionReset);
  assertEquals(to.backend.log, ["send 1", "reset"]);
  await assertRejects(
    () => readable.getReader().closed,
    errors.ConnectionReset,
  );
  await assertRejects(() => writable.getWriter().write(chunk(1)));
});

Deno.test("pipeTo() cancels the source when a write fails, and both streams are done", async () => {
  const from = made(), to = made();
  const { readable } = from.conn;
  to.backend.take = () => Promise.reject(reset());
  const piping = readable.pipeTo(to.conn.writable);
  from.backend.reads.push(chunk(1), true);
  await assertRejects(() => piping, errors.ConnectionReset);
  assertEquals([readable.locked, to.conn.writable.locked], [false, false]);
  assertEquals((await readable.getReader().read()).done, true);
  await assertRejects(
    () => to.conn.writable.getWriter().closed,
    errors.ConnectionReset,
  );
});

Deno.test("pipeTo() locks both streams until it ends", async () => {
  const from = made(), to = made();
  const { readable } = from.conn;
  const piping = readable.pipeTo(to.conn.writable);
  assertEquals([readable.locked, to.conn.writable.locked], [true, true]);
  await assertRejects(
    () => readable.pipeTo(made().conn.writable),
    TypeError,
  );
  from.backend.reads.end(null);
  await piping;
  assertEquals([readable.locked, to.conn.writable.locked], [false, false]);
});

Deno.test("pipeTo() with options keeps to them", async () => {
  const from = made(), to = made();
  from.backend.reads.push(chunk(1), true);
  from.backend.reads.end(null);
  await from.conn.readable.pipeTo(to.conn.writable, { preventClose: true });
  assertEquals(to.backend.log, ["send 1"]);
});

Deno.test("pipeTo() rejects TypeError when the other stream is closed", async () => {
  const from = made(), to = made();
  from.backend.reads.push(chunk(1), true);
  const writer = to.conn.writable.getWriter();
  await writer.close();
  writer.releaseLock();
  await assertRejects(
    () => from.conn.readable.pipeTo(to.conn.writable),
    TypeError,
  );
  assertEquals(to.backend.log, ["shutdown"]);
});

Deno.test("pipeTo() passes on the rest when the readable was read from before", async () => {
  const from = made(), to = made();
  const reader = from.conn.readable.getReader();
  for (const byte of [1, 2]) from.backend.reads.push(chunk(byte), true);
  const first = reader.read();
  assertEquals((await first).value, chunk(1, 2));
  reader.releaseLock();
  from.backend.reads.push(chunk(3), true);
  from.backend.reads.end(null);
  await from.conn.readable.pipeTo(to.conn.writable);
  assertEquals(to.backend.sent, [chunk(3)]);
});

Deno.test("pipeTo() to another stream writes all chunks", async () => {
  const { conn, backend } = made();
  const got: Uint8Array[] = [];
  backend.reads.push(chunk(1), true);
  backend.reads.end(null);
  await conn.readable.pipeTo(
    new WritableStream({ write: (chunk) => void got.push(chunk) }),
  );
  assertEquals(got, [chunk(1)]);
});

Deno.test("a cancelled readable fails in loops, pipeTo(), pipeThrough() and tee(), without a false EOF", async () => {
  const { conn, backend } = made();
  const { readable } = conn;
  backend.reads.push(chunk(1), true);
  for await (const got of readable) {
    assertEquals(got, chunk(1));
    break;
  }
  const uses = [
    async () => {
      for await (const _ of readable);
    },
    () => readable.pipeTo(made().conn.writable),
    () => readable.pipeThrough(new TransformStream()).getReader().read(),
    () => readable.tee()[0].getReader().read(),
    () => readable.values().next(),
  ];
  for (const use of uses) {
    await assertRejects(use, errors.BadResource, "its readable was cancelled");
  }
  backend.reads.push(chunk(2), true);
  assertEquals(await conn.readChunk(), chunk(2));
});

Deno.test("next() of a readable's iterator gets its chunk in the order of the calls, among readChunk()", async () => {
  const { conn, backend } = made();
  const iterator = conn.readable.values();
  const reads = [
    iterator.next().then(({ value }) => value),
    conn.readChunk(),
    iterator.next().then(({ value }) => value),
  ];
  for (const byte of [1, 2, 3]) backend.reads.push(chunk(byte), true);
  assertEquals(await Promise.all(reads), [chunk(1), chunk(2), chunk(3)]);
});
