/**
 * What keeps a process alive when it is secured: as for plain connections, and
 * no handshake does that no call waits for.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import { Child } from "./child.ts";
import { missing } from "./machine.ts";
import { noCertificates, pemForTests } from "./pem.ts";
import { NEWEST, onRuntimes, start } from "./program.ts";

const skip = noCertificates;
const pem = pemForTests();

const LOOPBACK = { hostname: "127.0.0.1" };

/** Accepted by a TlsListener, or made by connectTls(). */
const ROLES = ["accepted", "connected"] as const;

const ENDED_WELL = { code: 0, signal: null, lines: [] as string[], stderr: "" };

/** It has stayed, and ends well as soon as it has got what it waited for. */
async function assertHeld(child: Child): Promise<void> {
  await child.says("got it");
  assertEquals(await child.exit(), ENDED_WELL);
}

/** It ends with everything done, and without anybody's doing. */
async function assertLetGo(child: Child): Promise<void> {
  assertEquals(await child.exit(), { ...ENDED_WELL, lines: ["done"] });
}

/** A program's connection, and its peer, which has not begun with its handshake. */
interface Pair extends AsyncDisposable {
  readonly child: Child;
  /** Takes part in the handshake. */
  secured(): Promise<Deno.TlsConn>;
}

/** Connects; to nothing where the program has reset the connection before Deno looks at it. */
async function reach(port: number): Promise<Deno.TcpConn | undefined> {
  try {
    return await Deno.connect({ ...LOOPBACK, port });
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset) return undefined;
    throw error;
  }
}

/** Lets the program have its connection in one of the two ways. */
async function pair(
  runtime: Runtime,
  program: string,
  role: (typeof ROLES)[number],
  situation: string,
): Promise<Pair> {
  const { ca, server } = pem.certificates;
  // It shakes hands only with what it has accepted.
  const listener = Deno.listenTls({ ...LOOPBACK, port: 0, ...server });
  const words = [pem.folder, role, situation, listener.addr.port];
  const child = start(runtime, program, words);
  const plain = role === "accepted"
    ? await reach(Number(await child.says("listening")))
    : undefined;
  let secured: Deno.TlsConn | undefined;
  return {
    child,
    async secured() {
      secured = role === "accepted"
        ? await Deno.startTls(plain!, { ...LOOPBACK, caCerts: [ca] })
        : await listener.accept();
      await secured.handshake();
      return secured;
    },
    async [Symbol.asyncDispose]() {
      if (secured !== undefined) secured.close();
      else plain?.close();
      listener.close();
      await child[Symbol.asyncDispose]();
    },
  };
}

/** Runs both at once, each with a program of its own. */
async function inBothRoles(
  runtime: Runtime,
  program: string,
  situation: string,
  check: (ends: Pair) => Promise<void>,
): Promise<void> {
  const both = await Promise.allSettled(ROLES.map(async (role) => {
    await using ends = await pair(runtime, program, role, situation);
    await check(ends);
  }));
  for (const one of both) if (one.status === "rejected") throw one.reason;
}

const byByte = (peer: Deno.Conn) => peer.write(new Uint8Array(1));
const byReading = async (peer: Deno.Conn) => {
  const chunk = new Uint8Array(1024 * 1024);
  try {
    while (await peer.read(chunk) !== null);
  } catch (error) {
    // The program ends without closing anything.
    if (!(error instanceof Deno.errors.UnexpectedEof)) throw error;
  }
};

/** A pending operation of a connection, and how its peer completes it. */
const HOLDING: Record<string, (peer: Deno.Conn) => Promise<unknown>> = {
  "read() during unref() and ref()": byByte,
  "write()": byReading,
};

/** The same, before the peer has begun with its handshake. */
const HOLDING_EARLY: typeof HOLDING = {
  "handshake() during unref() and ref()": () => Promise.resolve(),
  "read() before the handshake": byByte,
};

for (const [operation, complete] of Object.entries(HOLDING)) {
  onRuntimes(
    `The process stays alive while a secured connection waits in ${operation}`,
    { only: NEWEST, skip },
    (runtime) =>
      inBothRoles(runtime, "tls_holds", operation, async (ends) => {
        const peer = await ends.secured();
        await ends.child.says("still here");
        await Promise.all([complete(peer), assertHeld(ends.child)]);
      }),
  );
}

for (const [operation, complete] of Object.entries(HOLDING_EARLY)) {
  onRuntimes(
    `The process stays alive while its peer is silent and a connection waits in ${operation}`,
    { only: NEWEST, skip },
    (runtime) =>
      inBothRoles(runtime, "tls_holds", operation, async (ends) => {
        await ends.child.says("still here");
        const peer = await ends.secured();
        await Promise.all([complete(peer), assertHeld(ends.child)]);
      }),
  );
}

