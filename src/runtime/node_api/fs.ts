/**
 * The file system calls of Unix listeners.
 *
 * @module
 */
import { chmodSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import { resolve } from "node:path";
import type { FileId, Files } from "../../core/stream/unix_socket_file.ts";
import { translate } from "./errors.ts";

/** The calls, on `node:fs`. A translated error has the operation "listen". */
export const files: Files = {
  identify(path: string): FileId | undefined {
    const found = translated(
      path,
      () => lstatSync(path, { throwIfNoEntry: false }),
    );
    if (found === undefined) return undefined;
    return {
      dev: found.dev,
      ino: found.ino,
      modifiedMs: found.mtimeMs,
      isSocket: found.isSocket(),
    };
  },
  rename: renameSync,
  unlink: (path) => translated(path, () => unlinkSync(path)),
  absolute: (path) => resolve(path),
  umask: (mask) => process.umask(mask),
  chmod: (path, mode) => translated(path, () => chmodSync(path, mode)),
};

function translated<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw translate(error, "listen", { transport: "unix", path });
  }
}
