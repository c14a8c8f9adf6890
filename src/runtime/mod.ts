/**
 * The wing of this runtime.
 *
 * @module
 */
import type { Wing } from "./adapter.ts";
import { runtimeName, unsupported } from "./which.ts";

/**
 * The wing of this runtime, loaded when first needed: on Deno merely importing
 * `node:net` costs 19 ms of start-up.
 */
export async function network(): Promise<Wing> {
  return loaded ??= await load();
}

/** The wing, if it has been loaded: for what must not wait. */
export function loadedNetwork(): Wing | undefined {
  return loaded;
}

let loaded: Wing | undefined;

async function load(): Promise<Wing> {
  switch (runtimeName()) {
    case "Deno":
      return (await import("./deno/mod.ts")).network;
    case "Bun":
      return (await import("./bun/mod.ts")).network;
    case "Node":
      return (await import("./node/mod.ts")).network;
    default:
      throw unsupported();
  }
}
