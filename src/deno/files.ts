/**
 * The file system, as far as Unix sockets need it.
 *
 * @module
 */
import type { FileId, Files } from "../core/socket_file.ts";

/** The file system through Deno. */
export const files: Files = {
  identify(path: string): FileId | undefined {
    try {
      const { dev, ino, mtime, isSocket } = Deno.lstatSync(path);
      const modifiedMs = mtime === null ? null : mtime.getTime();
      return { dev, ino, modifiedMs, isSocket: isSocket === true };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  },
  rename: Deno.renameSync,
  unlink: Deno.removeSync,
};

/** Without the right to look at it, no file is known to be ours. */
export function identifyOwn(path: string): FileId | undefined {
  try {
    return files.identify(path);
  } catch {
    return undefined;
  }
}
