/**
 * Loads the adapter of the current runtime.
 *
 * @module
 */
import type { Adapter } from "./adapter.ts";
import { runtimeName, unsupported } from "./which.ts";

/**
 * Returns the adapter of this runtime, and loads it on the first call: on Deno,
 * importing `node:net` alone costs 19 ms of start-up.
 */
export async function adapter(): Promise<Adapter> {
  return loaded ??= await load();
}

/** Returns the adapter if it is loaded, for callers that must not wait. */
export function loadedAdapter(): Adapter | undefined {
  return loaded;
}

let loaded: Adapter | undefined;

async function load(): Promise<Adapter> {
  switch (runtimeName()) {
    case "Deno":
      return (await import("./deno/mod.ts")).adapter;
    case "Bun":
      return (await import("./bun/mod.ts")).adapter;
    case "Node":
      return (await import("./node/mod.ts")).adapter;
    default:
      throw unsupported();
  }
}
