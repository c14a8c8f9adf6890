/**
 * What Deno says to the package before it is published.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { outcomeOf } from "../../scripts/command.ts";
import { filesOf } from "../../scripts/files.ts";
import { ROOT } from "../../scripts/places.ts";
import { test } from "../harness.ts";
import { assertLinks, documents } from "./documents.ts";

test(
  "deno publish takes the sources and the documents, and nothing else",
  {},
  async () => {
    const { code, stderr } = await outcomeOf(
      Deno.execPath(),
      ["publish", "--dry-run", "--allow-dirty"],
      { cwd: ROOT },
    );
    assertEquals(code, 0, stderr);
    const root = `${pathToFileURL(ROOT).href}/`;
    const files = [...stderr.matchAll(/^ +(file:\S+) \(/gm)]
      .map(([, url]) => url.replace(root, ""));
    const sources = await filesOf(join(ROOT, "src"));
    assertEquals(
      files.sort(),
      ["LICENSE", "README.md", "deno.json", "mod.ts"]
        .concat(sources.map((path) => `src/${path}`), await documents())
        .sort(),
    );
    await assertLinks(ROOT, files);
  },
);

test("deno doc finds every exported name documented", {}, async () => {
  const { code, stderr } = await outcomeOf(
    Deno.execPath(),
    ["doc", "--lint", "mod.ts"],
    { cwd: ROOT },
  );
  assertMatch(stderr, /^Checked 1 file/m);
  assertEquals(code, 0, stderr);
});
