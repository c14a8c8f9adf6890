/**
 * The programs of `docs/from/` and of the guide's messages, each run as it stands there. A comment
 * `// prints …` is the next line that the program prints.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { readdirSync } from "node:fs";
import { onEach, ROOT, startProgram, textOf } from "./example.ts";

const PAGES = [
  ...readdirSync(new URL("docs/from", ROOT)).sort().map((page) =>
    `docs/from/${page}`
  ),
  "docs/guide/messages.md",
];

for (const page of PAGES) {
  const blocks = [
    ...textOf(page).matchAll(
      /^```ts\n(.*?)^```$/gms,
    ),
  ].map(([, source]) => source);

  blocks.forEach((source, at) => {
    const name = `${page.replaceAll("/", "_").replace(".md", "")}_${at + 1}`;
    // A comment within a loop stands for a line of each turn.
    const expected = [...source.matchAll(/\/\/ prints (.*)$/gm)]
      .map(([, line]) => line);

    onEach(
      `program ${at + 1} of ${page} prints what it says`,
      async (runtime) => {
        assert(expected.length > 0, "the program says what it prints");
        const folder = new URL(".cache/from/", ROOT);
        Deno.mkdirSync(folder, { recursive: true });
        const { pathname } = new URL(`${runtime.name}_${name}.ts`, folder);
        Deno.writeTextFileSync(pathname, source);
        const program = startProgram(runtime, pathname, [], [
          "--allow-net=127.0.0.1,0.0.0.0",
        ]);
        const { code, lines, stderr } = await program.exit();
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        const turns = lines.length / expected.length;
        assertEquals(turns >= 1, true, lines.join("\n"));
        if (turns === 1) assertEquals(lines, expected);
        else assertEquals(new Set(lines), new Set(expected));
      },
    );
  });
}
