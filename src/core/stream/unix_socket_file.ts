/**
 * The file that a Unix listener leaves in the file system: taking over a stale
 * one, and closing without removing another listener's.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import type { SocketError } from "../../api/errors.ts";
import { ALL_MODE_BITS, type UnixListenPlan } from "../options/stream.ts";

/** Which file a path leads to. */
export interface FileId {
  readonly dev: number;
  /** `null` where files have no number. */
  readonly ino: number | null;
  /** Milliseconds; the number of a file that is gone may soon be another's. */
  readonly modifiedMs: number | null;
  readonly isSocket: boolean;
}

/** What is needed of the file system. All of it throws what the runtime throws. */
export interface Files {
  /** `undefined` when there is none. */
  identify(path: string): FileId | undefined;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** The path that leads there from every directory; `undefined` where it may not be known. */
  absolute(path: string): string | undefined;
  /** Sets the umask of the process. @returns What it was. */
  umask(mask: number): number;
  chmod(path: string, mode: number): void;
}

/** A bound socket file. */
export interface SocketFile {
  /** As it was bound: relative to what was the working directory then. */
  readonly path: string;
  readonly absolute: string | undefined;
  readonly id: FileId | undefined;
}

/** The file that was just bound; without the right to look at it, none is known to be ours. */
export function ownFile(path: string, files: Files): SocketFile {
  try {
    const absolute = files.absolute(path);
    return { path, absolute, id: files.identify(path) };
  } catch {
    return { path, absolute: undefined, id: undefined };
  }
}

/**
 * Binds a file that never has wider rights than `mode`.
 *
 * `bind(2)` leaves out the bits of the umask, and no runtime gives the descriptor
 * whose mode it would begin with. The umask only gets narrower meanwhile, for the
 * sake of files that other threads make.
 *
 * @param bind Has made the file when it returns.
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

/** Adds the bits of `mode` that the umask took away. */
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
 * Listens, and takes over a stale socket file if the plan says so.
 *
 * A file is stale when connecting to it is refused: the listener that made it is gone.
 *
 * @param listen Rejects with a {@linkcode SocketError}.
 * @param isStale Whether no socket listens at the path any more.
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

/** Whether connecting is refused: no socket listens where its file is. */
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
 * When the last taking over is done. They go one after the other: two that
 * found the same file stale would each remove what the other makes of it.
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
      // Looked at again: another process may have taken the path over meanwhile.
      if (isSame(files.identify(plan.path), id)) files.unlink(plan.path);
    }
    plan.signal?.throwIfAborted();
    return await listen();
  }
}

/**
 * Lets the runtime close its listener, which unlinks the path whatever it leads
 * to by now, without harm to another's file; and unlinks the file where the
 * runtime does not find it, after a change of the working directory.
 *
 * @param close May return a promise of the moment when the runtime is done.
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
      // There is no way to keep the runtimes from unlinking: another's file
      // steps aside for as long as that takes.
      aside = `${path}.${now.ino ?? 0}~`;
      files.rename(path, aside);
    }
  } catch {
    // Without the right to look or to rename, closing still has to close.
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

function putBack(aside: string, path: string, files: Files): void {
  try {
    files.rename(aside, path);
  } catch {
    // Its owner, or the whole directory, is gone meanwhile.
  }
}

function unlinkOwn({ absolute, id }: SocketFile, files: Files): void {
  if (absolute === undefined) return;
  try {
    if (isSame(files.identify(absolute), id)) files.unlink(absolute);
  } catch {
    // Without the right to, it stays, as it does when the process is killed.
  }
}

function isSame(a: FileId | undefined, b: FileId | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino !== null &&
    a.dev === b.dev && a.ino === b.ino && a.modifiedMs === b.modifiedMs;
}
