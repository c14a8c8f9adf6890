/**
 * What is not an object's own is no option: neither one of the library nor, as far
 * as can be, one of the runtime's API below it.
 *
 * @module
 */
import { assertEquals, assertGreater } from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import { noCertificates, pemForTests } from "./pem.ts";
import { onRuntimes, start } from "./program.ts";

const pem = pemForTests();

/** What went wrong, by what was tried. */
type Wrong = Record<string, string>;

/** How it went with a name on Object.prototype. */
interface Trial {
  /** A peer that nothing may make trusted. */
  readonly hostile: Wrong;
  /** What is to work all the same. */
  readonly good: Wrong;
}

/**
 * Names with which a runtime breaks by itself, in objects that it makes. Nothing is
 * trusted for that; and JSON holds none of the values of `signal`, `blockList` and
 * `ticketKeys`.
 */
const BREAKS: Record<string, readonly string[]> = {
  deno: ["signal", "session", "handshakeTimeout", "pauseOnConnect"],
  node: [
    "signal",
    "blockList",
    "handshakeTimeout",
    "hints",
    "sessionTimeout",
    "ticketKeys",
  ],
  bun: ["signal", "blockList"],
};

onRuntimes(
  "Object.prototype gives no option to any function, and makes no peer trusted",
  { skip: noCertificates, limitMs: 60_000 },
  async (runtime) => {
    const breaks = BREAKS[kindOf(runtime)];
    await using child = start(runtime, "polluted", [pem.folder], {
      limitMs: 50_000,
    });
    const report = await child.tells<Record<string, Trial>>("report");
    assertGreater(Object.keys(report).length, 100);
    assertEquals(report.nothing, { hostile: {}, good: {} });
    for (const [name, { hostile, good }] of Object.entries(report)) {
      assertEquals(hostile, {}, name);
      if (!breaks.includes(name)) assertEquals(good, {}, name);
    }
  },
);

function kindOf({ name }: Runtime): string {
  return name.replace(/\d+$/, "");
}
