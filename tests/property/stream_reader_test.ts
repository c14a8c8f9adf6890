/**
 * Bounded reads beside `asyncio.StreamReader` of Python, which gets the same bytes.
 *
 * Three things differ. What fails takes no byte here, while a `readexactly`,
 * `readuntil` or `readline` that fails may drop some. At EOF with nothing left the
 * result is `null` instead of an error or `b""`. A line has no LF or CRLF.
 *
 * @module
 */
import { type Conn, connect, errors, listen } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "../harness.ts";

type Call =
  | { op: "exactly"; size: number }
  | { op: "until"; delimiter: string; maxBytes: number }
  | { op: "line"; maxBytes: number };

type Answer =
  | { value: string }
  | { error: string; dropped: string };

/** Few different bytes, so that delimiters and parts of them are frequent. */
const text = fc.string({
  unit: fc.constantFrom("a", "b", "\r", "\n"),
  maxLength: 20,
});

const limit = fc.integer({ min: 4, max: 24 });

const calls = fc.array(
  fc.oneof(
    fc.record({
      op: fc.constant("exactly" as const),
      size: fc.integer({ min: 1, max: 24 }),
    }),
    fc.record({
      op: fc.constant("until" as const),
      delimiter: fc.constantFrom("a", "ab", "\r\n", "aab", "aba"),
      maxBytes: limit,
    }),
    fc.record({ op: fc.constant("line" as const), maxBytes: limit }),
  ),
  { minLength: 1, maxLength: 12 },
);

const skip = spawnSync("python3", ["--version"]).status === 0
  ? undefined
  : "needs program python3";

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** What a call here does, in the terms of Python. */
async function answerOf(conn: Conn, call: Call): Promise<Answer | null> {
  try {
    if (call.op === "line") {
      const line = await conn.readLine({ maxBytes: call.maxBytes });
      return line === null ? null : { value: line };
    }
    const bytes = call.op === "exactly"
      ? await conn.readExactly(call.size)
      : await conn.readUntil(call.delimiter, { maxBytes: call.maxBytes });
    return bytes === null ? null : { value: latin1(bytes) };
  } catch (error) {
    if (error instanceof errors.UnexpectedEof) {
      return {
        error: "IncompleteReadError",
        dropped: latin1((await conn.peek(error.received!))!),
      };
    }
    if (error instanceof errors.MessageTooLarge) {
      // readline() translates it.
      const name = call.op === "line" ? "ValueError" : "LimitOverrunError";
      return { error: name, dropped: "" };
    }
    throw error;
  }
}

/** What Python's answer is, where only the three differences count. */
function translated(call: Call, answer: Answer): Answer | null {
  if ("error" in answer) {
    return answer.error === "IncompleteReadError" && answer.dropped === ""
      ? null
      : answer;
  }
  if (call.op !== "line") return answer;
  return answer.value === ""
    ? null
    : { value: answer.value.replace(/\r?\n$/, "") };
}

test("bounded reads do what asyncio.StreamReader does", {
  skip,
  limitMs: 60_000,
}, async () => {
  const python = spawn("python3", ["tests/property/stream_reader.py"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: python.stdout! })
    [Symbol.asyncIterator]();
  const exit = once(python, "exit");
  using listener = await listen({ hostname: "127.0.0.1", port: 0 });
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 8 }),
        calls,
        async (chunks, calls) => {
          python.stdin!.write(JSON.stringify({ chunks, calls }) + "\n");
          const answers: Answer[] = JSON.parse((await lines.next()).value!);

          using client = await connect({ port: listener.addr.port });
          using server = await listener.accept();
          const writing = (async () => {
            for (const chunk of chunks) await client.write(chunk);
            await client.closeWrite();
          })();
          for (const [i, call] of calls.entries()) {
            const answer = await answerOf(server, call);
            const expected = translated(call, answers[i]);
            if (expected === null || "value" in expected) {
              assertEquals(answer, expected);
              continue;
            }
            // The bytes that Python drops are still here.
            assertEquals((answer as { error: string }).error, expected.error);
            const { length } = expected.dropped;
            const still = await server.readExactly(length);
            assertEquals(latin1(still!), expected.dropped);
          }
          await writing;
        },
      ),
      { numRuns: 400 },
    );
  } finally {
    python.stdin!.end();
    await exit;
  }
});
