/**
 * Which versions of Deno have the faults that `docs/internals/upstream.md` tells of.
 *
 * It is what the page says that is tested: its programs, its outputs, its versions.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../../scripts/places.ts";
import { test } from "../harness.ts";
import { runtimes } from "../runtimes.ts";
import { missing } from "./machine.ts";

const PAGE = `${ROOT}/docs/internals/upstream.md`;

/** Programs that the page does not print yet, and what they print themselves. */
const WITHHELD: Readonly<Record<string, readonly string[]>> = {
  1: [
    "version 1: trusted",
    "version 2: trusted",
    "version 3: refused",
    "version 4: trusted",
    "version 128: trusted",
  ],
  2: ["authorized true"],
  8: ["not caught"],
};

/** A fault, as the page tells of it. */
interface Fault {
  readonly title: string;
  /** The oldest and the newest version that have it. */
  readonly affected: readonly [string, string];
  readonly program: string;
  readonly seen: string;
  /** What Node prints. */
  readonly expected?: string;
}

const page = await Deno.readTextFile(PAGE);
const faults = await Promise.all(
  page.split(/^## (?=\d)/m).slice(1).map(faultOf),
);

async function faultOf(section: string): Promise<Fault> {
  const [title] = section.split("\n");
  const number = /^\d+/.exec(title)![0];
  const [, ...affected] = /^- Affected: (\S+) to (\S+)$/m.exec(section) ?? [];
  assertEquals(affected.length, 2, `"${title}" names no versions`);
  const [first, last] = affected;
  const preamble = blocksOf(page, "js")[0];
  if (Object.hasOwn(WITHHELD, number)) {
    const path = `${import.meta.dirname}/programs/deno_faults/${number}.js`;
    return {
      title,
      affected: [first, last],
      program: preamble + await Deno.readTextFile(path),
      seen: WITHHELD[number].join("\n"),
    };
  }
  const [program] = blocksOf(section, "js");
  const [expected, seen] = blocksOf(section, "text");
  assert(program && expected && seen, `"${title}" is not whole`);
  return {
    title,
    affected: [first, last],
    program: preamble + program,
    seen: seen.trim(),
    expected: expected.trim(),
  };
}

function blocksOf(text: string, language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms");
  return [...text.matchAll(fenced)].map(([, block]) => block);
}

/** Runs a program in a folder of its own. @returns What it prints */
async function outputOf(
  program: string,
  command: string,
  args: readonly string[],
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "anyport-fault-" });
  try {
    const path = `${folder}/program.mjs`;
    await Deno.writeTextFile(path, program);
    const { stdout, stderr } = await new Deno.Command(command, {
      args: [...args, path],
      cwd: folder,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      signal: AbortSignal.timeout(20_000),
    }).output();
    const decoder = new TextDecoder();
    return decoder.decode(stdout).trim() ||
      `nothing but: ${decoder.decode(stderr)}`;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Where a version stands to an affected range. */
function placeOf(
  version: string,
  [first, last]: readonly [string, string],
): "before" | "affected" | "after" {
  if (compare(version, first) < 0) return "before";
  return compare(version, last) > 0 ? "after" : "affected";
}

function compare(one: string, other: string): number {
  const [numbers, others] = [one, other].map((text) =>
    text.split(/[.+-]/, 3).map(Number)
  );
  const at = numbers.findIndex((number, i) => number !== others[i]);
  return at === -1 ? 0 : numbers[at] - others[at];
}

const skip = missing("openssl");
const version = Deno.version.deno;

for (const { title, affected, program, seen, expected } of faults) {
  test(
    `Deno has a fault in the versions that the page on upstream names: ${title}`,
    { skip },
    async () => {
      const output = await outputOf(program, Deno.execPath(), ["run", "-A"]);
      switch (placeOf(version, affected)) {
        case "affected":
          assertEquals(
            output,
            seen,
            `Deno ${version} does not do what ${PAGE} says of it`,
          );
          break;
        case "after":
          console.log(
            output === seen
              ? `Deno ${version} has this fault still; the page can say so: ${title}`
              : `Deno ${version} has this fault no more, and the way around it can be reviewed: ${title}`,
          );
          break;
        case "before":
          console.log(`Deno ${version} is older than what was tried: ${title}`);
      }
    },
  );

  if (expected === undefined) continue;
  test(
    `Node prints what the page on upstream expects of Deno: ${title}`,
    { skip },
    async () => {
      const node = (await runtimes()).find(({ name }) => name === "node24")!;
      const { command } = node.command("");
      assertEquals(await outputOf(program, command, []), expected);
    },
  );
}

test("Versions are compared by their numbers", {}, () => {
  const range = ["2.7.14", "2.9.6"] as const;
  assertEquals(
    ["2.7.2", "2.7.14", "2.8.0", "2.9.6", "2.9.10", "2.10.0", "3.0.0-rc.1"]
      .map((version) => placeOf(version, range)),
    ["before", "affected", "affected", "affected", "after", "after", "after"],
  );
  return Promise.resolve();
});
