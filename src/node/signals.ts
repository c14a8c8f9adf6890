/**
 * Signals on Node and Bun.
 *
 * @module
 */
import type { StopSignal } from "../core/wing.ts";

/** See `Wing.onSignal`. */
export function onSignal(name: StopSignal, call: () => void): () => void {
  process.on(name, call);
  return () => {
    process.off(name, call);
  };
}
