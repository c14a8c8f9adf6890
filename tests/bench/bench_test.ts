/**
 * The bench, for its correctness: its numbers are not looked at here.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { COMPARISONS } from "../../bench/comparisons.ts";
import {
  CLIENTS,
  contender,
  isOfDatagrams,
  SERVERS,
  takesPart,
} from "../../bench/contenders.ts";
import { idsOf, type Results } from "../../bench/results.ts";
import { WORKLOADS } from "../../bench/workloads.ts";
import { outcomeOf } from "../../scripts/command.ts";
import { CACHE, ROOT } from "../../scripts/places.ts";
import { test } from "../harness.ts";
import { skip } from "./needs.ts";

const bench = (...words: string[]) =>
  outcomeOf(
    Deno.execPath(),
    ["run", "-A", join(ROOT, "bench", "main.ts"), ...words],
    { cwd: ROOT },
  );

test(
  "bench --quick measures every contender at everything it does",
  // Two minutes where nothing else runs.
  { skip, limitMs: 600_000 },
  async () => {
    const { code, stdout, stderr } = await bench("--quick");
    assertEquals(code, 0, stderr);
    const results: Results = JSON.parse(
      await Deno.readTextFile(join(CACHE, "bench", "results.json")),
    );
    for (const workload of WORKLOADS) {
      const samples = results.samples[workload.id];
      const all = workload.side === "client" ? CLIENTS : SERVERS;
      const expected = idsOf(all).filter((id) =>
        takesPart(contender(id), workload)
      );
      assertEquals(idsOf(samples).sort(), expected.sort(), workload.id);
      for (const id of expected) {
        for (const { bytes, cpuNs, seconds, datagrams } of samples[id]!) {
          const sane = bytes > 0 && cpuNs > 0 && seconds > 0;
          assert(sane, `${workload.id}, ${id}: ${bytes} ${cpuNs} ${seconds}`);
          assertEquals(datagrams !== undefined, isOfDatagrams(workload.role));
        }
      }
    }
    for (const { contender, against, wanted, ...costs } of COMPARISONS) {
      for (const id of [contender, against]) {
        for (const subject of Object.keys(wanted)) {
          assert(results.samples[subject][id], `${subject} of ${id}`);
        }
        if (costs.idleKiB !== undefined) assert(results.idleKiB[id]);
        if (costs.startMs !== undefined) assert(results.startMs[id]);
      }
    }
    const chart = (name: string) =>
      Deno.readTextFile(join(CACHE, "bench", `${name}.svg`));
    assertStringIncludes(await chart("overview"), "Bun.listen");
    assertStringIncludes(await chart("ratios_bun"), "Anyport on Bun");
    assertStringIncludes(await chart("growth_sizes"), "Anyport on Bun");
    assertStringIncludes(stdout, "modules for `listen`");
    assertStringIncludes(stdout, "| Workload");
  },
);

test("bench refuses a word that names nothing", { skip }, async () => {
  const { code, stderr } = await bench("--quick", "fax");
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Cannot measure "fax": choose from ping-pong 1');
});
