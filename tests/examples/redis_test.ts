import { getAvailablePort } from "@std/net";
import { assertEquals, assertMatch } from "@std/assert";
import { Child } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import { onEach, start } from "./example.ts";
import { Files } from "./files.ts";
import { Guest } from "./guest.ts";

const NEEDS_REDIS = { skip: missing("redis-server") };

/** A Redis server that keeps nothing on disk. */
class Redis implements AsyncDisposable {
  readonly port: number = getAvailablePort();
  readonly #files = new Files({});
  readonly #child: Child;

  private constructor() {
    this.#child = new Child({
      name: "redis-server",
      command: "redis-server",
      args: [
        ...["--bind", "127.0.0.1", "--port", String(this.port)],
        ...["--save", "", "--dir", this.#files.path],
      ],
    });
  }

  static async start(): Promise<Redis> {
    const redis = new Redis();
    const ready = "Ready to accept connections";
    try {
      while (!(await redis.#child.line(ready)).includes(ready));
    } catch (error) {
      await redis[Symbol.asyncDispose]();
      throw error;
    }
    return redis;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    this.#files[Symbol.dispose]();
  }
}

onEach(
  "redis_client pipelines commands, in RESP2 and RESP3",
  async (runtime) => {
    await using redis = await Redis.start();
    const run = async (...args: string[]) => {
      await using client = start(runtime, "redis_client", [
        ...["--server", "127.0.0.1", "--port", String(redis.port), ...args],
      ]);
      return await client.exit();
    };
    const lines = (...lines: string[]) => ({
      code: 0,
      signal: null,
      stderr: "",
      lines,
    });
    assertEquals(
      await run(
        ...["SET greeting grüezi", "GET greeting", "GET none", "INCR greeting"],
        ...["HSET h a 1 b 2", "HGETALL h", "SETRANGE big 5242879 x", "GET big"],
      ),
      lines(
        ...['"OK"', '"grüezi"', "null"],
        "(error) ERR value is not an integer or out of range",
        ...["2", '["a", "1", "b", "2"]', "5242880", "(a string of 5242880)"],
      ),
    );
    assertEquals(
      await run(
        "--resp3",
        "HGETALL h",
        "GET none",
        "ZADD z 1.5 x",
        "ZSCORE z x",
      ),
      lines('{"a": "1", "b": "2"}', "null", "1", "1.5"),
    );
    const many = Array.from({ length: 500 }, (_, i) => `ECHO ${i}`);
    assertEquals(await run(...many), lines(...many.map((_, i) => `"${i}"`)));
  },
  NEEDS_REDIS,
);

onEach("redis_client receives what is published", async (runtime) => {
  await using redis = await Redis.start();
  const at = ["--server", "127.0.0.1", "--port", String(redis.port)];
  await using subscriber = start(runtime, "redis_client", [
    ...[...at, "--resp3", "--messages", "2", "SUBSCRIBE news"],
  ]);
  assertEquals(await subscriber.line("reply"), '["subscribe", "news", 1]');
  await using publisher = start(runtime, "redis_client", [
    ...[...at, "PUBLISH news one", "PUBLISH news two"],
  ]);
  assertEquals((await publisher.exit()).lines, ["1", "1"]);
  const { code, lines } = await subscriber.exit();
  assertEquals(code, 0);
  assertEquals(lines.slice(-2), [
    '["message", "news", "one"]',
    '["message", "news", "two"]',
  ]);
}, NEEDS_REDIS);

for (
  const [what, answer, told] of [
    ["a length that is none", "$-7\r\n", /^The reply has the length "-7"\n$/],
    ["a length beyond all", "$4294967295\r\n", /the length "4294967295"\n$/],
    ["nesting without end", "*1\r\n".repeat(100), /nested too deeply\n$/],
    ["an unknown type", "x\r\n", /^No reply begins with "x"\n$/],
    ["half a string", "$10\r\nabc", /EOF/],
  ] as const
) {
  onEach(`redis_client refuses ${what}`, async (runtime) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    await using client = start(runtime, "redis_client", [
      ...["--server", "127.0.0.1", "--port", String(port), "PING"],
    ]);
    using server = new Guest(await listener.accept());
    await server.hear("*1\r\n$4\r\nPING\r\n");
    await server.send(answer);
    await server.end();
    const { code, lines, stderr } = await client.exit();
    assertEquals([code, lines], [1, []]);
    assertMatch(stderr, told);
  });
}
