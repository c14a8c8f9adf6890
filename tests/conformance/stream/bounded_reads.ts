/**
 * Reads that wait for what they need: a number of bytes, a delimiter, a line.
 *
 * @module
 */
import { type Conn, errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { assertSameBytes, bytes, pattern, readText, text } from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";

/** Sends pieces, each in a turn of its own. */
async function drip(conn: Conn, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    await conn.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Each bounded read, called so that "x" alone is too little for it. */
const waiting: readonly [
  string,
  (conn: Conn, options?: Bounds) => Promise<unknown>,
][] = [
  ["readExactly()", (conn, options) => conn.readExactly(5, options)],
  ["readUntil()", (conn, options) => conn.readUntil("\r\n", options)],
  ["readLine()", (conn, options) => conn.readLine(options)],
  ["peek()", (conn, options) => conn.peek(5, options)],
];
type Bounds = {
  signal?: AbortSignal;
  timeoutMs?: number;
  maxBytes?: number;
};

/** Cases of `readExactly`, `readUntil`, `readLine`, `lines` and `peek`. */
export const boundedReads: readonly Case[] = [
  ...overEach(
    "readExactly() waits for all bytes, and leaves the rest",
    async (net, over) => {
      using ends = await pair(net, over);
      const reading = ends.server.readExactly(5);
      await drip(ends.client, ["he", "l", "lo and more"]);
      assertEquals(text((await reading)!), "hello");
      assertEquals(await readText(ends.server), " and more");
    },
  ),
  ...overEach(
    "readExactly() fills a buffer, and returns it",
    async (net, over) => {
      using ends = await pair(net, over);
      const p = new Uint8Array(100).subarray(10, 15);
      const reading = ends.server.readExactly(p);
      await drip(ends.client, ["hel", "lo!"]);
      assert(await reading === p);
      assertEquals(text(p), "hello");
      assertEquals(await readText(ends.server), "!");
    },
  ),
  ...overEach(
    "readExactly() of no bytes resolves at once, also at the end",
    async (net, over) => {
      using ends = await pair(net, over);
      assertEquals((await ends.server.readExactly(0))!.byteLength, 0);
      await ends.client.closeWrite();
      assertEquals(await ends.server.readExactly(1), null);
      assertEquals((await ends.server.readExactly(0))!.byteLength, 0);
    },
  ),
  ...overEach(
    "readExactly() of more than the queue stores arrives whole",
    async (net, over) => {
      using ends = await pair(net, over);
      const sent = pattern(5_000_000);
      const [got] = await Promise.all([
        ends.server.readExactly(sent.byteLength),
        ends.client.write(sent),
      ]);
      assertSameBytes(got!, sent);
    },
  ),
  ...overEach(
    "readUntil() returns the bytes up to a delimiter, and with it",
    async (net, over) => {
      using ends = await pair(net, over);
      const reading = ends.server.readUntil(
        new Uint8Array([13, 10, 46, 13, 10]),
      );
      await drip(ends.client, ["a\r\n", ".", ".\r", "\n\r\n.\r\nrest"]);
      assertEquals(text((await reading)!), "a\r\n..\r\n\r\n.\r\n");
      assertEquals(await readText(ends.server), "rest");
    },
  ),
  ...overEach(
    "readLine() takes LF and CRLF, and a last line without either",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.write("one\ntwo\r\n\nthr\ree\r\n\u00fcber");
      await ends.client.closeWrite();
      const lines: (string | null)[] = [];
      for (let i = 0; i < 7; i++) lines.push(await ends.server.readLine());
      assertEquals(lines, [
        "one",
        "two",
        "",
        "thr\ree",
        "\u00fcber",
        null,
        null,
      ]);
    },
  ),
  ...overEach(
    "lines() yields lines, and leaving it loses no byte",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.write("a\nb\nc\nd");
      await ends.client.closeWrite();
      const seen: string[] = [];
      for await (const line of ends.server.lines()) {
        seen.push(line);
        if (line === "b") break;
      }
      assertEquals(await readText(ends.server, 2), "c\n");
      for await (const line of ends.server.lines()) seen.push(line);
      assertEquals(seen, ["a", "b", "d"]);
      assertEquals(await readText(ends.server), null);
    },
  ),
  ...overEach(
    "peek() returns bytes that the next read gets again",
    async (net, over) => {
      using ends = await pair(net, over);
      const peeking = ends.server.peek(4);
      await drip(ends.client, ["GE", "T / "]);
      assertEquals(text((await peeking)!), "GET ");
      assertEquals(text((await ends.server.peek(1))!), "G");
      assertEquals(ends.server.bytesRead, 0);
      assertEquals(text((await ends.server.readExactly(5))!), "GET /");
      await ends.client.closeWrite();
      assertEquals(text((await ends.server.peek(9))!), " ");
      assertEquals(await readText(ends.server), " ");
      assertEquals(await ends.server.peek(9), null);
    },
  ),
  ...overEach(
    "bounded reads, read() and readChunk() are served in the order of the calls",
    async (net, over) => {
      using ends = await pair(net, over);
      const p = new Uint8Array(2);
      const reads = [
        ends.server.readLine(),
        ends.server.read(p),
        ends.server.readExactly(3),
        ends.server.readUntil(";"),
        ends.server.readChunk(),
      ] as const;
      await drip(ends.client, ["li", "ne\nabcd", "ef;", "rest"]);
      assertEquals(await reads[0], "line");
      const n = await reads[1];
      const rest = [
        text(p.subarray(0, n!)),
        text((await reads[2])!),
        text((await reads[3])!),
      ].join("");
      assertEquals(rest, "abcdef;");
      assertEquals(text((await reads[4])!), "rest");
      assertEquals(ends.server.bytesRead, "line\nabcdef;rest".length);
    },
  ),
  ...overEach(
    "readable continues exactly behind the last line",
    async (net, over) => {
      using ends = await pair(net, over);
      await ends.client.write("head\nbody of it");
      await ends.client.closeWrite();
      assertEquals(await ends.server.readLine(), "head");
      const body = await new Response(ends.server.readable).text();
      assertEquals(body, "body of it");
    },
  ),
  ...waiting.flatMap(([name, call]) =>
    overEach(
      `${name} that times out or is aborted takes no byte`,
      async (net, over) => {
        using ends = await pair(net, over);
        await ends.client.write("x");
        await assertRejects(
          () => call(ends.server, { timeoutMs: 5 }),
          errors.TimedOut,
        );
        const controller = new AbortController();
        const aborted = call(ends.server, { signal: controller.signal })
          .catch((reason) => reason);
        const next = call(ends.server);
        controller.abort("stop");
        assertEquals(await aborted, "stop");
        await ends.client.write("yz..\r\n");
        const result = await next;
        const got = typeof result === "string"
          ? result
          : text(result as Uint8Array);
        assert(got.startsWith("xyz.."), got);
      },
    )
  ),
  ...["readUntil()", "readLine()"].flatMap((name) =>
    overEach(
      `${name} rejects MessageTooLarge past maxBytes, and the bytes stay`,
      async (net, over) => {
        using ends = await pair(net, over);
        const read = (maxBytes: number) =>
          name === "readLine()"
            ? ends.server.readLine({ maxBytes })
            : ends.server.readUntil("\n", { maxBytes });
        await ends.client.write("12345\n");
        await assertRejects(() => read(5), errors.MessageTooLarge, "maxBytes");
        const whole = await read(6);
        assertEquals(
          typeof whole === "string" ? whole : text(whole!).trim(),
          "12345",
        );
        const pending = assertRejects(() => read(8), errors.MessageTooLarge);
        await drip(ends.client, ["abcd", "efgh", "ij\n"]);
        await pending;
        assertEquals(await ends.server.readLine(), "abcdefghij");
      },
    )
  ),
  ...overEach(
    "readExactly() and readUntil() reject UnexpectedEof, with the bytes still there",
    async (net, over) => {
      using ends = await pair(net, over);
      const reading = assertRejects(
        () => ends.server.readExactly(10),
        errors.UnexpectedEof,
      );
      const until = assertRejects(
        () => ends.server.readUntil("\n"),
        errors.UnexpectedEof,
      );
      await ends.client.write("1234");
      await ends.client.closeWrite();
      for (const error of [await reading, await until]) {
        assertEquals([error.code, error.received], ["EOF", 4]);
      }
      assertEquals(await readText(ends.server), "1234");
      assertEquals(await ends.server.readUntil("\n"), null);
    },
  ),
  ...overEach(
    "close() interrupts bounded reads",
    async (net, over) => {
      using ends = await pair(net, over);
      const reads = waiting.map(([, call]) =>
        assertRejects(() => call(ends.server), errors.Interrupted)
      );
      ends.server.close();
      await Promise.all(reads);
      for (const [, call] of waiting) {
        await assertRejects(() => call(ends.server), errors.BadResource);
      }
    },
  ),
  {
    name:
      "readLine() replaces bytes that are not UTF-8, and with fatal rejects InvalidData",
    async run(net) {
      using ends = await pair(net);
      await ends.client.write([new Uint8Array([0x61, 0xff]), "\nb\n"]);
      await assertRejects(
        () => ends.server.readLine({ fatal: true }),
        errors.InvalidData,
        "UTF-8",
      );
      assertEquals(await ends.server.readLine(), "a\ufffd");
      assertEquals(await ends.server.readLine({ fatal: true }), "b");
    },
  },
  {
    name:
      "an endless line costs maxBytes and a chunk, and the peer is slowed down",
    async run(net) {
      using ends = await pair(net);
      const endless = ends.client.write(new Uint8Array(64 * 1024 * 1024));
      await assertRejects(
        () => ends.server.readLine({ maxBytes: 1000 }),
        errors.MessageTooLarge,
      );
      const sent = ends.client.bytesWritten;
      await assertRejects(
        () => ends.server.readLine({ maxBytes: 1000 }),
        errors.MessageTooLarge,
      );
      assert(sent < 32 * 1024 * 1024, `${sent} bytes were sent`);
      ends.server.close();
      await endless.catch(() => {});
    },
  },
  {
    name: "bounded reads refuse arguments that make no sense, and take no byte",
    async run(net) {
      using ends = await pair(net);
      await ends.client.write("hello\n");
      // deno-lint-ignore no-explicit-any -- wrong on purpose
      const conn = ends.server as any;
      const wrong: [() => Promise<unknown>, new () => Error][] = [
        [() => conn.readExactly("5"), TypeError],
        [() => conn.readExactly(-1), RangeError],
        [() => conn.readExactly(1.5), RangeError],
        [() => conn.readExactly(2 ** 24 + 1), RangeError],
        [() => conn.readExactly(10, { maxBytes: 9 }), RangeError],
        [() => conn.readExactly(1, { max: 9 }), TypeError],
        [() => conn.readUntil(""), RangeError],
        [() => conn.readUntil(10), TypeError],
        [() => conn.readLine({ maxBytes: 0 }), RangeError],
        [() => conn.readLine({ fatal: 1 }), TypeError],
        [() => conn.peek(0), RangeError],
        [() => conn.peek(1, { timeoutMs: -1 }), RangeError],
      ];
      for (const [call, kind] of wrong) await assertRejects(call, kind);
      assertEquals(await conn.readLine(), "hello");
    },
  },
  ...overEach(
    "write() takes strings as UTF-8, alone and among pieces",
    async (net, over) => {
      using ends = await pair(net, over);
      assertEquals(await ends.client.write("\u00fcber\n"), 6);
      assertEquals(
        await ends.client.write(["a", bytes("b"), "", "\u20ac\n"]),
        6,
      );
      assertEquals(await ends.client.write(""), 0);
      assertEquals(await ends.server.readLine(), "\u00fcber");
      assertEquals(await ends.server.readLine(), "ab\u20ac");
    },
  ),
];
