/**
 * Small writes over TLS that Bun may still hold when the process is about to end.
 *
 * Bun counts bytes as written that it holds, and tells of them by 'drain' alone, once
 * they are gone (seen with 1.4). A large write finds out at once, see
 * `BunTlsEngine.send`; a small one stays a single record, which peers may rely on, and
 * is looked into only here. What `process.exit()` ends is not waited for.
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A connection with such a write. */
export interface Holder {
  readonly fd: number;
  /** Keeps the process alive until 'drain'. */
  holdUntilDrained(): void;
}

const unsure = new Set<Holder>();
let heard = false;

/** Notes that the last write of a connection may be held. */
export function mayHold(holder: Holder): void {
  unsure.add(holder);
  if (heard) return;
  heard = true;
  process.on("beforeExit", () => {
    const holders = [...unsure];
    unsure.clear();
    for (const holder of holders) {
      if (waitsForRoom(holder.fd)) holder.holdUntilDrained();
    }
  });
}

/** Notes that it holds nothing: it has drained, has written more, or is closed. */
export function holdsNothing(holder: Holder): void {
  unsure.delete(holder);
}

/** What `epoll_ctl(2)` calls EPOLLOUT. */
const EPOLLOUT = 4;

/** Whether Bun waits until the system has room for more of a socket's bytes. */
function waitsForRoom(fd: number): boolean {
  const entry = new RegExp(`^tfd: +${fd} events: +([\\da-f]+)`, "m");
  try {
    return readdirSync("/proc/self/fd").some((name) => {
      const target = linkOf(`/proc/self/fd/${name}`);
      if (target !== "anon_inode:[eventpoll]") return false;
      const text = readFileSync(`/proc/self/fdinfo/${name}`, "utf8");
      return (parseInt(entry.exec(text)?.[1] ?? "0", 16) & EPOLLOUT) !== 0;
    });
  } catch {
    // Not Linux, where nothing tells.
    return false;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile, such as the directory's own.
    return undefined;
  }
}
