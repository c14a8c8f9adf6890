/**
 * Work that only one process at a time may do.
 *
 * @module
 */
import { join } from "node:path";
import { CACHE } from "./places.ts";

/**
 * Does `work` while no other process does work of that name; the others wait.
 *
 * The system gives the lock up when a process ends, however it ends.
 *
 * @param name A file's name.
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