onRuntimes(
  "The process stays alive while a TlsListener waits in accept() after unref() and ref()",
  { only: NEWEST, skip },
  async (runtime) => {
    const words = [pem.folder, "listening", "accept() after unref() and ref()"];
    await using child = start(runtime, "tls_holds", words);
    const port = Number(await child.says("listening"));
    await child.says("still here");
    using _peer = await Deno.connect({ ...LOOPBACK, port });
    await assertHeld(child);
  },
);

for (
  const situation of [
    "idle",
    "unref()ed while accept() waits",
  ]
) {
  onRuntimes(
    `The process ends by itself with a TlsListener ${situation}`,
    { only: NEWEST, skip },
    async (runtime) => {
      const words = [pem.folder, "listening", situation];
      await using child = start(runtime, "tls_lets_go", words);
      await child.says("listening");
      await assertLetGo(child);
    },
  );
}

for (
  const situation of [
    "idle after a read and a write",
    "whose writing has ended",
    "unref()ed while read() waits",
    "closed while read() waits",
  ]
) {
  onRuntimes(
    `The process ends by itself with a secured connection ${situation}`,
    { only: NEWEST, skip },
    (runtime) =>
      inBothRoles(runtime, "tls_lets_go", situation, async (ends) => {
        const peer = await ends.secured();
        // For the one that reads.
        await byByte(peer);
        await assertLetGo(ends.child);
      }),
  );
}

for (
  const situation of [
    "and no call waits",
    "and handshake() was aborted",
    "and it is unref()ed while handshake() waits",
    "and it is closed while handshake() and write() wait",
  ]
) {
  onRuntimes(
    `The process ends by itself when its peer is silent during the handshake, ${situation}`,
    { only: NEWEST, skip },
    (runtime) =>
      inBothRoles(
        runtime,
        "tls_lets_go",
        situation,
        (ends) => assertLetGo(ends.child),
      ),
  );
}

const WRITTEN = 1024 * 1024;

onRuntimes(
  "What was written before close() reaches a slow peer, and close_notify behind it, when the program ends there",
  { only: NEWEST, skip: skip ?? missing("python3") },
  async (runtime) => {
    await Promise.all(ROLES.map(async (role) => {
      await using peer = new Child({
        name: "tls_slow.py",
        command: "python3",
        args: [`${import.meta.dirname}/tls_slow.py`, pem.folder],
        listens: true,
      });
      const port = Number(await peer.says("listening"));
      const words = [pem.folder, role, WRITTEN, port];
      await using child = start(runtime, "tls_writes_and_ends", words);
      if (role === "connected") await peer.hear("accept");
      else await peer.hear(`connect ${await child.says("listening")}`);
      assertEquals(await peer.says("got"), `${WRITTEN} close_notify`);
      assertEquals(await child.exit(), { ...ENDED_WELL, lines: ["closed"] });
    }));
  },
);

/** What is written at once; Bun holds back up to 128 KiB that the system does not take. */
const PIECE = 100_000;

/** How often it is tried to fill a connection anew, and no further. */
const TRIES = 5;

onRuntimes(
  "What was written before close() reaches a peer that reads nothing for longer than that lingers, and close_notify behind it",
  { only: NEWEST, skip: skip ?? missing("python3"), limitMs: 60_000 },
  async (runtime) => {
    await Promise.all(ROLES.map(async (role) => {
      const fill = async (limit: number): Promise<[number, string]> => {
        await using peer = new Child({
          name: "tls_lags.py",
          command: "python3",
          args: [`${import.meta.dirname}/tls_lags.py`, pem.folder],
          listens: true,
        });
        const port = Number(await peer.says("listening"));
        const words = [pem.folder, role, PIECE, limit, port];
        await using child = start(runtime, "tls_fills", words);
        if (role === "connected") await peer.hear("accept");
        else await peer.hear(`connect ${await child.says("listening")}`);
        const filled = Number(await child.says("filled"));
        await peer.hear("read");
        const got = await peer.says("got");
        await child.exit();
        return [filled, got];
      };
      const [fits] = await fill(1_000);
      for (let tries = 1;; tries++) {
        const [filled, got] = await fill(fits);
        // How much the system takes differs a little; a write that waits is cut.
        if (filled < fits && tries < TRIES) continue;
        assertEquals(got, `${fits * PIECE} close_notify`);
        break;
      }
    }));
  },
);
