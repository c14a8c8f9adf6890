import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { certificates } from "../certificates.ts";
import { test } from "../harness.ts";
import { Child } from "../process/child.ts";
import type { Runtime } from "../runtimes.ts";
import {
  closedPort,
  onEach,
  portOf,
  ROOT,
  startProgram,
  stop,
  textOf,
} from "./example.ts";
import { Files } from "./files.ts";

const README = textOf("README.md");

/** The oldest runtime runs them too, as JavaScript. */
const onAll: typeof onEach = (name, run) =>
  onEach(name, run, { also: ["node20", "node22"] });

/** The programs of the README, by the heading that they stand under. */
const programs = new Map(
  README.split(/^## /m).slice(1).flatMap((section) =>
    [...section.matchAll(/^```ts\n(.*?)^```$/gms)].map((
      [, source],
    ) => [section.split("\n")[0], source] as const)
  ),
);
const HEADINGS = [...programs.keys()];

/** Pages whose first program is run here too. */
const PAGES = {
  "BSD sockets": "docs/guide/berkeley.md",
  "Errors": "docs/reference/errors.md",
  "Cancelling": "docs/guide/cancellation.md",
};
for (const [heading, page] of Object.entries(PAGES)) {
  programs.set(heading, /^```ts\n(.*?)^```$/ms.exec(textOf(page))![1]);
}

/**
 * Starts the program under a heading, with another port than the 8080 it says.
 *
 * @param filesIn Where the files are that it reads.
 */
function start(
  runtime: Runtime,
  heading: string,
  port: number,
  filesIn = "",
): Child {
  const folder = new URL(".cache/readme/", ROOT);
  Deno.mkdirSync(folder, { recursive: true });
  const words = [runtime.name, ...heading.split(" ")].join("_").toLowerCase();
  // As it stands: what is TypeScript alone would not run.
  const file = new URL(`${words}.mjs`, folder);
  const source = programs.get(heading)!.replace("8080", String(port))
    .replaceAll(/"(\w+\.pem)"/g, `"${filesIn}/$1"`);
  Deno.writeTextFileSync(file, source);
  const flags = ["--allow-net", ...filesIn === "" ? [] : ["--allow-read"]];
  return startProgram(runtime, file.pathname, [], flags);
}

async function linesOf(program: Child): Promise<readonly string[]> {
  const { code, lines, stderr } = await program.exit();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return lines;
}

test("the README's programs are those that are run here", {}, () => {
  const headings = [
    "A server",
    "A server that lasts",
    "A client",
    "TLS",
    "Datagrams",
  ];
  assertEquals(HEADINGS, headings);
  assertEquals(README.match(/^```ts\n/gm)?.length, headings.length);
  return Promise.resolve();
});

test("the README is read in one go", {}, () => {
  assert(README.split("\n").length <= 200);
  return Promise.resolve();
});

test("the README's programs have correct types", {}, async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--doc-only", "README.md"],
    cwd: ROOT,
  }).output();
  assertEquals(success, true, new TextDecoder().decode(stderr));
});

onAll("the README's server answers its client", async (runtime) => {
  await using server = start(runtime, "A server", 0);
  const port = Number(await server.says("Listening on port"));
  await using client = start(runtime, "A client", port);
  assertEquals(await linesOf(client), ["hello"]);
  await using canceller = start(runtime, "Cancelling", port);
  assertEquals(await linesOf(canceller), ["Still nothing", "hello"]);
});

onAll("the README's TLS is spoken", async (runtime) => {
  const { selfSigned: { cert, key } } = await certificates();
  using files = new Files({ "cert.pem": cert, "key.pem": key });
  await using program = start(runtime, "TLS", 0, files.path);
  assertEquals(await linesOf(program), ["Speaking TLSv1.3", "hello"]);
});

onAll("the README's datagrams go there and back", async (runtime) => {
  await using program = start(runtime, "Datagrams", 0);
  assertEquals(await linesOf(program), ["hello"]);
});

onAll("the README's classic server answers its client", async (runtime) => {
  const port = closedPort();
  await using server = start(runtime, "BSD sockets", port);
  await server.says("Waiting on port");
  await using client = start(runtime, "A client", port);
  assertEquals(await linesOf(client), ["hello"]);
  const { code, lines, stderr } = await server.exit();
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(lines[0], "Connection from");
});

onAll("the README's lasting server answers, and stops", async (runtime) => {
  await using server = start(runtime, "A server that lasts", 0);
  const port = Number(await server.says("Serving on port"));
  await using client = start(runtime, "A client", port);
  assertEquals(await linesOf(client), ["hello"]);
  const { lines, stderr } = await stop(server, "SIGTERM");
  assertEquals([lines, stderr], [[], ""]);
});

onAll("the README's error is the one it says", async (runtime) => {
  const port = closedPort();
  await using program = start(runtime, "Errors", port);
  const { code, stderr } = await program.exit();
  assertEquals(code, 0);
  const told = `Cannot connect to 127.0.0.1:${port}: ` +
    "connection refused (ECONNREFUSED)\n";
  assertEquals(stderr, told);
  assertStringIncludes(
    programs.get("Errors")!,
    `// ${told.replace(String(port), "8080")}`,
  );
});

test(
  "the README's tasks and files exist, and a page names every example",
  {},
  async () => {
    const { tasks } = JSON.parse(textOf("deno.json"));
    const text = README + textOf("CONTRIBUTING.md");
    for (const [, task] of text.matchAll(/(?:deno|deno@2) task ([\w:]+)/g)) {
      assertEquals(Object.hasOwn(tasks, task), true, task);
    }
    for (const [, path] of text.matchAll(/\]\(([^):#]+)\)/g)) {
      await Deno.lstat(new URL(path, ROOT));
    }
    const examples = textOf("docs/guide/examples.md");
    for await (const { name } of Deno.readDir(new URL("examples", ROOT))) {
      assertStringIncludes(examples, `](../../examples/${name})`);
    }
  },
);

for (const words of [["--port", "0"], ["--", "--port", "0"]]) {
  test(
    `deno task start ${
      words.join(" ")
    } runs the echo server, with nothing to download`,
    {},
    async () => {
      const cache = await Deno.makeTempDir();
      try {
        await using task = new Child({
          name: "deno task start",
          command: Deno.execPath(),
          args: ["task", "--cwd", ROOT.pathname, "start", ...words],
          env: { DENO_DIR: cache },
        });
        await portOf(task, "Echoing on");
        await task.says("Try: nc 127.0.0.1");
        // On a busy machine Deno 2.9 says at times that it was interrupted, though
        // what it ran has ended well.
        const { lines, stderr } = await stop(task, "SIGINT", [0, 130]);
        assertEquals(lines, ["Stopping", "Stopped"]);
        assertEquals(stderr.match(/^Download .*/gm), null);
      } finally {
        await Deno.remove(cache, { recursive: true });
      }
    },
  );
}
