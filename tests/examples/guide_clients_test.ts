/**
 * The programs of `docs/guide/clients.md`, each run as it stands there.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { Child } from "../process/child.ts";
import type { Runtime } from "../runtimes.ts";
import { closedPort, onEach, ROOT, textOf } from "./example.ts";

const PAGE = "docs/guide/clients.md";

/** The programs, by the heading that they stand under. */
const programs = new Map(
  textOf(PAGE).split(/^## /m).slice(1).flatMap((section) =>
    [...section.matchAll(/^```ts\n(.*?)^```$/gms)].map((
      [, source],
    ) => [section.split("\n")[0], source] as const)
  ),
);

/** Starts the program under a heading, which can have so many descriptors. */
function start(
  runtime: Runtime,
  heading: string,
  words: readonly (string | number)[],
  descriptors = 1024,
): Child {
  const folder = new URL(".cache/guide/", ROOT);
  Deno.mkdirSync(folder, { recursive: true });
  const name = `${runtime.name} ${heading}`.replaceAll(" ", "_").toLowerCase();
  const { pathname } = new URL(`${name}.ts`, folder);
  Deno.writeTextFileSync(pathname, programs.get(heading)!);
  const { command, args, env } = runtime.command(
    pathname,
    words.map(String),
    { denoFlags: ["--allow-net=127.0.0.1"] },
  );
  return new Child({
    name: `${heading} on ${runtime.name}`,
    command: "sh",
    args: [
      "-c",
      `ulimit -n ${descriptors}; exec "$@"`,
      "sh",
      command,
      ...args,
    ],
    // Early releases of Node 24 warn of stripping types.
    env: { ...env, NODE_NO_WARNINGS: "1" },
  });
}

async function linesOf(program: Child): Promise<readonly string[]> {
  const { code, lines, stderr } = await program.exit();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return lines;
}

test(
  "the programs of the guide for clients are those that are run here",
  {},
  () => {
    assertEquals([...programs.keys()], [
      "One connection",
      "Many connects at once",
    ]);
    return Promise.resolve();
  },
);

onEach("the guide's client connects, or says why not", async (runtime) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  await using client = start(runtime, "One connection", [port]);
  (await listener.accept()).close();
  assertEquals(await linesOf(client), [`connected to port ${port}`]);
  const closed = closedPort();
  await using other = start(runtime, "One connection", [closed]);
  assertEquals(await linesOf(other), [
    "ECONNREFUSED " +
    `Cannot connect to 127.0.0.1:${closed}: connection refused (ECONNREFUSED)`,
  ]);
});

onEach(
  "the guide's pool finds open ports among 2,000, with 128 descriptors",
  async (runtime) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const closed = closedPort();
    const first = Math.min(Math.max(port - 1000, 1), 65535 - 1999);
    await using pool = start(
      runtime,
      "Many connects at once",
      [first, first + 1999],
      128,
    );
    const [line] = await linesOf(pool);
    assertStringIncludes(line, "open of 2000: ");
    const open = line.slice("open of 2000: ".length).split(" ").map(Number);
    assertEquals([open.includes(port), open.includes(closed)], [true, false]);
  },
);
