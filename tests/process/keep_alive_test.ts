/**
 * What keeps a process alive: a pending operation does, an idle handle does
 * not, and unref() and ref() change it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import type { Child } from "./child.ts";
import { onRuntimes, start } from "./program.ts";

const LOOPBACK = { hostname: "127.0.0.1" };

/** Both ends of a connection: the program's is the one under test. */
interface Pair extends AsyncDisposable {
  readonly child: Child;
  readonly peer: Deno.Conn;
}

/** Lets the program have its connection in one of the two ways. */
async function pair(
  runtime: Runtime,
  program: string,
  role: "accepted" | "connected",
  situation: string,
): Promise<Pair> {
  using listener = Deno.listen({ ...LOOPBACK, port: 0 });
  const child = start(runtime, program, [role, situation, listener.addr.port]);
  const peer = role === "connected" ? await listener.accept() : await Deno
    .connect({ ...LOOPBACK, port: Number(await child.says("listening")) });
  return {
    child,
    peer,
    async [Symbol.asyncDispose]() {
      peer.close();
      await child[Symbol.asyncDispose]();
    },
  };
}

/** It has stayed, and ends well as soon as it has got what it waited for. */
async function assertHeld(child: Child): Promise<void> {
  await child.says("got it");
  assertEquals(await child.exit(), ENDED_WELL);
}

/** It ends with everything done, and without anybody's doing. */
async function assertLetGo(child: Child): Promise<void> {
  assertEquals(await child.exit(), { ...ENDED_WELL, lines: ["done"] });
}

const ENDED_WELL = { code: 0, signal: null, lines: [] as string[], stderr: "" };

const byByte = (peer: Deno.Conn) => peer.write(new Uint8Array(1));
const byReading = async (peer: Deno.Conn) => {
  const chunk = new Uint8Array(1024 * 1024);
  while (await peer.read(chunk) !== null);
};

const SITUATIONS_AFTER_A_BYTE = new Set([
  "idle after a read and a write",
  "closed while read() and write() wait",
]);

/** What a connection is called that came about in one of the two ways. */
const CONNECTION = {
  accepted: "an accepted connection",
  connected: "a connection of connect()",
};

/** A pending operation of a connection, and how its peer completes it. */
const HOLDING: Record<string, (peer: Deno.Conn) => Promise<unknown>> = {
  "read()": byByte,
  "readChunk()": byByte,
  "a read of readable": byByte,
  "read() after unref() and ref()": byByte,
  "read() during unref() and ref()": byByte,
  "read() after an aborted one": byByte,
  "write()": byReading,
  "write() with a signal": byReading,
  "write() and then unref()": byReading,
  "closeWrite() behind a write": byReading,
};

for (const role of ["accepted", "connected"] as const) {
  for (const [operation, complete] of Object.entries(HOLDING)) {
    onRuntimes(
      `The process stays alive while ${CONNECTION[role]} waits in ${operation}`,
      {},
      async (runtime) => {
        await using ends = await pair(runtime, "holds", role, operation);
        const { child, peer } = ends;
        await child.says("still here");
        await Promise.all([complete(peer), assertHeld(child)]);
      },
    );
  }
}

for (
  const operation of [
    "accept()",
    "accept() after unref() and ref()",
    "accept() during unref() and ref()",
    "accept() after an aborted one",
  ]
) {
  onRuntimes(
    `The process stays alive while a listener waits in ${operation}`,
    {},
    async (runtime) => {
      await using child = start(runtime, "holds", ["listening", operation]);
      const port = Number(await child.says("listening"));
      await child.says("still here");
      using _peer = await Deno.connect({ ...LOOPBACK, port });
      await assertHeld(child);
    },
  );
}

/** A listener that accepts no connection: its queue is full until it accepts. */
async function fullListener() {
  const listener = Deno.listen({ ...LOOPBACK, port: 0, tcpBacklog: 1 });
  const waiting = [
    await Deno.connect({ ...LOOPBACK, port: listener.addr.port }),
    await Deno.connect({ ...LOOPBACK, port: listener.addr.port }),
  ];
  return {
    port: listener.addr.port,
    /** Makes room for the next one, who gets in when it asks again. */
    async admit() {
      for (let i = 0; i < waiting.length; i++) {
        (await listener.accept()).close();
      }
    },
    [Symbol.dispose]() {
      for (const conn of waiting) conn.close();
      listener.close();
    },
  };
}

onRuntimes(
  "The process stays alive while connect() waits",
  {},
  async (runtime) => {
    using listener = await fullListener();
    await using child = start(runtime, "holds", [
      "connecting",
      "connect()",
      listener.port,
    ]);
    await child.says("still here");
    await listener.admit();
    await assertHeld(child);
  },
);

for (
  const situation of [
    "idle",
    "idle after ref()",
    "whose accept() was aborted",
    "whose accept() timed out",
    "unref()ed while accept() waits",
    "unref()ed while accept() with a time limit waits",
    "unref()ed before accept() waits",
    "closed while accept() waits",
    "closed while for await waits",
  ]
) {
  onRuntimes(
    `The process ends by itself with a listener ${situation}`,
    {},
    async (runtime) => {
      await using child = start(runtime, "lets_go", ["listening", situation]);
      await assertLetGo(child);
    },
  );
}

for (const role of ["accepted", "connected"] as const) {
  for (
    const situation of [
      "idle",
      "idle after ref()",
      "idle after a read and a write",
      "whose writing has ended",
      "whose read() was aborted",
      "whose read() timed out",
      "whose readable was cancelled during a read",
      "unref()ed while read() waits",
      "unref()ed while read() with a time limit waits",
      "unref()ed before read() waits",
      "closed while read() and write() wait",
    ]
  ) {
    onRuntimes(
      `The process ends by itself with ${CONNECTION[role]} ${situation}`,
      {},
      async (runtime) => {
        await using ends = await pair(runtime, "lets_go", role, situation);
        const { child, peer } = ends;
        if (SITUATIONS_AFTER_A_BYTE.has(situation)) await byByte(peer);
        await assertLetGo(child);
      },
    );
  }
}

for (const situation of ["aborted", "timed out"]) {
  onRuntimes(
    `The process ends by itself after connect() was ${situation}`,
    {},
    async (runtime) => {
      using listener = await fullListener();
      await using child = start(runtime, "lets_go", [
        "connecting",
        situation,
        listener.port,
      ]);
      await assertLetGo(child);
    },
  );
}
