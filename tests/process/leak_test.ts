/**
 * What connections leave behind when they are gone: no descriptor, no memory.
 *
 * @module
 */
import { assertLess, assertLessOrEqual } from "@std/assert";
import { noProc } from "./machine.ts";
import { onRuntimes, start } from "./program.ts";

/** What a process holds after a round of connections. */
interface Rest {
  readonly descriptors: number;
  /** Bytes of heap and array buffers. */
  readonly heap: number;
}

/** 1 KiB for each connection, which is less than one that is never freed has. */
const MAX_GROWTH = 2000 * 1024;

onRuntimes(
  "2,000 connections leave no descriptor and no memory behind when they are dropped in every way",
  { skip: noProc },
  async (runtime) => {
    await using child = start(runtime, "churns", [], {
      denoFlags: ["-A", "--v8-flags=--expose-gc"],
    });
    const { before, after } = await child.tells<Record<string, Rest>>("report");
    assertLessOrEqual(after.descriptors, before.descriptors);
    assertLess(after.heap - before.heap, MAX_GROWTH);
  },
);
