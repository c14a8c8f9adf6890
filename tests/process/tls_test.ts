/**
 * Secured servers under siege, in a crowd, and while their certificates change.
 *
 * @module
 */
import {
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import { Child } from "./child.ts";
import { missing, noProc } from "./machine.ts";
import { noCertificates, pemForTests } from "./pem.ts";
import { NEWEST, onRuntimes, start } from "./program.ts";
import {
  assertBlameless,
  assertNobodyStuck,
  quiet,
  report,
  stop,
  type Visits,
} from "./told.ts";

const skip = noCertificates ?? missing("python3") ?? noProc;
const pem = pemForTests();

/** How long a siege may take, whose slowest visits last 8 s. */
const limitMs = 25_000;

/** What handlers fail for whose peers are rude. */
const RUDE = [
  "BrokenPipe",
  "ConnectionReset",
  "InvalidData",
  "TimedOut",
  "UnexpectedEof",
];

/** Of the ten hostile kinds; 300 at once. */
const EACH = 30;

/** How long the server gives a handshake, where that is tested. */
const SHORT_MS = 1000;

/** The same for a siege, which one process makes: at its beginning that is busy. */
const SIEGE_MS = 2000;

/** Beyond what one siege leaves the next one leaves no more than this: 10 KiB a visit. */
const MAX_GROWTH = 3 * 1024 * 1024;

/** For each secured connection that does nothing; Node 24 comes to 92 KiB, Bun to 28. */
const MAX_IDLE_BYTES = 192 * 1024;

/** What `tls_hostile.py` tells. */
interface Siege {
  /** How the visits of each kind went. */
  readonly visits: Record<string, Visits>;
  /** How many milliseconds each honest visit took. */
  readonly honest: readonly number[];
  /** How often each certificate was seen, by its hash. */
  readonly shown: Record<string, number>;
}

function serves(
  runtime: Runtime,
  options: Record<string, unknown> = {},
  wrapper: readonly string[] = [],
): Child {
  const words = [pem.folder, JSON.stringify(options)];
  return start(runtime, "tls_serves", words, {
    listens: true,
    wrapper,
    denoFlags: ["-A", "--v8-flags=--expose-gc"],
  });
}

function visitors(port: number, ...words: readonly (string | number)[]): Child {
  const script = `${import.meta.dirname}/tls_hostile.py`;
  return new Child({
    name: "tls_hostile.py",
    command: "python3",
    args: ["-B", script, pem.folder, ...[port, ...words].map(String)],
    listens: true,
    limitMs,
  });
}

async function visit(
  port: number,
  ...words: readonly (string | number)[]
): Promise<Siege> {
  await using all = visitors(port, ...words);
  return await all.tells<Siege>("went");
}

onRuntimes(
  `A secured server is as it was before, and honest clients have not waited, when ${
    10 * EACH
  } hostile ones came at once`,
  { only: NEWEST, skip, limitMs: 3 * limitMs },
  async (runtime) => {
    await using server = serves(runtime, { handshakeTimeoutMs: SIEGE_MS });
    const port = Number(await server.says("listening"));
    await visit(port, "besiege", EACH / 3, 1);
    const before = await quiet(server);
    const siege = await visit(port, "besiege", EACH, 10);
    const after = await quiet(server, before.descriptors);
    assertNobodyStuck(siege.visits);
    assertEquals(siege.visits.many_records.cut, 0);
    assertLess(Math.max(...siege.honest), SIEGE_MS);
    assertEquals(after.active, 0);
    assertLessOrEqual(after.descriptors, before.descriptors);
    assertLess(after.heap - before.heap, MAX_GROWTH);
    assertBlameless(after, RUDE);
    await stop(server);
  },
);

onRuntimes(
  "Honest clients are served at once however many silent ones there are, which take no place of maxHandshakes",
  { only: NEWEST, skip, limitMs },
  async (runtime) => {
    await using server = serves(runtime, {
      handshakeTimeoutMs: SHORT_MS,
      maxHandshakes: 4,
    });
    const port = Number(await server.says("listening"));
    const before = await report(server);
    const siege = await visit(port, "throng", 20, 10, SHORT_MS / 2 / 1000);
    assertNobodyStuck(siege.visits);
    // The silent ones are there for half of that time.
    assertLess(Math.min(...siege.honest), SHORT_MS / 4);
    assertLess(Math.max(...siege.honest), SHORT_MS);
    const after = await quiet(server, before.descriptors);
    assertLessOrEqual(after.descriptors, before.descriptors);
    assertEquals(after.said.TimedOut, 20);
    assertBlameless(after, RUDE);
    await stop(server);
  },
);

const PARALLEL = 300;
const IDLE = 200;
/** What the runtime keeps for good it has after these. */
const WARMING = 20;

onRuntimes(
  `A secured server holds ${IDLE} idle connections, and shakes ${PARALLEL} hands at once`,
  { only: NEWEST, skip, limitMs },
  async (runtime) => {
    await using server = serves(runtime);
    const port = Number(await server.says("listening"));
    await visit(port, "load", WARMING);
    const before = await quiet(server);
    await using crowd = visitors(port, "crowd", IDLE);
    await crowd.says("open");
    const held = await report(server);
    const each = (held.rss - before.rss) / IDLE;
    console.log(`${runtime.name}: ${(each / 1024).toFixed(1)} KiB for each`);
    assertEquals(held.active, IDLE);
    assertLess(each, MAX_IDLE_BYTES);
    await crowd.hear("leave");
    await crowd.says("went");
    const { honest } = await visit(port, "load", PARALLEL);
    assertEquals(honest.length, PARALLEL);
    const after = await quiet(server, before.descriptors);
    assertLessOrEqual(after.descriptors, before.descriptors);
    assertEquals(after.said, {
      open: WARMING + IDLE + PARALLEL,
      close: WARMING + IDLE + PARALLEL,
    });
    await stop(server);
  },
);

const RELOADS = 50;

onRuntimes(
  `Every client sees one of two certificates, and none fails, when reload() alternates them ${RELOADS} times`,
  { only: NEWEST, skip, limitMs },
  async (runtime) => {
    await using server = serves(runtime);
    const port = Number(await server.says("listening"));
    await using clients = visitors(port, "come_and_go", 4);
    await server.hear(`reload ${RELOADS}`);
    await server.says("reloaded");
    await clients.hear("leave");
    const { shown } = await clients.tells<Siege>("went");
    const { server: first, renewed: second } = pem.certificates;
    const expected = await Promise.all([first, second].map(digest));
    assertEquals(Object.keys(shown).sort(), expected.sort());
    for (const count of Object.values(shown)) assertGreater(count, RELOADS / 2);
    const { said } = await quiet(server);
    assertEquals(Object.keys(said).sort(), ["close", "open"]);
    await stop(server);
  },
);

/** A certificate's, as `tls_hostile.py` tells it. */
async function digest({ cert }: { readonly cert: string }): Promise<string> {
  const base64 = cert.replace(/-----.*-----|\s/g, "");
  const der = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

onRuntimes(
  "A secured server serves again when more came than it has descriptors for",
  { only: NEWEST, skip, limitMs },
  async (runtime) => {
    const few = ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"];
    await using server = serves(
      runtime,
      { handshakeTimeoutMs: SHORT_MS },
      few,
    );
    const port = Number(await server.says("listening"));
    const before = await report(server);
    // The silent ones are sent away one after the other; no honest client comes.
    const siege = await visit(port, "throng", 100, 0, 0);
    assertNobodyStuck(siege.visits);
    const { honest } = await visit(port, "load", 5);
    assertEquals(honest.length, 5);
    const after = await quiet(server, before.descriptors);
    assertLessOrEqual(after.descriptors, before.descriptors);
    assertBlameless(after, RUDE);
    // Node reports nothing of what it had no descriptor for.
    if (["deno", "bun"].includes(runtime.name)) {
      assertGreater(after.acceptFailures, 0);
    }
    await stop(server);
  },
);
