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
export async function adapter(): Promise<Adapter> {
  return loaded ??= await load();
}

/** The adapter, if it has been loaded: for what must not wait. */
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
