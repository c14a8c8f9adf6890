/**
 * The file system, as far as Unix sockets need it.
 *
 * @module
 */
import { lstatSync, renameSync, unlinkSync } from "node:fs";
import type { FileId, Files } from "../core/socket_file.ts";

/** The file system through `node:fs`. */
export const files: Files = {
  identify(path: string): FileId | undefined {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    return {
      dev: found.dev,
      ino: found.ino,
      modifiedMs: found.mtimeMs,
      isSocket: found.isSocket(),
    };
  },
  rename: renameSync,
  unlink: unlinkSync,
};
