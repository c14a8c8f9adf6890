import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  advance,
  bytesLeft,
  Entry,
  Fin,
  nextBytes,
} from "../../../src/core/stream/write_entry.ts";
import { MAX_JOINED_BYTES } from "../../../src/core/stream/bytes.ts";
import { chunk, FakeBackend } from "../fake_backend.ts";

function entryOf(...parts: Uint8Array[]): Entry {
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
  return new Entry(parts, false, false, total);
}

function limitedOf(part: Uint8Array): Entry {
  return new Entry([part], true, false, part.byteLength);
}

/** Transfers the buffer of a view away. */
function lose(view: Uint8Array): void {
  structuredClone(view, { transfer: [view.buffer as ArrayBuffer] });
}

Deno.test("Entry.advance() keeps the rest of a part after a short write", () => {
  const entry = entryOf(chunk(1, 2, 3), chunk(4));
  assertEquals(entry.advance(2), false);
  assertEquals([entry.parts, entry.sent, entry.left], [
    [chunk(3), chunk(4)],
    2,
    2,
  ]);
  assertEquals(entry.advance(1), false);
  assertEquals(entry.advance(1), true);
  assertEquals([entry.sent, entry.left], [4, 0]);
});

Deno.test("Entry.lost is true when a buffer was transferred, also after a short write", () => {
  const part = chunk(1, 2, 3);
  const entry = entryOf(chunk(9), part);
  assertEquals(entry.lost, false);
  entry.advance(1);
  entry.advance(1);
  lose(part);
  assertEquals(entry.lost, true);
  assertEquals(entry.left, 2);
  entry.advance(1);
  assertEquals([entry.lost, entry.left], [true, 1]);
});

Deno.test("Entry.own() copies what is left out of the caller's buffer", () => {
  const part = chunk(1, 2, 3);
  const entry = entryOf(part);
  entry.advance(1);
  entry.own();
  part.fill(9);
  lose(part);
  assertEquals(entry.parts, [chunk(2, 3)]);
  assertEquals([entry.lost, entry.owned], [false, true]);
});

Deno.test("new Entry() copies the bytes of a resizable buffer", () => {
  const buffer = new ArrayBuffer(3, { maxByteLength: 3 });
  const entry = entryOf(new Uint8Array(buffer));
  buffer.resize(0);
  assertEquals([entry.lost, entry.parts[0].byteLength], [false, 3]);
});

Deno.test("nextBytes() joins small writes, until joining costs more than a call", () => {
  const small = [entryOf(chunk(1), chunk(2)), entryOf(chunk(3))];
  assertEquals(nextBytes(small, true), chunk(1, 2, 3));
  const half = new Uint8Array(MAX_JOINED_BYTES / 2);
  const third = entryOf(chunk(1));
  const joined = nextBytes([entryOf(half), entryOf(half), third], true);
  assertEquals(joined.byteLength, MAX_JOINED_BYTES);
  const large = new Uint8Array(MAX_JOINED_BYTES / 2 + 1);
  assert(nextBytes([entryOf(large), third], true) === large);
});

Deno.test("nextBytes() joins nothing from a lost write on", () => {
  const lost = chunk(3);
  const entries = [entryOf(chunk(1)), entryOf(chunk(2)), entryOf(lost)];
  lose(lost);
  assertEquals(nextBytes(entries, true), chunk(1, 2));
});

Deno.test("nextBytes() copies 64 KiB of a cancellable write, if send() reads by reference", () => {
  const part = new Uint8Array(100_000);
  const copy = nextBytes([limitedOf(part)], true);
  assert(copy.buffer !== part.buffer);
  assertEquals(copy.byteLength, 64 * 1024);
  assert(nextBytes([limitedOf(part)], false) === part);
  assert(nextBytes([entryOf(part)], true) === part);
});

Deno.test("advance() resolves each write that is whole, and keeps the next after a short write", async () => {
  const entries = [
    entryOf(chunk(1)),
    entryOf(chunk(2, 3)),
    entryOf(chunk(4, 5)),
  ];
  const [one, two, three] = entries;
  assertEquals(bytesLeft(entries), 5);
  assertEquals(advance(entries, 4), 2);
  assertEquals(await Promise.all([one.promise, two.promise]), [1, 2]);
  assert(entries[0] === three && entries.length === 1 && !three.settled);
  assertEquals(bytesLeft(entries), 1);
  assertEquals(advance(entries, 1), 1);
  assertEquals(await three.promise, 2);
});

Deno.test("Fin.send() resolves once shutdown() has, and keeps the process alive until then", async () => {
  const backend = new FakeBackend();
  const waiting: boolean[] = [];
  backend.writeWaiting = (is) => void waiting.push(is);
  const fin = new Fin();
  fin.send(backend);
  assertEquals([fin.isSent, fin.isDone, backend.log], [
    true,
    false,
    ["shutdown"],
  ]);
  assertEquals(waiting, [true]);
  await fin.promise;
  assertEquals([fin.isDone, waiting], [true, [true, false]]);
});

Deno.test("Fin.send() rejects what shutdown() rejects, unless it is settled already", async () => {
  const backend = new FakeBackend();
  const waiting: boolean[] = [];
  backend.writeWaiting = (is) => void waiting.push(is);
  backend.finish = () => Promise.reject(new Error("ENOTCONN"));
  const fin = new Fin();
  fin.send(backend);
  await assertRejects(() => fin.promise, Error, "ENOTCONN");
  assertEquals([fin.isDone, waiting], [false, [true, false]]);
  const closed = new Fin();
  closed.send(backend);
  closed.reject(new Error("EINTR"));
  await assertRejects(() => closed.promise, Error, "EINTR");
});
