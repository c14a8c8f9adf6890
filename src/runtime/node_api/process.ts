/**
 * Signals on Node and Bun.
 *
 * @module
 */
import { systemOf } from "../../core/options/system.ts";

/** See `Adapter.onStopSignal`. */
export function onStopSignal(call: () => void): () => void {
  const { stopSignals } = systemOf(process.platform);
  for (const name of stopSignals) process.on(name, call);
  return () => {
    for (const name of stopSignals) process.off(name, call);
  };
}

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
