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
