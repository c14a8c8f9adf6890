import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { runInNewContext } from "node:vm";
import {
  bytesWanted,
  copyOf,
  gather,
  isBuffer,
  isBytes,
  isLost,
  join,
  lostBefore,
  lostMeanwhile,
  lostRoom,
  lostRoomMeanwhile,
  MAX_JOINED_BYTES,
  plain,
  steady,
} from "../../../src/core/stream/bytes.ts";
import { chunk } from "../fake_backend.ts";

/** Returns a view whose buffer was transferred away. */
function lost(): Uint8Array {
  const bytes = chunk(1);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}

const revoked = Proxy.revocable({}, {});
revoked.revoke();

Deno.test("isBytes() accepts a Uint8Array, a Buffer, and one of another realm", () => {
  const others = runInNewContext("new Uint8Array(1)");
  assert(!(others instanceof Uint8Array));
  for (const value of [chunk(), Buffer.from("x"), others]) {
    assertEquals(isBytes(value), true);
  }
  const wrong = [
    ...["x", null, undefined, [1], new ArrayBuffer(1), new Uint16Array(1)],
    ...[new DataView(new ArrayBuffer(1)), revoked.proxy],
    { [Symbol.toStringTag]: "Uint8Array" },
  ];
  for (const value of wrong) assertEquals(isBytes(value), false);
});

Deno.test("isLost() is true when the buffer was transferred or resized away, and not for no bytes", () => {
  const buffer = new ArrayBuffer(8, { maxByteLength: 8 });
  const view = new Uint8Array(buffer, 4, 4);
  assertEquals([isLost(view), isLost(chunk()), isLost(chunk(1))], [
    false,
    false,
    false,
  ]);
  buffer.resize(2);
  assertEquals([isLost(view), isLost(lost())], [true, true]);
});

Deno.test("steady() copies a resizable or a shared buffer, and no other", () => {
  const own = chunk(1);
  assert(steady(own) === own);
  const resizable = new Uint8Array(new ArrayBuffer(1, { maxByteLength: 1 }));
  const shared = new Uint8Array(new SharedArrayBuffer(1));
  for (const bytes of [resizable, shared]) {
    const copy = steady(bytes);
    assert(copy !== bytes && copy.buffer !== bytes.buffer);
    assertEquals(copy.byteLength, 1);
  }
});

Deno.test("isBuffer() accepts views and an ArrayBuffer, and calls no trap of a proxy", () => {
  for (const value of [chunk(), new DataView(new ArrayBuffer(1))]) {
    assertEquals(isBuffer(value), true);
  }
  assertEquals(isBuffer(new ArrayBuffer(1)), true);
  for (const value of [{}, [1], null, "x", { byteLength: 1 }, revoked.proxy]) {
    assertEquals(isBuffer(value), false);
  }
});

Deno.test("bytesWanted() names the value, and how to convert it", () => {
  const view = "new Uint8Array(view.buffer, view.byteOffset, view.byteLength)";
  const cases: [value: unknown, message: string][] = [
    ["x", "write a string: give bytes, as in new TextEncoder().encode(text)"],
    [new Uint16Array(1), `write a Uint16Array: give bytes, as in ${view}`],
    [
      new DataView(new ArrayBuffer(1)),
      `write a DataView: give bytes, as in ${view}`,
    ],
    [
      new ArrayBuffer(1),
      "write an ArrayBuffer: give bytes, as in new Uint8Array(buffer)",
    ],
    [
      new Blob([]),
      "write a Blob: give bytes, as in new Uint8Array(await blob.arrayBuffer())",
    ],
    [null, "write null: give bytes"],
    [revoked.proxy, "write an object: give bytes"],
  ];
  for (const [value, message] of cases) {
    const error = bytesWanted("write", value, "bytes");
    assertEquals([error.name, error.message], [
      "TypeError",
      `Cannot ${message}`,
    ]);
  }
});

Deno.test("bytesWanted() advises no conversion to read into, except of a buffer", () => {
  const { message } = bytesWanted("read into", "x", "a Uint8Array");
  assertEquals(message, "Cannot read into a string: give a Uint8Array");
  const buffer = bytesWanted("read into", new ArrayBuffer(1), "a Uint8Array");
  assert(buffer.message.endsWith("as in new Uint8Array(buffer)"));
});

Deno.test("lostMeanwhile() tells how many bytes were sent before the buffer was transferred", () => {
  assertEquals(
    lostMeanwhile("write", 3, 10).message,
    "Cannot write from a buffer that was transferred away or resized meanwhile (3 of 10 bytes were sent): keep it until the write settles, or give a copy",
  );
  for (
    const [error, start] of [
      [lostBefore("send"), "Cannot send from a buffer"],
      [lostRoom("receive"), "Cannot receive into a buffer"],
      [lostRoomMeanwhile("read"), "Cannot read into a buffer"],
    ] as const
  ) {
    assert(error instanceof TypeError && error.message.startsWith(start));
  }
  assert(lostRoomMeanwhile("read").message.includes("meanwhile"));
});

Deno.test("copyOf() shares no memory with a Buffer", () => {
  const buffer = Buffer.from("ab");
  const copy = copyOf(buffer);
  buffer.fill(0);
  assertEquals([copy.constructor === Uint8Array, [...copy]], [true, [97, 98]]);
});

Deno.test("plain() makes a Uint8Array of a Buffer, over the same memory", () => {
  const buffer = Buffer.from(new Uint8Array([1, 2, 3]).buffer, 1, 2);
  const bytes = plain(buffer);
  assertEquals([bytes.constructor === Uint8Array, [...bytes]], [true, [2, 3]]);
  assert(bytes.buffer === buffer.buffer);
  const own = chunk(1);
  assert(plain(own) === own);
});

Deno.test("gather() joins adjacent small pieces, up to 256 KiB, and drops empty ones", () => {
  const half = new Uint8Array(MAX_JOINED_BYTES / 2);
  const { parts, owned } = gather([chunk(1), chunk(), chunk(2)]);
  assertEquals([parts, owned], [[chunk(1, 2)], true]);
  assertEquals(
    gather([half, half, chunk(1)]).parts.map((part) => part.byteLength),
    [MAX_JOINED_BYTES, 1],
  );
  assertEquals(gather([chunk()]), { parts: [], owned: true });
});

Deno.test("gather() owns nothing when a piece is passed on as it is", () => {
  const piece = chunk(1);
  const { parts, owned } = gather([piece]);
  assert(parts[0] === piece && !owned);
  const large = new Uint8Array(MAX_JOINED_BYTES);
  const mixed = gather([chunk(1), chunk(2), large]);
  assert(mixed.parts[1] === large && !mixed.owned);
});

Deno.test("gather() throws TypeError when a piece is no bytes, or was transferred away", () => {
  const wrong = ["x", { length: 0 }] as unknown as Uint8Array[][];
  for (const pieces of wrong) {
    assertThrows(() => gather(pieces), TypeError, "or an array of them");
  }
  const mixed = [chunk(1), 5] as unknown as Uint8Array[];
  assertThrows(() => gather(mixed), TypeError, "an array with 5");
  // deno-lint-ignore no-sparse-arrays
  const hole = [chunk(1), , chunk(2)] as Uint8Array[];
  assertThrows(() => gather(hole), TypeError, "an array with undefined");
  assertThrows(() => gather([lost()]), TypeError, "transferred away");
});

Deno.test("join() copies pieces one behind another", () => {
  assertEquals(join([chunk(1), chunk(2, 3)], 3), chunk(1, 2, 3));
});
