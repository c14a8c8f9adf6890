/**
 * What a peer makes a process hold has a bound: bytes that are not read,
 * connections that are not accepted.
 *
 * @module
 */
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Child } from "./child.ts";
import { descriptors, missing, noProc, residentBytes } from "./machine.ts";
import { Peer } from "./peer.ts";
import { onRuntimes, start } from "./program.ts";

const skip = missing("python3") ?? noProc;

const MIB = 1024 * 1024;

/** What a peer would send, if it were let. */
const OFFERED = 1024 * MIB;

const MAX_GROWTH = 32 * MIB;

/** As `programs/never_accepts.mjs` asks for. */
const BACKLOG = 128;

/** More, because thousands of connections come and go: garbage, for a while. */
const MAX_CROWD_GROWTH = 64 * MIB;

/** Comes to a program's gate; when it answers it has dealt with what came before. */
async function passGate(child: Child, gate: number, word: string) {
  using _conn = await Deno.connect({ hostname: "127.0.0.1", port: gate });
  return Number(await child.says(word));
}

for (
  const [role, what] of [
    ["accepted", "An accepted connection"],
    ["connected", "A connection of connect()"],
  ]
) {
  onRuntimes(
    `${what} stops taking bytes when it is not read and the peer sends on`,
    { skip },
    async (runtime) => {
      await using peer = new Peer();
      const target = role === "connected" ? await peer.ask("listen") : 0;
      await using child = start(runtime, "never_reads", [role, target]);
      const gate = Number(await child.says("gate"));
      if (role === "connected") await peer.ask("accept");
      else {
        const port = Number(await child.says("listening"));
        await peer.ask(`connect ${port}`);
      }
      await child.says("ready");
      await passGate(child, gate, "report");

      const before = residentBytes(child.pid);
      const sent = await peer.ask(`flood ${OFFERED}`);
      await passGate(child, gate, "report");
      assertLess(sent, OFFERED);
      assertLess(residentBytes(child.pid) - before, MAX_GROWTH);
    },
  );
}

onRuntimes(
  "A listener holds no more than its backlog when thousands of connections are never accepted",
  { skip },
  async (runtime) => {
    await using peer = new Peer();
    await using child = start(runtime, "never_accepts");
    const port = Number(await child.says("listening"));
    const gate = Number(await child.says("gate"));
    assertEquals(await passGate(child, gate, "dropped"), 0);

    const before = residentBytes(child.pid);
    const held = descriptors(child.pid);
    const opened = await peer.ask(`swarm ${port} 10000`);
    const dropped = await passGate(child, gate, "dropped");
    assertGreater(opened, BACKLOG);
    // Some of those that are turned away may still be on their way out.
    assertLess(descriptors(child.pid) - held, 2 * BACKLOG);
    assertLess(residentBytes(child.pid) - before, MAX_CROWD_GROWTH);
    // Deno leaves the queue to the system, which counts nothing.
    if (runtime.name === "deno") assertEquals(dropped, 0);
    else assertGreater(dropped, 0);
  },
);

// By what Node promises for those that connect, and by what is found out of it for
// those that it accepts. A Node where that is no longer so is only slower.
onRuntimes(
  "Sockets share the buffer they read into, whichever end they are",
  { only: ["node24"] },
  async (runtime) => {
    await using child = start(runtime, "reads");
    assertEquals(await child.tells("hearing"), [0, 0]);
    assertEquals((await child.exit()).code, 0);
  },
);
