/**
 * Certificates that servers and clients present, verified by Anyport on every
 * runtime and by other verifiers.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { type Runtime, runtimes } from "../runtimes.ts";
import type { ChainCase } from "./case.ts";
import { allCases } from "./cases/mod.ts";
import { connectToAll, weakened, withDefaultRoots } from "./clients.ts";
import { DOCUMENTED } from "./documented.ts";
import { disagreement, type Outcome, violations } from "./verdicts.ts";
import { commonOracles, type Opinions, ownOpinions } from "./oracles.ts";
import { FOLDER, SKIP } from "./processes.ts";
import { EVIL_KEY, ROOT } from "./parties.ts";
import { serveAll, type ServerPath } from "./servers.ts";
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

const SERVER_PATHS: readonly ServerPath[] = (["listen", "start"] as const)
  .flatMap((way) =>
    (["require", "request"] as const).flatMap((clientAuth) =>
      (["TLSv1.3", "TLSv1.2"] as const)
        .map((version) => ({ way, clientAuth, version }))
    )
  );

const all = await runtimes();
const common = once(async () => commonOracles(await allCases()));
const own = new Map(
  all.map((runtime) => [
    runtime.name,
    once(async () => {
      const opinions = await ownOpinions(runtime, await casesFor("server"));
      await write(`${runtime.name} own`, await tableOf({ own: opinions }));
      return opinions;
    }),
  ]),
);

test("oracles agree with what the cases expect", OPTIONS, async () => {
  const oracles = await common();
  await write("oracles", await tableOf(oracles));
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
    check(
      `client ${path}`,
      runtime,
      "server",
      (cases) => connectToAll(runtime, path, cases),
    );
  }
  check(
    "client with default roots",
    runtime,
    "default roots",
    (cases) => withDefaultRoots(runtime, cases),
  );
  check(
    "client with trust weakened from outside",
    runtime,
    "server",
    (cases) => weakened(runtime, cases),
  );
  test(
    `${runtime.name} trusts no peer that lacks the key of its certificate`,
    OPTIONS,
    async () => {
      const servers = stolen(await casesFor("server"));
      const clients = stolen(await casesFor("client"));
      const [path] = SERVER_PATHS;
      const outcomes = [
        ...await connectToAll(runtime, "tcp13", servers),
        ...await connectToAll(runtime, "tcp12", servers),
        ...await serveAll(runtime, path, clients),
        ...await serveAll(runtime, { ...path, version: "TLSv1.2" }, clients),
      ];
      assertEquals(
        outcomes.length,
        2 * (servers.length + clients.length),
      );
      assertNone(
        outcomes.filter(({ trusted, hangs, crashed, uncaught }) =>
          trusted || hangs || crashed || uncaught
        ).map((outcome) => JSON.stringify(outcome)),
      );
    },
  );
  for (const path of SERVER_PATHS) {
    const { way, clientAuth, version } = path;
    check(
      `server ${way} ${clientAuth} ${version}`,
      runtime,
      "client",
      (cases) => serveAll(runtime, path, cases),
    );
  }
}

/** Registers a test of one way to come to verdicts. */
function check(
  path: string,
  runtime: Runtime,
  kind: "server" | "client" | "default roots",
  run: (cases: readonly ChainCase[]) => Promise<Outcome[]>,
): void {
  test(
    `${runtime.name} verifies chains rightly: ${path}`,
    OPTIONS,
    async () => {
      const cases = await casesFor(kind);
      const outcomes = await run(cases);
      const trusted = outcomes.filter(({ trusted }) => trusted).length;
      const refused =
        outcomes.filter(({ trusted }) => trusted === false).length;
      console.log(
        `${runtime.name} ${path}: ${cases.length} chains, ` +
          `${trusted} trusted, ${refused} refused`,
      );
      const oracles = { ...await common() };
      if (kind !== "client") {
        oracles[`${runtime.name}'s own`] = await own.get(runtime.name)!();
      }
      const wrong = violations(runtime.name, cases, outcomes, oracles);
      const counts = { chains: cases.length, trusted, refused };
      await write(`${runtime.name} ${path}`, { counts, wrong, outcomes });
      assertNone(wrong);
    },
  );
}

/** The same certificates, shown by a peer that has another key. */
function stolen(cases: readonly ChainCase[]): ChainCase[] {
  return cases.map((item) => ({ ...item, key: EVIL_KEY }));
}

/** Cases of servers, of clients, or of servers below the root of most cases alone. */
async function casesFor(
  kind: "server" | "client" | "default roots",
): Promise<ChainCase[]> {
  const cases = await allCases();
  if (kind !== "default roots") {
    return cases.filter(({ purpose }) => purpose === kind);
  }
  return cases.filter(({ purpose, anchors }) =>
    purpose === "server" && anchors.length === 1 && anchors[0] === ROOT.der
  );
}

/** The verdicts of verifiers, a row for each case. */
async function tableOf(
  oracles: Readonly<Record<string, Opinions>>,
): Promise<unknown[]> {
  return (await allCases()).map(({ name, rule, expected, purpose }) => ({
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
}

/** Keeps verdicts for those who look into them. */
async function write(name: string, content: unknown): Promise<void> {
  await Deno.writeTextFile(
    `${FOLDER}/${name.replaceAll(" ", "_")}.json`,
    JSON.stringify(content, null, 1),
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
