import { getAvailablePort } from "@std/net";
import { assertEquals, assertMatch } from "@std/assert";
import { Child } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import { onEach, start } from "./example.ts";
import { Guest } from "./guest.ts";

const NEEDS_MEMCACHED = { skip: missing("memcached") };

onEach("memcached_client stores and fetches values", async (runtime) => {
  const port = String(getAvailablePort());
  await using server = new Child({
    name: "memcached",
    command: "sh",
    args: [
      ...["-c", 'exec memcached "$@" 2>&1', "sh", "-u", "root", "-vv"],
      ...["-U", "0", "-l", "127.0.0.1", "-p", port],
    ],
  });
  while (!(await server.line("listening")).includes("server listening"));
  const run = async (...words: string[]) => {
    await using client = start(runtime, "memcached_client", [
      ...["--server", "127.0.0.1", "--port", port, ...words],
    ]);
    return await client.exit();
  };
  const well = { code: 0, signal: null, stderr: "" };
  const long = "ü".repeat(30_000);
  assertEquals(await run("a=rain", "b=", `c=${long}`), { ...well, lines: [] });
  assertEquals(await run("a", "none", "b", "c"), {
    ...well,
    lines: ["a rain", "none (none)", "b ", `c ${long}`],
  });
  const wrong = await run("a b\r\nflush_all=1");
  assertEquals(wrong.code, 1);
  assertMatch(wrong.stderr, /^"a b\\r\\nflush_all" is no key/);
}, NEEDS_MEMCACHED);

for (
  const [what, answer, told] of [
    ["an error", "SERVER_ERROR busy\r\n", /says SERVER_ERROR busy\n$/],
    ["a size beyond all", "VALUE a 0 4294967295\r\n", /says VALUE a 0/],
    ["an endless line", "x".repeat(3000), /maxBytes|2048/],
    ["half a value", "VALUE a 0 10\r\nabc", /EOF/],
    ["the end", "", /closed the connection\n$/],
  ] as const
) {
  onEach(`memcached_client ends at ${what}`, async (runtime) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    await using client = start(runtime, "memcached_client", [
      ...["--server", "127.0.0.1", "--port", String(port), "a"],
    ]);
    using server = new Guest(await listener.accept());
    await server.hear("get a\r\n");
    await server.send(answer);
    await server.end();
    const { code, lines, stderr } = await client.exit();
    assertEquals([code, lines], [1, []]);
    assertMatch(stderr, told);
  });
}
