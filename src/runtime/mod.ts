/**
 * The adapter of this runtime.
 *
 * @module
 */
import type { Adapter } from "./adapter.ts";
import { runtimeName, unsupported } from "./which.ts";

/**
 * The adapter of this runtime, loaded when first needed: on Deno merely importing
 * `node:net` costs 19 ms of start-up.
 */
export async function network(): Promise<Adapter> {
  return loaded ??= await load();
}

/** The adapter, if it has been loaded: for what must not wait. */
export function loadedNetwork(): Adapter | undefined {
  return loaded;
}

let loaded: Adapter | undefined;

async function load(): Promise<Adapter> {
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
