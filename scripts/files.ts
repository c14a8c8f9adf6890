/**
 * Files that may or may not be there.
 *
 * @module
 */
import { join } from "node:path";

/** Whether there is something at `path`, be it a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes a file or a directory with all that is in it; a link, not what it leads to. */
export async function remove(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path, { recursive: true });
}

/** A file's text; `undefined` if there is no such file. */
export async function textOf(path: string): Promise<string | undefined> {
  return await exists(path) ? await Deno.readTextFile(path) : undefined;
}

/** All files of a directory, in order: their paths in it, with slashes on every system. */
export async function filesOf(directory: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (!isDirectory) {
      files.push(name);
      continue;
    }
    for (const inside of await filesOf(join(directory, name))) {
      files.push(`${name}/${inside}`);
    }
  }
  return files.sort();
}
