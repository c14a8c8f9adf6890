import { assert, assertEquals } from "@std/assert";
import { Store } from "../../../src/core/stream/store.ts";

/** A store of pieces, each of which has a buffer of its own. */
function storeOf(...pieces: number[][]): Store {
  const store = new Store();
  // Large pieces keep their buffers, small ones share one.
  for (const piece of pieces) store.put(new Uint8Array(piece), true);
  return store;
}

const large = (byte: number) => new Uint8Array(5000).fill(byte);

Deno.test("Store.takeBytes() takes bytes across pieces, in a buffer of their own", () => {
  const store = new Store();
  store.put(large(1), true);
  store.put(large(2), true);
  const bytes = store.takeBytes(7000);
  assertEquals([bytes[4999], bytes[5000], bytes.byteLength], [1, 2, 7000]);
  assertEquals(store.bytes, 3000);
  const rest = store.takeBytes(3000);
  assertEquals(rest.every((byte) => byte === 2), true);
  assert(rest.buffer.byteLength === 3000);
  assertEquals(store.bytes, 0);
});

Deno.test("Store.takeBytes() hands over a piece that is the whole result", () => {
  const store = new Store();
  const piece = large(3);
  store.put(piece, true);
  assert(store.takeBytes(5000) === piece);
});

Deno.test("Store.peek() and view() leave the bytes, and drop() removes them", () => {
  const store = storeOf([1, 2, 3], [4, 5]);
  assertEquals([...store.peek(4)], [1, 2, 3, 4]);
  assertEquals([...store.view(5)], [1, 2, 3, 4, 5]);
  assertEquals(store.bytes, 5);
  store.drop(3);
  assertEquals([...store.peek(2)], [4, 5]);
  store.drop(2);
  assertEquals([store.bytes, store.pieces.length], [0, 0]);
});

Deno.test("Store.view() copies only what lies in several pieces", () => {
  const store = new Store();
  const piece = large(1);
  store.put(piece, true);
  store.put(large(2), true);
  assert(store.view(100).buffer === piece.buffer);
  assert(store.view(6000).buffer !== piece.buffer);
});

Deno.test("Store joins small pieces in one buffer", () => {
  const store = new Store();
  for (let i = 0; i < 1000; i++) store.put(new Uint8Array([i & 0xff]), true);
  assertEquals(store.pieces.length, 1);
  assertEquals(store.first, 0);
});
