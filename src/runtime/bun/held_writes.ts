/**
 * Keeps the process alive until small TLS writes, which Bun may hold, are sent.
 *
 * Bun reports bytes as written while it still holds them, and emits 'drain' once they
 * are sent (seen with 1.4). `BunTlsEngine.send` detects this for a large write. A small
 * write stays a single record, because peers may rely on it, and is checked here, on
 * 'beforeExit'. `process.exit()` does not wait for it.
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A connection whose last write Bun may hold. */
export interface Holder {
  readonly fd: number;
  /** Keeps the process alive until 'drain'. */
  holdUntilDrained(): void;
}

const unsure = new Set<Holder>();
let heard = false;

/** Records that Bun may hold the last write of a connection. */
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

/** Records that Bun holds no write: after 'drain', a later large write, or a close. */
export function holdsNothing(holder: Holder): void {
  unsure.delete(holder);
}

/** EPOLLOUT of `epoll_ctl(2)`. */
const EPOLLOUT = 4;

/** Whether Bun polls a socket until the kernel has room for more bytes. */
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
    // Not Linux: other systems do not expose this.
    return false;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // The descriptor was closed meanwhile, such as that of the directory itself.
    return undefined;
  }
}
