/**
 * Bytes of writes that have resolved, when the process ends at once.
 *
 * @module
 */
import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { Child } from "./child.ts";
import { missing } from "./machine.ts";
import { noCertificates, pemForTests } from "./pem.ts";
import { NEWEST, onRuntimes, start } from "./program.ts";

const pem = pemForTests();
const skip = missing("python3") ?? noCertificates;

const TRANSPORTS = ["tcp", "unix", "tls12", "tls13", "starttls"] as const;
const ROLES = ["connected", "accepted"] as const;

/** How a process ends, and after how many writes; at the first that has to wait, for Infinity. */
const ENDS = [
  ["exit", Infinity, "process.exit() while a write waits"],
  ["exit", 1, "process.exit() after a write"],
  ["exit", 4, "process.exit() after some writes"],
  [
    "end",
    Infinity,
    "having nothing more to do once a write that waits is done",
  ],
  ["end", 4, "having nothing more to do"],
  ["close", 4, "closing the connection"],
] as const;

for (const over of TRANSPORTS) {
  for (const role of ROLES) {
    // The peer listens over TCP only.
    if (over === "unix" && role === "connected") continue;
    for (const [way, writes, by] of ENDS) {
      onRuntimes(
        `a peer gets all that was written over ${over}, ${role}, by a process that ends by ${by}`,
        { skip, ...writes < Infinity && { only: NEWEST } },
        async (runtime) => {
          const directory = Deno.makeTempDirSync({ dir: "/tmp" });
          try {
            const secure = over !== "tcp" && over !== "unix";
            await using peer = new Child({
              name: "late_reader.py",
              command: "python3",
              args: [
                `${import.meta.dirname}/late_reader.py`,
                ...secure ? [pem.folder, over] : [],
              ],
              listens: true,
            });
            const port = await peer.line();
            if (role === "connected") {
              await peer.hear(`accept ${way === "close" ? 2 : 0}`);
            }
            const where = over === "unix" ? `${directory}/socket` : port;
            await using child = start(runtime, "fills_and_ends", [
              over,
              role,
              way,
              writes,
              where,
              pem.folder,
            ]);
            if (role === "accepted") {
              await peer.hear(`connect ${await child.says("listening")}`);
            }
            assertEquals(await peer.line(), "ready");
            const [resolved, offered, written] = (await child.says("resolved"))
              .split(" ").map(Number);
            assert(resolved > 0 && resolved <= written && written <= offered);
            const waits = writes === Infinity;
            assertEquals(written < offered, waits);
            // A write that waits keeps the process until the peer reads.
            const ended = way === "exit" || !waits
              ? await child.exit()
              : undefined;
            await peer.hear("read");
            const got = Number(await peer.says("got"));
            // Bun may hold the last small write, see `src/runtime/bun/held_writes.ts`.
            const held = runtime.name === "bun" && secure && waits ? 16_384 : 0;
            if (way === "exit") assertGreaterOrEqual(got, written - held);
            else assertEquals(got, offered);
            const { code, stderr } = ended ?? await child.exit();
            assertEquals([code, stderr], [0, ""]);
          } finally {
            Deno.removeSync(directory, { recursive: true });
          }
        },
      );
    }
  }
}

for (const role of ROLES) {
  for (const size of [900, 16_384, 16_385, 100_000]) {
    onRuntimes(
      `a peer gets all writes of ${size} bytes that a process has room for over TLS, ${role}, before it ends`,
      { skip, only: NEWEST },
      async (runtime) => {
        // How many fit, and then just so many.
        let writes = Infinity;
        for (const way of ["exit", "end"]) {
          await using peer = new Child({
            name: "late_reader.py",
            command: "python3",
            args: [
              `${import.meta.dirname}/late_reader.py`,
              pem.folder,
              "tls13",
            ],
            listens: true,
          });
          const port = await peer.line();
          if (role === "connected") await peer.hear("accept 0");
          const words = ["tls13", role, way, writes, port, pem.folder, size];
          await using child = start(runtime, "fills_and_ends", words);
          if (role === "accepted") {
            await peer.hear(`connect ${await child.says("listening")}`);
          }
          assertEquals(await peer.line(), "ready");
          if (way === "exit") {
            const [resolved] = (await child.says("resolved")).split(" ");
            writes = Number(resolved) / size;
            continue;
          }
          // It ends at once, or once the peer has read what did not fit this time.
          await endedOrSettled(child);
          await peer.hear("read");
          assertEquals(Number(await peer.says("got")), writes * size);
        }
      },
    );
  }
}

/** Waits for the end of a program, or longer than it takes to write what fits. */
async function endedOrSettled(child: Child): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const settled = new Promise((resolve) => timer = setTimeout(resolve, 2_000));
  await Promise.race([child.exit(), settled]);
  clearTimeout(timer);
}
