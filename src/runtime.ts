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
export function network(): Promise<Wing> {
  // Asked for again it is there in the same turn: nothing comes in between.
  return loaded ??= load();
}

let loaded: Promise<Wing> | undefined;

async function load(): Promise<Wing> {
  if (typeof Deno === "object") return (await import("./deno/mod.ts")).network;
  if ("Bun" in globalThis) return (await import("./bun/mod.ts")).network;
  return (await import("./node/mod.ts")).network;
}
