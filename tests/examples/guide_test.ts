import { assertEquals } from "@std/assert";
import { readdirSync } from "node:fs";
import { connect } from "@anyport/sockets";
import { test } from "../harness.ts";
import type { Child } from "../process/child.ts";
import type { Runtime } from "../runtimes.ts";
import { onEach, ROOT, startProgram, stop, textOf } from "./example.ts";

const GUIDE = "docs/guide";

/** The pages of the documentation. */
const PAGES = readdirSync(new URL("docs", ROOT), { recursive: true })
  .map((path) => `docs/${String(path).replaceAll("\\", "/")}`)
  .filter((path) => path.endsWith(".md"));

test("the programs of the documentation have correct types", {}, async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--doc-only", ...PAGES],
    cwd: ROOT,
  }).output();
  assertEquals(success, true, new TextDecoder().decode(stderr));
});

test(
  "the links of the documentation, and the files that it names, are there",
  {},
  async () => {
    for (const path of PAGES) {
      const page = new URL(path, ROOT);
      const text = await Deno.readTextFile(page);
      for (const [, path] of text.matchAll(/\]\(([^):#]+)[^):]*\)/g)) {
        await Deno.lstat(new URL(path, page));
      }
      for (
        const [, path] of text.matchAll(/`((?:src|scripts|tests)\/[\w./]+)`/g)
      ) {
        await Deno.lstat(new URL(path, ROOT));
      }
    }
  },
);

/** Starts the first program of a page, with another port than the 8080 it says. */
function start(runtime: Runtime, page: string, port: number): Child {
  const text = textOf(`${GUIDE}/${page}.md`);
  const source = /^```ts\n(.*?)^```$/ms.exec(text)![1]
    .replaceAll("8080", String(port));
  const folder = new URL(".cache/guide/", ROOT);
  Deno.mkdirSync(folder, { recursive: true });
  const file = new URL(`${runtime.name}_${page}.ts`, folder);
  Deno.writeTextFileSync(file, source);
  return startProgram(runtime, file.pathname, [], ["--allow-net"]);
}

onEach("the guide's limited server answers, and stops", async (runtime) => {
  await using server = start(runtime, "limits", 0);
  const port = Number(await server.says("Serving on port"));
  using conn = await connect({ port });
  await conn.write(new TextEncoder().encode("hello"));
  await conn.closeWrite();
  assertEquals(
    new TextDecoder().decode(await conn.readChunk() ?? undefined),
    "hello",
  );
  const { lines, stderr } = await stop(server, "SIGTERM");
  assertEquals([lines, stderr], [[], ""]);
});
