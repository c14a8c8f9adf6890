/**
 * What a peer does never ends the process: a reset that no call waits for is
 * no uncaught exception and no unhandled rejection.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Child } from "./child.ts";
import { missing } from "./machine.ts";
import { Peer } from "./peer.ts";
import { onRuntimes, start } from "./program.ts";

const skip = missing("python3");

/** The situation in which the reset comes, and what a read says of it. */
const SITUATIONS = {
  "idle": "ECONNRESET",
  "idle after a write": "ECONNRESET",
  "whose writing has ended": "ECONNRESET",
  "whose read() was aborted": "ECONNRESET",
  "whose write() was aborted": "ECONNRESET",
  "whose streams are not used": "ECONNRESET",
  "that is closed": "closed",
};

async function assertAlive(child: Child, end: string): Promise<void> {
  assertEquals(await child.says("alive"), end);
  assertEquals(await child.exit(), {
    code: 0,
    signal: null,
    lines: [],
    stderr: "",
  });
}

/** Has a byte sent back by the program. */
async function talk(port: number): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new Uint8Array(1));
  assertEquals(await conn.read(new Uint8Array(1)), 1);
}

onRuntimes(
  "An unhandled rejection ends the process, so that the tests below would see one",
  {},
  async (runtime) => {
    await using child = start(runtime, "rejects");
    const { code, stderr } = await child.exit();
    assertEquals(code, 1);
    assertStringIncludes(stderr, "no handler looks after this");
  },
);

for (const [situation, end] of Object.entries(SITUATIONS)) {
  onRuntimes(
    `The process survives when the peer resets an accepted connection ${situation}`,
    { skip },
    async (runtime) => {
      await using peer = new Peer();
      await using child = start(runtime, "survives", ["accepted", situation]);
      const port = Number(await child.says("listening"));
      await peer.ask(`connect ${port}`);
      await child.says("ready");
      await peer.ask("reset");
      await talk(port);
      await assertAlive(child, end);
    },
  );

  onRuntimes(
    `The process survives when the peer resets a connection of connect() ${situation}`,
    { skip },
    async (runtime) => {
      await using peer = new Peer();
      const port = await peer.ask("listen");
      await using child = start(runtime, "survives", [
        "connected",
        situation,
        port,
      ]);
      await peer.ask("accept");
      await child.says("ready");
      await peer.ask("reset");
      await peer.ask("echo");
      await assertAlive(child, end);
    },
  );
}

onRuntimes(
  "The process survives when the peer resets connections that wait to be accepted",
  { skip },
  async (runtime) => {
    await using peer = new Peer();
    await using child = start(runtime, "survives", ["waiting"]);
    const port = Number(await child.says("listening"));
    const gate = Number(await child.says("gate"));
    await peer.ask(`connect ${port}`);
    await peer.ask(`connect ${port}`);
    await peer.ask("send unread");
    await peer.ask("reset");
    await peer.ask(`connect ${gate}`);
    await talk(port);
    await assertAlive(child, "");
  },
);
