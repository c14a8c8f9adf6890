/**
 * File operations that accept missing files.
 *
 * @module
 */
import { join } from "node:path";

/** Whether `path` exists, also as a dangling link. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes a file, or a directory with its content; of a link only the link itself. */
export async function remove(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path, { recursive: true });
}

/** Reads a file as text; `undefined` if it does not exist. */
export async function textOf(path: string): Promise<string | undefined> {
  return await exists(path) ? await Deno.readTextFile(path) : undefined;
}

/** All files below a directory, sorted: relative paths with slashes on every system. */
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
