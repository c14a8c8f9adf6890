/**
 * The cases of a folder, on Deno. For Node and Bun, which run bundles,
 * `scripts/test/bundles.ts` writes an entry that imports the same files.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { registerCases } from "./cases.ts";

/** Registers the cases of every file in a folder beside this one. */
export async function registerFolder(name: string): Promise<void> {
  const folder = new URL(`${name}/`, import.meta.url);
  for (const file of (await readdir(folder)).sort()) {
    registerCases([await import(new URL(file, folder).href)]);
  }
}
