/**
 * The system's file of services, on Node and Bun.
 *
 * @module
 */

/** See `Adapter.services`. */
export async function services(): Promise<string> {
  // `node:fs` costs a start-up.
  const { readFile } = await import("node:fs/promises");
  return await readFile(
    process.platform === "win32"
      ? `${process.env.SystemRoot}\\System32\\drivers\\etc\\services`
      : "/etc/services",
    "utf8",
  );
}
