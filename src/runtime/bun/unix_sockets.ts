/**
 * Finds the errno of a refused connection in the kernel's list of Unix sockets.
 *
 * Bun reports ENOTDIR, ELOOP, EAGAIN and EPROTOTYPE as ECONNREFUSED too (seen with
 * 1.4). This can go once `Bun.connect({ unix })` reports the errno.
 *
 * @module
 */
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { bun } from "./api.ts";

/** Columns of `/proc/net/unix` (`proc(5)`): flags, type, and the path as it was bound. */
const LINE = /^\S+ \S+ \S+ (\S+) (\S+) \S+ +\d+ (.+)$/;

const LISTENS = 0x10000;
const STREAM = 1;

/** The timeout of the probe: a listener may accept it and not answer. */
const PATIENCE_MS = 500;

/**
 * Returns the errno with which the kernel refused to connect.
 *
 * A socket that was bound by a relative path is not found; its errno counts as
 * ECONNREFUSED.
 */
export function whyRefused(path: string): string {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "ECONNREFUSED";
  }
  const file = idOf(path);
  for (const line of socketLines()) {
    const [, flags, type, bound] = LINE.exec(line) ?? [];
    // A relative path is unusable: the working directory at the bind is not known.
    if (!bound?.startsWith("/") || file === undefined) continue;
    if (idOf(bound) !== file) continue;
    if (parseInt(type, 16) !== STREAM) return "EPROTOTYPE";
    // Pending connections have lines of their own, without this flag.
    if (parseInt(flags, 16) & LISTENS) return "EAGAIN";
  }
  return "ECONNREFUSED";
}

/** Returns what identifies a file; `undefined` if it cannot be read. */
function idOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

function socketLines(): string[] {
  try {
    return readFileSync("/proc/net/unix", "utf8").split("\n");
  } catch {
    // Not Linux, or no `/proc`.
    return [];
  }
}

/**
 * Whether the kernel refuses connections because no socket listens at the path.
 *
 * Only `fetch` of Bun reports the errno. A listener whose backlog has room by then
 * receives an HTTP request, and then an EOF. So this is for paths that are about to be
 * unlinked.
 */
export async function isAbandoned(path: string): Promise<boolean> {
  try {
    await bun.fetch("http://localhost/", {
      unix: path,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  }
}
