/**
 * The documents that come with both packages, and where their links lead.
 *
 * @module
 */
import { assertEquals, assertGreater } from "@std/assert";
import { join, posix } from "node:path";
import { filesOf } from "../../scripts/files.ts";
import { ROOT } from "../../scripts/places.ts";

const FOLDERS = ["docs", "examples"];

/** Their paths, but for README and licence. */
export async function documents(): Promise<string[]> {
  const paths = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "bench/results.json",
  ];
  for (const folder of FOLDERS) {
    const files = await filesOf(join(ROOT, folder));
    paths.push(...files.map((path) => `${folder}/${path}`));
  }
  return paths;
}

/**
 * Fails unless each relative link of a document leads to something among the files.
 *
 * @param root Where they are.
 * @param files Their paths below it, with slashes.
 */
export async function assertLinks(
  root: string,
  files: readonly string[],
): Promise<void> {
  const there = new Set(files);
  for (const file of files) {
    for (let at = posix.dirname(file); at !== "."; at = posix.dirname(at)) {
      there.add(at);
    }
  }
  const broken: string[] = [];
  let seen = 0;
  for (const file of files) {
    if (!file.endsWith(".md")) continue;
    const text = await Deno.readTextFile(join(root, file));
    for (const [, link] of text.matchAll(/\]\(([^):#]+)[^):]*\)/g)) {
      seen++;
      const target = posix.join(posix.dirname(file), link);
      if (!there.has(target.replace(/\/$/, ""))) {
        broken.push(`${file}: ${link}`);
      }
    }
  }
  assertEquals(broken, []);
  assertGreater(seen, 10);
}
