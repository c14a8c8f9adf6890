/**
 * What the system knows of the socket at a path, where Bun tells only that a
 * connection was refused: so it calls ENOTDIR, ELOOP, EAGAIN and EPROTOTYPE alike
 * (seen with 1.4). It can go once `Bun.connect({ unix })` passes errno on.
 *
 * @module
 */
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { bun } from "./api.ts";

/** Columns of `/proc/net/unix` (`proc(5)`): flags, type, and the path as it was bound. */
const LINE = /^\S+ \S+ \S+ (\S+) (\S+) \S+ +\d+ (.+)$/;

const LISTENS = 0x10000;
const STREAM = 1;

/** How long a listener that takes a connection after all may take to say so. */
const PATIENCE_MS = 500;

/**
 * The errno with which the system refused to connect.
 *
 * A socket that was bound by a relative path is not found here; it counts as one
 * that refuses.
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
    // A relative path says nothing: its directory is that of another process, or time.
    if (!bound?.startsWith("/") || file === undefined) continue;
    if (idOf(bound) !== file) continue;
    if (parseInt(type, 16) !== STREAM) return "EPROTOTYPE";
    // The connections that wait have lines of their own.
    if (parseInt(flags, 16) & LISTENS) return "EAGAIN";
  }
  return "ECONNREFUSED";
}

/** What tells a file from every other; `undefined` where it cannot be looked at. */
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
 * Whether the system refuses connections because nothing listens at the path.
 *
 * `fetch` is the one part of Bun that passes the errno on. A listener whose queue
 * has room by then gets a request that it did not ask for, and a closed connection
 * behind it; so this is for paths that are about to be unlinked.
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
