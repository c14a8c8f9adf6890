import { assert, assertEquals } from "@std/assert";
import {
  advance,
  bytesLeft,
  Entry,
  nextBytes,
} from "../../../src/core/stream/write_entry.ts";

function entryOf(...sizes: number[]): Entry {
  const parts = sizes.map((size, at) => new Uint8Array(size).fill(at + 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const entry = new Entry(parts, false, false, total);
  entry.promise.catch(() => {});
  return entry;
}

Deno.test("advance() resolves whole writes, and keeps the rest of a short write", async () => {
  const entries = [entryOf(3), entryOf(4, 5), entryOf(6)];
  const [first, second] = entries;
  assertEquals(advance(entries, 8), 1);
  assertEquals(await first.promise, 3);
  assert(!second.settled);
  assertEquals(bytesLeft(entries), 10);
  assertEquals(advance(entries, 4), 1);
  assertEquals(await second.promise, 9);
  assertEquals(bytesLeft(entries), 6);
});

Deno.test("nextBytes() joins small writes, and hands over a lone one as it is", () => {
  const one = entryOf(3);
  assert(nextBytes([one], true) === one.parts[0]);
  assertEquals(
    [...nextBytes([entryOf(1, 2), entryOf(1)], true)],
    [1, 2, 2, 1],
  );
});

Deno.test("nextBytes() copies a cancellable write that the adapter keeps a reference to", () => {
  const part = new Uint8Array(100_000);
  const limited = new Entry([part], true, false, part.byteLength);
  const bytes = nextBytes([limited], true);
  assertEquals(bytes.byteLength, 64 * 1024);
  assert(bytes.buffer !== part.buffer);
  assert(nextBytes([limited], false) === limited.parts[0]);
});

Deno.test("nextBytes() joins no write whose buffer is lost", () => {
  const lost = entryOf(5);
  structuredClone(lost.parts[0], { transfer: [lost.parts[0].buffer] });
  assert(lost.lost);
  const first = entryOf(2);
  assertEquals(nextBytes([first, lost, entryOf(1)], true).byteLength, 2);
});

Deno.test("Entry.own() copies what is left, so that the caller may change its buffer", () => {
  const part = new Uint8Array([1, 2, 3]);
  const entry = new Entry([part], true, false, 3);
  entry.advance(1);
  entry.own();
  part.fill(9);
  assertEquals([...entry.parts[0]], [2, 3]);
});
