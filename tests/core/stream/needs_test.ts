import { assertEquals, assertThrows } from "@std/assert";
import {
  Exactly,
  Line,
  type Need,
  NotUtf8,
  Peek,
  Until,
} from "../../../src/core/stream/needs.ts";
import { Store } from "../../../src/core/stream/store.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** What a need finds after each piece, and the result that it takes. */
function fed<T>(need: Need<T>, pieces: readonly string[]) {
  const store = new Store();
  const found = pieces.map((piece) => {
    store.put(bytes(piece), true);
    return need.find(store);
  });
  const size = found.find((size) => size !== undefined);
  const result = size === undefined ? undefined : need.take(store, size);
  return { found, result, left: store.bytes };
}

Deno.test("Exactly is met by enough bytes, and leaves the rest", () => {
  const { found, result, left } = fed(new Exactly(4, undefined), ["ab", "cde"]);
  assertEquals([found, left], [[undefined, 4], 1]);
  assertEquals(result, bytes("abcd"));
});

Deno.test("Exactly takes no byte into a buffer that was transferred", () => {
  const into = new Uint8Array(2);
  const need = new Exactly(2, into);
  structuredClone(into, { transfer: [into.buffer] });
  const store = new Store();
  store.put(bytes("abc"), true);
  assertThrows(() => need.find(store), TypeError, "transferred");
  assertEquals(store.bytes, 3);
});

Deno.test("Peek leaves the bytes, and takes fewer at the end", () => {
  const { result, left } = fed(new Peek(2), ["a", "bc"]);
  assertEquals([result, left], [bytes("ab"), 3]);
  const store = new Store();
  store.put(bytes("x"), true);
  assertEquals(new Peek(9).atEnd(store), 1);
});

Deno.test("Until looks at each byte once, also where the last piece grows", () => {
  const need = new Until(bytes("\r\n"), 100);
  const { found, result } = fed(need, ["a\r", "b\r", "\n", "more"]);
  assertEquals(found.slice(0, 3), [undefined, undefined, 5]);
  assertEquals(result, bytes("a\rb\r\n"));
});

Deno.test("Line strips LF or CRLF, and no other CR", () => {
  for (
    const [text, line] of [["a\n", "a"], ["a\r\n", "a"], ["\n", ""], [
      "\r\r\n",
      "\r",
    ], ["a\rb\n", "a\rb"]]
  ) assertEquals(fed(new Line(100, false), [text]).result, line);
});

Deno.test("Line with fatal takes no byte of what is not UTF-8", () => {
  const store = new Store();
  store.put(new Uint8Array([0xff, 10]), true);
  const need = new Line(100, true);
  assertThrows(() => need.take(store, need.find(store)!), NotUtf8);
  assertEquals(store.bytes, 2);
});
