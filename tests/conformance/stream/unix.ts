/**
 * The file of a Unix listener.
 *
 * @module
 */
import { errors, type Listener } from "@anyport/sockets";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { assertServes, type Case, type Net, socketDirectory } from "../case.ts";

/** Cases of listening on a path. */
export const unix: readonly Case[] = [
  inDirectory(
    "listen() on a path makes a socket file, and close() removes it",
    async (net, directory) => {
      const path = join(directory, "socket");
      const listener = await net.listen({ path });
      assertEquals(listener.addr, { transport: "unix", path });
      assert(lstatSync(path).isSocket());
      listener.close();
      await settled(net, directory);
      assertEquals(existsSync(path), false);
    },
  ),
  inDirectory(
    "close() with accepts waiting removes the file too",
    async (net, directory) => {
      const path = join(directory, "socket");
      const listener = await net.listen({ path });
      const waiting = listener.accept().catch((error) => error);
      listener.close();
      await waiting;
      await settled(net, directory);
      assertEquals(existsSync(path), false);
    },
  ),
  inDirectory(
    "listen() in a directory that is missing rejects NotFound",
    async (net, directory) => {
      const path = join(directory, "missing", "socket");
      const error = await assertRejects(
        () => net.listen({ path }),
        errors.NotFound,
      );
      assertEquals([error.code, error.operation], ["ENOENT", "listen"]);
    },
  ),
  ...[false, true].map((reclaim) =>
    inDirectory(
      `listen() never touches a file that is no socket, reclaim ${reclaim}`,
      async (net, directory) => {
        const path = join(directory, "notes.txt");
        writeFileSync(path, "precious");
        const error = await assertRejects(
          () => net.listen({ path, reclaim }),
          errors.AddrInUse,
        );
        assertEquals(error.code, "EADDRINUSE");
        assert(lstatSync(path).isFile());
      },
    )
  ),
  inDirectory(
    "listen() on a stale socket file rejects AddrInUse, unless it may reclaim it",
    async (net, directory) => {
      const path = await staleSocket(net, directory);
      await assertRejects(() => net.listen({ path }), errors.AddrInUse);
      const listener = await net.listen({ path, reclaim: true });
      await assertServes(net, listener);
      listener.close();
      await settled(net, directory);
      assertEquals(existsSync(path), false);
    },
  ),
  inDirectory(
    "listen() with reclaim leaves a live listener alone",
    async (net, directory) => {
      const path = join(directory, "socket");
      using first = await net.listen({ path });
      await assertRejects(
        () => net.listen({ path, reclaim: true }),
        errors.AddrInUse,
      );
      // The connection that found it alive comes first, at its end.
      (await first.accept()).close();
      await assertServes(net, first);
    },
  ),
  inDirectory(
    "listen() with reclaim, aborted at any moment, rejects the reason and listens not",
    async (net, directory) => {
      for (let steps = 0; steps < 20; steps++) {
        const path = await staleSocket(net, directory);
        const controller = new AbortController();
        const { signal } = controller;
        const listening = net.listen({ path, reclaim: true, signal })
          .catch((error) => error);
        for (let i = 0; i < steps; i++) await Promise.resolve();
        controller.abort("stop");
        const outcome = await listening;
        if (outcome !== "stop") outcome.close();
        await settled(net, directory);
        rmSync(path, { force: true });
      }
    },
  ),
  inDirectory(
    "listen() with reclaim, several at once, has one winner",
    async (net, directory) => {
      for (let round = 0; round < 10; round++) {
        const path = await staleSocket(net, directory);
        const outcomes = await Promise.allSettled(
          Array.from({ length: 4 }, () => net.listen({ path, reclaim: true })),
        );
        const winners = outcomes.filter(({ status }) => status === "fulfilled");
        const [winner] = winners.map((outcome) =>
          (outcome as PromiseFulfilledResult<Listener>).value
        );
        for (const outcome of outcomes) {
          if (outcome.status === "rejected") {
            assertInstanceOf(outcome.reason, errors.AddrInUse);
          }
        }
        assertEquals(winners.length, 1);
        winner.close();
        await settled(net, directory);
      }
    },
  ),
  inDirectory(
    "listen() with reclaim on a free path just listens",
    async (net, directory) => {
      const path = join(directory, "socket");
      using listener = await net.listen({ path, reclaim: true });
      await assertServes(net, listener);
    },
  ),
  ...[false, true].map((waiting) =>
    inDirectory(
      `close() leaves a successor's file alone, accept waiting ${waiting}`,
      async (net, directory) => {
        const path = join(directory, "socket");
        const listener = await net.listen({ path });
        const accepting = waiting
          ? listener.accept().catch((error) => error)
          : undefined;
        renameSync(path, join(directory, "old"));
        using successor = await net.listen({ path });
        listener.close();
        await accepting;
        await settled(net, directory);
        await assertServes(net, successor);
        assertEquals(
          readdirSync(directory).filter((name) => name.endsWith("~")),
          [],
        );
      },
    )
  ),
  inDirectory("paths of the greatest length work", async (net, directory) => {
    const path = join(directory, "x".repeat(103 - directory.length - 1));
    assertEquals(path.length, 103);
    using listener = await net.listen({ path });
    await assertServes(net, listener);
  }),
  inDirectory(
    "a directory and a path with spaces and other letters work",
    async (net, directory) => {
      const path = join(directory, "söcket of mine");
      using listener = await net.listen({ path });
      await assertServes(net, listener);
    },
  ),
];

/** A case with a directory of its own. */
export function inDirectory(
  name: string,
  run: (net: Net, directory: string) => Promise<void>,
): Case {
  return {
    name,
    needs: ["unix"],
    async run(net) {
      using directory = socketDirectory();
      await run(net, directory.path);
    },
  };
}

/** Listening anew waits until everything closed before is gone. */
export async function settled(net: Net, directory: string): Promise<void> {
  (await net.listen({ path: join(directory, "settled") })).close();
}

/** A socket file that no socket listens on: its listener was closed under another name. */
async function staleSocket(net: Net, directory: string): Promise<string> {
  const made = join(directory, "made");
  const path = join(directory, "stale");
  const listener = await net.listen({ path: made });
  renameSync(made, path);
  listener.close();
  await settled(net, directory);
  assert(lstatSync(path).isSocket());
  return path;
}
