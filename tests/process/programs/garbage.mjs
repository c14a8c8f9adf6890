// Collecting garbage, on each runtime; Deno needs --v8-flags=--expose-gc.
import { setImmediate } from "node:timers/promises";

export async function collectGarbage() {
  const collect = await collector();
  // What finalizers let go is garbage only in the next round.
  for (let i = 0; i < 4; i++) {
    collect();
    await setImmediate();
  }
}

async function collector() {
  if ("Bun" in globalThis) return () => globalThis.Bun.gc(true);
  if ("gc" in globalThis) return globalThis.gc;
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}
