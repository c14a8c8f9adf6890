/**
 * The load generator, against servers that do what they must not.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { equip } from "../../bench/programs.ts";
import { outcomeOf } from "../../scripts/command.ts";
import { test } from "../harness.ts";
import { skip } from "./needs.ts";

type Serve = (conn: Deno.Conn) => Promise<void>;

/** What the load generator says of such a server. */
async function verdict(serve: Serve, words: readonly string[]) {
  const { load } = await equip();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const conn of listener) {
      serving.push(
        // It leaves in the middle, as soon as it has seen enough.
        serve(conn).catch(() => {}).finally(() => conn.close()),
      );
    }
  })();
  const outcome = await outcomeOf(load, [
    ...words,
    `port=${listener.addr.port}`,
    "seconds=0.2",
  ]);
  listener.close();
  await accepting;
  await Promise.all(serving);
  return outcome;
}

/** An echo that passes each chunk through `change`. */
function echo(change: (chunk: Uint8Array, place: number) => Uint8Array): Serve {
  return async (conn) => {
    const buffer = new Uint8Array(64 * 1024);
    for (let place = 0;;) {
      const n = await conn.read(buffer);
      if (n === null) return;
      const out = change(buffer.slice(0, n), place);
      place += n;
      for (let at = 0; at < out.byteLength;) {
        at += await conn.write(out.subarray(at));
      }
    }
  };
}

/** Changes what comes at one place of the stream. */
const at = (
  wanted: number,
  change: (chunk: Uint8Array, i: number) => Uint8Array,
) =>
(chunk: Uint8Array, place: number) => {
  const i = wanted - place;
  return i >= 0 && i < chunk.byteLength ? change(chunk, i) : chunk;
};

const ECHO = ["echo", "connections=2", "size=1000", "depth=2"];

test("load is content with an echo", { skip }, async () => {
  const { code, stdout, stderr } = await verdict(echo((chunk) => chunk), ECHO);
  assertEquals(code, 0, stderr);
  const { messages, bytes } = JSON.parse(stdout);
  assertEquals(messages > 0 && bytes >= messages * 1000 - 2000, true, stdout);
});

for (
  const [what, change] of [
    [
      "changes a byte",
      at(5000, (chunk, i) => {
        chunk[i] ^= 1;
        return chunk;
      }),
    ],
    ["loses a byte", at(5000, (chunk) => chunk.subarray(1))],
    [
      "doubles a chunk",
      at(5000, (chunk) => new Uint8Array([...chunk, ...chunk])),
    ],
  ] as const
) {
  test(`load notices an echo that ${what}`, { skip }, async () => {
    const { code, stderr } = await verdict(echo(change), ECHO);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "wrong bytes");
  });
}

test("load notices an echo that ends early", { skip }, async () => {
  const serve: Serve = async (conn) => {
    await conn.read(new Uint8Array(1000));
  };
  const { code, stderr } = await verdict(serve, ECHO);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "load: ");
});

test("load notices a sink that has lost a byte", { skip }, async () => {
  const serve: Serve = async (conn) => {
    const buffer = new Uint8Array(64 * 1024);
    let got = -1;
    for (;;) {
      const n = await conn.read(buffer);
      if (n === null) break;
      got += n;
    }
    await conn.write(new TextEncoder().encode(String(got)));
  };
  const { code, stderr } = await verdict(serve, ["sink", "size=65536"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "the server got");
});
