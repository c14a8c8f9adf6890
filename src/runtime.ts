/**
 * Which runtime this is: the only place that asks.
 *
 * @module
 */
import type { Wing } from "./core/wing.ts";

/**
 * The wing of this runtime.
 *
 * Wings are loaded when first needed: on Deno merely importing `node:net`
 * costs 19 ms of start-up. Deno is asked for first, and by its own name,
 * because it answers to Node's as well.
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
  if (typeof Deno === "object") return (await import("./deno/mod.ts")).network;
  if ("Bun" in globalThis) return (await import("./bun/mod.ts")).network;
  return (await import("./node/mod.ts")).network;
}
