/**
 * Certificates that servers and clients present, judged by Anyport on every
 * runtime and by other verifiers.
 *
 * @module
 */
import { test } from "../harness.ts";
import { type Runtime, runtimes } from "../runtimes.ts";
import type { ChainCase } from "./case.ts";
import { allCases } from "./cases/mod.ts";
import { connectToAll } from "./clients.ts";
import { DOCUMENTED } from "./documented.ts";
import { disagreement, type Outcome, violations } from "./judging.ts";
import { commonOracles, type Opinions, ownOpinions } from "./oracles.ts";
import { FOLDER, SKIP } from "./processes.ts";
import type { Path } from "./serving.ts";

/** Milliseconds for all cases on one path. */
const LIMIT_MS = 150_000;
const OPTIONS = { skip: SKIP, limitMs: LIMIT_MS };

const CLIENT_PATHS: readonly Path[] = [
  "tcp13",
  "tcp12",
  "start13",
  "start12",
  "unix13",
  "inner13",
];

const all = await runtimes();
const common = once(async () => commonOracles(await allCases()));
const own = new Map(
  all.map((runtime) => [
    runtime.name,
    once(async () => ownOpinions(runtime, await casesFor("server"))),
  ]),
);

test("oracles agree with what the cases expect", OPTIONS, async () => {
  const oracles = await common();
  await write("oracles", oracles);
  const wrong: string[] = [];
  for (const { name, expected } of await allCases()) {
    if (expected === "open" || DOCUMENTED.has(name)) continue;
    for (const what of disagreement(name, expected === "accept", oracles)) {
      wrong.push(`${name}: is expected to be ${what}`);
    }
  }
  assertNone(wrong);
});

test("documented cases are cases", OPTIONS, async () => {
  const names = new Set((await allCases()).map(({ name }) => name));
  assertNone([...DOCUMENTED.keys()].filter((name) => !names.has(name)));
});

for (const runtime of all) {
  for (const path of CLIENT_PATHS) {
    // Bun has no TLS in TLS: see tests/conformance/capabilities.ts.
    if (runtime.name === "bun" && path === "inner13") continue;
    test(
      `client trusts the right servers: ${runtime.name} ${path}`,
      OPTIONS,
      async () => {
        const cases = await casesFor("server");
        const outcomes = await connectToAll(runtime, path, cases);
        await judge(runtime, path, cases, outcomes);
      },
    );
  }
}

async function judge(
  runtime: Runtime,
  path: string,
  cases: readonly ChainCase[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<void> {
  const trusted = [...outcomes.values()].filter(({ trusted }) => trusted);
  console.log(
    `${runtime.name} ${path}: ${cases.length} chains, ` +
      `${trusted.length} trusted, ${outcomes.size - trusted.length} refused`,
  );
  const opinions = await own.get(runtime.name)!();
  const oracles = { ...await common(), [`${runtime.name}'s own`]: opinions };
  const wrong = violations(cases, outcomes, oracles);
  await Deno.writeTextFile(
    `${FOLDER}/${runtime.name} ${path}.json`,
    JSON.stringify({ outcomes: [...outcomes.values()], wrong }, null, 1),
  );
  await write(`${runtime.name} own`, { own: opinions });
  assertNone(wrong);
}

async function casesFor(purpose: "server" | "client"): Promise<ChainCase[]> {
  return (await allCases()).filter((item) => item.purpose === purpose);
}

/** Keeps verdicts for those who look into them. */
async function write(
  name: string,
  oracles: Readonly<Record<string, Opinions>>,
): Promise<void> {
  const table = (await allCases()).map(({ name, rule, expected, purpose }) => ({
    name,
    rule,
    purpose,
    expected,
    ...Object.fromEntries(
      Object.entries(oracles).map((
        [oracle, opinions],
      ) => [oracle, opinions.get(name)]),
    ),
  }));
  await Deno.writeTextFile(
    `${FOLDER}/${name}.json`,
    JSON.stringify(table, null, 1),
  );
}

function assertNone(wrong: readonly string[]): void {
  if (wrong.length === 0) return;
  throw new Error(
    `${wrong.length} violations:\n${
      wrong.map((what) => `  ${what}`).join("\n")
    }`,
  );
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}
