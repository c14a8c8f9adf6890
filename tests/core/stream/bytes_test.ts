import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  bytesWanted,
  copyOf,
  gather,
  isBytes,
  isLost,
  join,
  MAX_JOINED_BYTES,
  plain,
  steady,
} from "../../../src/core/stream/bytes.ts";

/** An array whose buffer has been transferred. */
function transferred(): Uint8Array {
  const bytes = new Uint8Array(4);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}

Deno.test("isBytes() takes Uint8Array and its subclasses, and no other view", () => {
  class Own extends Uint8Array {}
  for (const bytes of [new Uint8Array(1), new Own(1)]) assert(isBytes(bytes));
  const others = [
    new Uint16Array(1),
    new DataView(new ArrayBuffer(1)),
    new ArrayBuffer(1),
    [1],
    "a",
    null,
    undefined,
    new Proxy(new Uint8Array(1), {}),
    { [Symbol.toStringTag]: "Uint8Array" },
  ];
  for (const other of others) assert(!isBytes(other), String(typeof other));
});

Deno.test("isLost() tells a transferred buffer from an empty one", () => {
  assert(isLost(transferred()));
  assert(!isLost(new Uint8Array(0)));
  assert(!isLost(new Uint8Array(1)));
});

Deno.test("steady() copies bytes whose buffer may be resized or is shared", () => {
  const fixed = new Uint8Array(2);
  assert(steady(fixed) === fixed);
  const resizable = new Uint8Array(new ArrayBuffer(2, { maxByteLength: 4 }));
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  for (const bytes of [resizable, shared]) {
    assert(steady(bytes).buffer !== bytes.buffer);
  }
});

Deno.test("gather() joins small pieces, and leaves out empty ones", () => {
  const { parts, owned } = gather([
    new Uint8Array([1]),
    new Uint8Array(0),
    new Uint8Array([2, 3]),
  ]);
  assertEquals(parts, [new Uint8Array([1, 2, 3])]);
  assert(owned);
});

Deno.test("gather() joins no more than MAX_JOINED_BYTES, and copies no lone piece", () => {
  const large = new Uint8Array(MAX_JOINED_BYTES);
  const { parts, owned } = gather([large, new Uint8Array(1)]);
  assert(parts[0] === large);
  assertEquals(parts.map(({ byteLength }) => byteLength), [
    MAX_JOINED_BYTES,
    1,
  ]);
  assert(!owned);
});

Deno.test("gather() names the piece that is not bytes, and the remedy", () => {
  assertThrows(
    () => gather([new Uint8Array(1), "a" as unknown as Uint8Array]),
    TypeError,
    "Cannot write an array with a string: give Uint8Arrays, as in new TextEncoder().encode(text)",
  );
  assertThrows(() => gather([transferred()]), TypeError, "transferred away");
});

Deno.test("bytesWanted() suggests a conversion only where it can help", () => {
  const message = (doing: string, value: unknown) =>
    bytesWanted(doing, value, "a Uint8Array").message;
  assert(message("write", "a").endsWith("new TextEncoder().encode(text)"));
  assert(message("read into", "a").endsWith("give a Uint8Array"));
  assert(message("read into", new ArrayBuffer(1)).includes("as in new"));
  assert(message("write", new Uint16Array(1)).includes("a Uint16Array"));
});

Deno.test("plain() and copyOf() give Uint8Array itself", () => {
  class Own extends Uint8Array<ArrayBuffer> {}
  const own = new Own(new Uint8Array([1, 2]).buffer);
  assert(plain(own).constructor === Uint8Array);
  assert(plain(own).buffer === own.buffer);
  assert(copyOf(own).constructor === Uint8Array);
  assert(copyOf(own).buffer !== own.buffer);
  assertEquals(join([own, new Uint8Array([3])], 3), new Uint8Array([1, 2, 3]));
});
