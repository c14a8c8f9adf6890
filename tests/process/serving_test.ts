/**
 * Servers under siege, and in a crowd.
 *
 * A short siege is part of every test run; `ENDURANCE_SECONDS=60` makes it a
 * minute.
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
import { onRuntimes, start } from "./program.ts";
import {
  assertBlameless,
  assertNobodyStuck,
  quiet,
  report,
  stop,
  type Visits,
} from "./told.ts";

const skip = missing("python3") ?? noProc;

const SECONDS = Number(Deno.env.get("ENDURANCE_SECONDS") ?? 3);
const VISITORS = 100;

/** More at a time than a process of 128 descriptors can have. */
const CROWD = 200;

/** Long enough for a siege and everything around it. */
const limitMs = SECONDS * 1000 + 40_000;

/** Beyond what one siege leaves the next one leaves no more than this. */
const MAX_GROWTH = 2 * 1024 * 1024;

/** What handlers fail for whose peers are rude. */
const RUDE = ["BrokenPipe", "ConnectionReset"];

/** What those are sent away by who will not go. */
const LIMITS = {
  idleTimeoutMs: 500,
  minRate: { bytesPerSecond: 100, overMs: 500 },
};

function serves(
  runtime: Runtime,
  options: Record<string, unknown>,
  wrapper: readonly string[] = [],
): Child {
  return start(runtime, "serves", [JSON.stringify(options)], {
    listens: true,
    wrapper,
    denoFlags: ["-A", "--v8-flags=--expose-gc"],
  });
}

function python(words: readonly (string | number)[], listens = false): Child {
  return new Child({
    name: "hostile.py",
    command: "python3",
    args: ["-B", `${import.meta.dirname}/hostile.py`, ...words.map(String)],
    listens,
    limitMs,
  });
}

async function besiege(
  port: number,
  seconds: number,
  visitors = VISITORS,
): Promise<Record<string, Visits>> {
  await using siege = python([port, seconds, visitors]);
  return await siege.tells<Record<string, Visits>>("visits");
}

onRuntimes(
  `serve() is as it was before when ${SECONDS} s of hostile visitors are over`,
  { skip, limitMs },
  async (runtime) => {
    await using server = serves(runtime, LIMITS);
    const port = Number(await server.says("listening"));
    await besiege(port, 1);
    const before = await quiet(server);
    const visits = await besiege(port, SECONDS);
    const after = await quiet(server, before.descriptors);
    assertNobodyStuck(visits);
    for (const kind of ["echo", "half_close", "end_at_once"]) {
      assertGreater(visits[kind].went, 0);
      assertEquals(visits[kind].cut, 0, `${kind} was cut short`);
    }
    assertEquals(after.active, 0);
    assertLessOrEqual(after.descriptors, before.descriptors);
    assertLess(after.heap - before.heap, MAX_GROWTH);
    assertGreater(after.closed.idle, 0);
    assertGreater(after.closed.slow, 0);
    assertBlameless(after, RUDE);
    await stop(server);
  },
);

onRuntimes(
  `serve() is as it was before when ${SECONDS} s of hostile visitors want more descriptors than there are`,
  { skip, limitMs },
  async (runtime) => {
    const few = ["sh", "-c", 'ulimit -n 128; exec "$@"', "sh"];
    await using server = serves(runtime, LIMITS, few);
    const port = Number(await server.says("listening"));
    await besiege(port, 1);
    const before = await quiet(server);
    assertNobodyStuck(await besiege(port, SECONDS, CROWD));
    const after = await quiet(server, before.descriptors);
    assertEquals(after.active, 0);
    assertLessOrEqual(after.descriptors, before.descriptors);
    assertLess(after.heap - before.heap, MAX_GROWTH);
    assertBlameless(after, RUDE);
    // Node reports nothing of what it had no descriptor for.
    if (["deno", "bun"].includes(runtime.name)) {
      assertGreater(after.acceptFailures, 0);
    }
    const { echo } = await besiege(port, 0.2);
    assertGreater(echo.went, 0);
    await stop(server);
  },
);

const IDLE = 10_000;
const CHATTY = 1_000;

onRuntimes(
  `serve() holds ${IDLE} idle and ${CHATTY} chatty connections`,
  { skip: skip ?? fewDescriptors(), limitMs: 60_000 },
  async (runtime) => {
    const most = ["sh", "-c", 'ulimit -n $(ulimit -Hn); exec "$@"', "sh"];
    await using server = serves(runtime, { idleTimeoutMs: 600_000 }, most);
    const port = Number(await server.says("listening"));
    const before = await report(server);
    await using crowd = python([port, "crowd", IDLE, CHATTY], true);
    await crowd.says("open");
    const held = await report(server);
    const each = (held.rss - before.rss) / IDLE / 1024;
    console.log(
      `${runtime.name}: ${
        each.toFixed(1)
      } KiB for each of ${held.active} connections`,
    );
    assertEquals(held.active, IDLE);
    assertLess(each, 64);
    await crowd.hear("talk");
    await crowd.says("talked");
    assertEquals((await report(server)).active, IDLE + CHATTY);
    await crowd.hear("leave");
    assertEquals((await crowd.exit()).code, 0);
    const after = await quiet(server, before.descriptors);
    assertEquals(after.closed.done, IDLE + CHATTY);
    assertLessOrEqual(after.descriptors, before.descriptors);
    await stop(server);
  },
);

function fewDescriptors(): string | undefined {
  const { stdout } = new Deno.Command("sh", { args: ["-c", "ulimit -Hn"] })
    .outputSync();
  const limit = new TextDecoder().decode(stdout).trim();
  return limit === "unlimited" || Number(limit) > IDLE + CHATTY + 200
    ? undefined
    : `needs ${IDLE + CHATTY} descriptors, has ${limit}`;
}

onRuntimes(
  "A server keeps its process alive when it is full and nothing is pending",
  {},
  async (runtime) => {
    await using server = start(runtime, "serves_full");
    const port = Number(await server.says("listening"));
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await conn.write(new Uint8Array(1));
    await server.says("full");
    // Time enough to end, were it to.
    await new Promise((resolve) => setTimeout(resolve, 200));
    Deno.kill(server.pid, "SIGTERM");
    await server.says("shut down");
    assertEquals((await server.exit()).code, 0);
  },
);

onRuntimes(
  "A server that is unref'ed lets its process end when nothing is pending",
  {},
  async (runtime) => {
    await using server = start(runtime, "serves_full", ["unref"]);
    const port = Number(await server.says("listening"));
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await conn.write(new Uint8Array(1));
    await server.says("full");
    await server.says("over");
    await server.exit();
  },
);
