/**
 * The socket file of a Unix listener: its permission bits, the reclaim of a stale file,
 * and a close that keeps the file of another listener.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import type { SocketError } from "../../api/errors.ts";
import { ALL_MODE_BITS, type UnixListenPlan } from "../options/stream.ts";

/** The identity of the file at a path. */
export interface FileId {
  readonly dev: number;
  /** `null` if the file system has no inode numbers. */
  readonly ino: number | null;
  /** Milliseconds. The inode number of a deleted file is soon reused. */
  readonly modifiedMs: number | null;
  readonly isSocket: boolean;
}

/** The file system calls of this module. Each throws the runtime's own error. */
export interface Files {
  /** Returns `undefined` if the file does not exist. */
  identify(path: string): FileId | undefined;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /**
   * Returns the absolute path; `undefined` without permission to read the working
   * directory.
   */
  absolute(path: string): string | undefined;
  /** Sets the umask of the process. @returns The previous umask. */
  umask(mask: number): number;
  chmod(path: string, mode: number): void;
}

/** A bound socket file. */
export interface SocketFile {
  /** The path as it was bound, relative to the working directory of that moment. */
  readonly path: string;
  readonly absolute: string | undefined;
  readonly id: FileId | undefined;
}

/**
 * Identifies the file that was just bound. Without permission to read it, no file
 * counts as the listener's own.
 */
export function ownFile(path: string, files: Files): SocketFile {
  try {
    const absolute = files.absolute(path);
    return { path, absolute, id: files.identify(path) };
  } catch {
    return { path, absolute: undefined, id: undefined };
  }
}

/**
 * Binds a file whose permissions never exceed `mode`.
 *
 * `bind(2)` clears the bits of the umask. No runtime exposes the descriptor before it
 * is bound, so its mode cannot be set first. The umask is only narrowed, so files that
 * other threads create meanwhile get no wider permissions.
 *
 * @param bind Creates the file before it returns.
 */
export function withMode<T>(
  mode: number | undefined,
  files: Files,
  bind: () => T,
): T {
  if (mode === undefined) return bind();
  const usual = files.umask(ALL_MODE_BITS);
  try {
    files.umask(usual | (ALL_MODE_BITS & ~mode));
    return bind();
  } finally {
    files.umask(usual);
  }
}

/** Adds the bits of `mode` that the umask has cleared. */
export function widen(
  path: string,
  mode: number | undefined,
  files: Files,
): void {
  if (mode === undefined) return;
  const usual = files.umask(ALL_MODE_BITS);
  files.umask(usual);
  if ((mode & usual) !== 0) files.chmod(path, mode);
}

/**
 * Listens, and reclaims a stale socket file if the plan says so.
 *
 * A file is stale if connecting to it is refused: its listener is gone.
 *
 * @param listen Rejects with a {@linkcode SocketError}.
 * @param isStale Returns whether no socket listens at the path any more.
 */
export function listenReclaiming<L>(
  plan: UnixListenPlan,
  files: Files,
  listen: () => Promise<L>,
  isStale: () => Promise<boolean>,
): Promise<L> {
  if (!plan.reclaim) return listen();
  const listening = reclaimed.then(() => reclaim(plan, files, listen, isStale));
  reclaimed = listening.catch(() => {});
  return listening;
}

/** Whether connecting is refused: no socket listens at the path. */
export async function refuses(
  connect: () => Promise<{ close(): void }>,
): Promise<boolean> {
  try {
    (await connect()).close();
    return false;
  } catch (error) {
    return (error as SocketError).code === "ECONNREFUSED";
  }
}

/**
 * Settles when the last reclaim is done. Reclaims run one at a time: if two found the
 * same stale file, each would remove the new file of the other.
 */
let reclaimed: Promise<unknown> = Promise.resolve();

async function reclaim<L>(
  plan: UnixListenPlan,
  files: Files,
  listen: () => Promise<L>,
  isStale: () => Promise<boolean>,
): Promise<L> {
  plan.signal?.throwIfAborted();
  try {
    return await listen();
  } catch (error) {
    if ((error as SocketError).code !== "EADDRINUSE") throw error;
    const id = files.identify(plan.path);
    if (id !== undefined) {
      if (!id.isSocket) {
        throw socketError("EADDRINUSE", "listen", plan.address, {
          cause: error,
          reason: "the path leads to a file that is no socket",
        });
      }
      if (!await isStale()) throw error;
      // Checked again, because another process may have reclaimed the path meanwhile.
      if (isSame(files.identify(plan.path), id)) files.unlink(plan.path);
    }
    plan.signal?.throwIfAborted();
    return await listen();
  }
}

/**
 * Closes the runtime's listener and removes only its own file.
 *
 * The runtime unlinks the path, even if it leads to the file of another listener. After
 * a change of the working directory the runtime misses its own file, which is unlinked
 * here.
 *
 * @param close May return a promise that settles when the runtime is done.
 */
export function closeOwnFile(
  file: SocketFile,
  files: Files,
  close: () => void | Promise<void>,
): void {
  const { path, id } = file;
  let aside: string | undefined;
  try {
    const now = files.identify(path);
    if (now !== undefined && !isSame(now, id)) {
      // The unlink cannot be prevented, so the file of another listener is renamed
      // until it is done.
      aside = freeName(`${path}.${now.ino ?? 0}~`, files);
      files.rename(path, aside);
    }
  } catch {
    // The listener is closed even without permission to read or rename the file.
    aside = undefined;
  }
  const closing = close();
  const tidy = () => {
    if (aside !== undefined) putBack(aside, path, files);
    unlinkOwn(file, files);
  };
  if (closing === undefined) tidy();
  else closing.then(tidy);
}

/** A path at which there is no file, so that a rename replaces none. */
function freeName(path: string, files: Files): string {
  let free = path;
  for (let n = 1; files.identify(free) !== undefined; n++) free = `${path}${n}`;
  return free;
}

function putBack(aside: string, path: string, files: Files): void {
  try {
    files.rename(aside, path);
  } catch {
    // The renamed file, or its whole directory, was removed meanwhile.
  }
}

function unlinkOwn({ absolute, id }: SocketFile, files: Files): void {
  if (absolute === undefined) return;
  try {
    if (isSame(files.identify(absolute), id)) files.unlink(absolute);
  } catch {
    // Without permission to unlink, the file stays, as after a kill of the process.
  }
}

function isSame(a: FileId | undefined, b: FileId | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino !== null &&
    a.dev === b.dev && a.ino === b.ino && a.modifiedMs === b.modifiedMs;
}
