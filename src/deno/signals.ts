/**
 * Signals on Deno.
 *
 * @module
 */
import type { StopSignal } from "../core/wing.ts";

/** See `Wing.onSignal`. */
export function onSignal(name: StopSignal, call: () => void): () => void {
  // Windows has none, and Deno there refuses to listen for it.
  if (name === "SIGTERM" && Deno.build.os === "windows") return () => {};
  Deno.addSignalListener(name, call);
  return () => Deno.removeSignalListener(name, call);
}
