/**
 * Mutual exclusion between processes, by a lock file.
 *
 * @module
 */
import { join } from "node:path";
import { CACHE } from "./places.ts";

/**
 * Runs `work` while it holds the lock of that name; other processes wait.
 *
 * The system releases the lock when the process ends in any way.
 *
 * @param name The base name of the lock file.
 */
export async function exclusively<T>(
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  await Deno.mkdir(CACHE, { recursive: true });
  using file = await Deno.open(join(CACHE, `${name}.lock`), {
    create: true,
    write: true,
  });
  await file.lock(true);
  return await work();
}
