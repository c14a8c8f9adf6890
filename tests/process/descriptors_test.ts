/**
 * What happens when a process is out of file descriptors: it says so, stays
 * alive, stays quiet, and goes on by itself when there are some again.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
} from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import { cpuMs, descriptors, noProc } from "./machine.ts";
import { onRuntimes, start } from "./program.ts";

const HOSTNAME = "127.0.0.1";

/** Runs a program that can have 64 descriptors. */
const WITH_FEW = {
  wrapper: ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"],
};

/** More connections than the program can have. */
const TOO_MANY = 100;

/** For how long the program's use of the processor is measured. */
const MEASURED_MS = 1000;

/** Bun's `connect` gets no more than a refusal out of the system's EMFILE. */
const REFUSAL: Record<Runtime["name"], string> = {
  deno: "TooManyOpenFiles EMFILE",
  node20: "TooManyOpenFiles EMFILE",
  node22: "TooManyOpenFiles EMFILE",
  node24: "TooManyOpenFiles EMFILE",
  bun: "ConnectionRefused ECONNREFUSED",
};

/** Connects so often at once; what the program refuses is left out. */
async function crowd(port: number, count = TOO_MANY): Promise<Disposable> {
  const attempts = await Promise.allSettled(
    Array.from(
      { length: count },
      () => Deno.connect({ hostname: HOSTNAME, port }),
    ),
  );
  const conns = attempts.flatMap((attempt) =>
    attempt.status === "fulfilled" ? [attempt.value] : []
  );
  return {
    [Symbol.dispose]() {
      for (const conn of conns) conn.close();
    },
  };
}

/** Part of the time that a process keeps a processor busy. */
async function load(pid: number): Promise<number> {
  const before = { cpu: cpuMs(pid), at: performance.now() };
  await new Promise((resolve) => setTimeout(resolve, MEASURED_MS));
  return (cpuMs(pid) - before.cpu) / (performance.now() - before.at);
}

onRuntimes(
  "for await goes on, without burning the processor, when descriptors have run out and are free again",
  { skip: noProc },
  async (runtime) => {
    await using child = start(runtime, "echo_server", [], WITH_FEW);
    const port = Number(await child.says("listening"));
    const everybody = await crowd(port);
    try {
      assertLess(await load(child.pid), 0.5);
      // Bun's adapter leaves eight free.
      assertGreaterOrEqual(descriptors(child.pid), 64 - 8);
    } finally {
      everybody[Symbol.dispose]();
    }
    using conn = await Deno.connect({ hostname: HOSTNAME, port });
    await conn.write(new TextEncoder().encode("still there?"));
    const echo = new Uint8Array(64);
    assertEquals(await conn.read(echo), "still there?".length);
  },
);

onRuntimes(
  "accept() rejects TooManyOpenFiles, and then accepts again, when descriptors run out",
  // Node closes what it has no descriptor for without telling anybody.
  { only: ["deno", "bun"] },
  async (runtime) => {
    await using child = start(runtime, "accepts_until_refused", [], WITH_FEW);
    const port = Number(await child.says("listening"));
    using _everybody = await crowd(port);
    assertEquals(
      await child.says("error"),
      `TooManyOpenFiles EMFILE Cannot accept on ${HOSTNAME}:${port}: ` +
        "too many open files in this process (EMFILE)",
    );
    // For the case that none of them waits any more.
    using _another = await crowd(port, 1);
    await child.says("accepted again");
    assertEquals((await child.exit()).code, 0);
  },
);

onRuntimes(
  "connect() rejects with what the system says, and then connects again, when descriptors run out",
  {},
  async (runtime) => {
    const conns: Deno.Conn[] = [];
    using listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
    const { port } = listener.addr;
    const accepting = (async () => {
      for await (const conn of listener) conns.push(conn);
    })();
    await using child = start(
      runtime,
      "connects_until_refused",
      [port],
      WITH_FEW,
    );
    const error = await child.says("error");
    assert(
      error.startsWith(
        `${REFUSAL[runtime.name]} Cannot connect to ${HOSTNAME}:${port}: `,
      ),
      error,
    );
    await child.says("connected again");
    assertEquals((await child.exit()).code, 0);
    listener.close();
    await accepting;
    for (const conn of conns) conn.close();
  },
);

onRuntimes(
  "listenDatagram() rejects TooManyOpenFiles when the descriptors have run out, and works when one is free",
  {},
  async (runtime) => {
    await using child = start(
      runtime,
      "datagrams_until_refused",
      [],
      WITH_FEW,
    );
    assertEquals(await child.tells("refused"), [
      "TooManyOpenFiles",
      "EMFILE",
      "listenDatagram",
      3,
    ]);
    assertEquals((await child.exit()).code, 0);
  },
);
