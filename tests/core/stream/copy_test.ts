import { assertEquals, assertRejects } from "@std/assert";
import { copy } from "../../../src/core/stream/copy.ts";

/** A source of chunks, and a target that keeps them. */
function ends(chunks: (Uint8Array<ArrayBuffer> | Error)[]) {
  const written: number[] = [];
  const from = {
    read: () => Promise.reject(new Error("not used")),
    readChunk() {
      const next = chunks.shift() ?? null;
      return next instanceof Error
        ? Promise.reject(next)
        : Promise.resolve(next);
    },
  };
  const to = {
    write(p: Uint8Array | readonly Uint8Array[] | string) {
      const bytes = p as Uint8Array;
      written.push(...bytes);
      return Promise.resolve(bytes.byteLength);
    },
  };
  return { from, to, written };
}

Deno.test("copy() resolves with the number of bytes at EOF", async () => {
  const { from, to, written } = ends([
    new Uint8Array([1, 2]),
    new Uint8Array([3]),
  ]);
  assertEquals(await copy(from, to), 3);
  assertEquals(written, [1, 2, 3]);
});

Deno.test("copy() rejects with the error of the source, after the bytes before it", async () => {
  const { from, to, written } = ends([
    new Uint8Array([1]),
    new Error("ECONNRESET"),
  ]);
  await assertRejects(() => copy(from, to), Error, "ECONNRESET");
  assertEquals(written, [1]);
});

Deno.test("copy() rejects with the error of the target", async () => {
  const { from } = ends([new Uint8Array([1]), new Uint8Array([2])]);
  const to = { write: () => Promise.reject(new Error("EPIPE")) };
  await assertRejects(() => copy(from, to), Error, "EPIPE");
});

Deno.test("copy() rejects with the reason of a signal that has aborted", async () => {
  const { from, to, written } = ends([new Uint8Array([1])]);
  const signal = AbortSignal.abort("stop");
  assertEquals(
    await copy(from, to, { signal }).catch((reason) => reason),
    "stop",
  );
  assertEquals(written, []);
});

Deno.test("copy() refuses an end without the methods it calls", async () => {
  const { from, to } = ends([]);
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const wrong: any = {};
  await assertRejects(() => copy(wrong, to), TypeError);
  await assertRejects(() => copy(from, wrong), TypeError);
});
