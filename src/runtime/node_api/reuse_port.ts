/**
 * SO_REUSEPORT, which older versions of Node accept and ignore.
 *
 * @module
 */

import { systemOf } from "../../core/options/system.ts";

const HAS_REUSE_PORT = (() => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 1) ||
    (major === 22 && minor >= 12);
})();

/** Why a plan that asks for it cannot be had, if so. */
export function reusePortRefusal(
  { reusePort }: { readonly reusePort: boolean },
): string | undefined {
  if (!reusePort) return undefined;
  return systemOf(process.platform).reusePortRefusal ??
    (HAS_REUSE_PORT ? undefined : "reusePort needs Node 22.12, 23.1 or later");
}
