/**
 * Signals, the services file, and the support of SO_REUSEPORT by version.
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
  // Imported on demand: `node:fs` costs start-up time.
  const { readFile } = await import("node:fs/promises");
  return await readFile(
    process.platform === "win32"
      ? `${process.env.SystemRoot}\\System32\\drivers\\etc\\services`
      : "/etc/services",
    "utf8",
  );
}

const HAS_REUSE_PORT = (() => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 1) ||
    (major === 22 && minor >= 12);
})();

/**
 * Returns why `reusePort` cannot be set; `undefined` if it can, or is not requested.
 * Older versions of Node accept the option and ignore it.
 */
export function reusePortRefusal(
  { reusePort }: { readonly reusePort: boolean },
): string | undefined {
  if (!reusePort) return undefined;
  return systemOf(process.platform).reusePortRefusal ??
    (HAS_REUSE_PORT ? undefined : "reusePort needs Node 22.12, 23.1 or later");
}
