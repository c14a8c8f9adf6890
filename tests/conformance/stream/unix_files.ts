/**
 * Unix sockets and the file system: errors of paths, the file's mode, and a
 * working directory that changes.
 *
 * @module
 */
import { errors, type ListenOptions } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { certificates } from "../../certificates.ts";
import { assertServes, type Case, type Net } from "../case.ts";
import { echo } from "../serve/server_log.ts";
import { serverOf, withCertificates } from "../tls/pair.ts";
import { inDirectory, settled } from "./unix.ts";

/** A path, and the code of the error that each operation rejects with. */
interface WrongPath {
  readonly what: string;
  readonly path: string;
  readonly connect: string;
  readonly listen: string;
}

/** Below a directory that `prepare` has filled. */
const wrongPaths: readonly WrongPath[] = [
  path("a path below a file", "file/socket", "ENOTDIR", "ENOTDIR"),
  path("a path far below a file", "file/a/b", "ENOTDIR", "ENOTDIR"),
  path("a path below a socket", "stale/socket", "ENOTDIR", "ENOTDIR"),
  path("a path in no directory", "none/socket", "ENOENT", "ENOENT"),
  path("a path below a dangling link", "dangling/s", "ENOENT", "ENOENT"),
  path("a path below a loop of links", "loop/socket", "ELOOP", "ELOOP"),
  path("a loop of links", "loop", "ELOOP", "EADDRINUSE"),
  path("a dangling link", "dangling", "ENOENT", "EADDRINUSE"),
  path("a file", "file", "ECONNREFUSED", "EADDRINUSE"),
  path("a link to a file", "link", "ECONNREFUSED", "EADDRINUSE"),
  path("a directory", "directory", "ECONNREFUSED", "EADDRINUSE"),
  path("a stale socket", "stale", "ECONNREFUSED", "EADDRINUSE"),
];

const KINDS = {
  ENOTDIR: errors.NotFound,
  ENOENT: errors.NotFound,
  ELOOP: errors.SocketError,
  ECONNREFUSED: errors.ConnectionRefused,
  EADDRINUSE: errors.AddrInUse,
} as const;

/** Cases of paths. */
export const unixFiles: readonly Case[] = [
  ...wrongPaths.flatMap((wrong) =>
    (["connect", "listen"] as const).map((operation) =>
      inDirectory(
        `${operation}() on ${wrong.what} rejects ${wrong[operation]}`,
        async (net, directory) => {
          await prepare(net, directory);
          const at = { path: join(directory, wrong.path) };
          const code = wrong[operation];
          const error = await assertRejects(
            async () => {
              await (operation === "connect"
                ? net.connect(at)
                : net.listen(at));
            },
            KINDS[code as keyof typeof KINDS],
          );
          assertEquals([error.code, error.operation], [code, operation]);
          assertEquals(error.address, { transport: "unix", ...at });
        },
      )
    )
  ),
  ...[0o600, 0o660, 0o666, 0o777, 0o400, 0].map((mode) =>
    inDirectory(
      `listen() makes a socket file of mode 0o${mode.toString(8)}`,
      async (net, directory) => {
        for (const mask of [0o22, 0o77, 0]) {
          await withUmask(mask, async () => {
            const path = join(directory, "socket");
            using listener = await net.listen({ path, mode });
            assertEquals(modeOf(path), mode);
            assertEquals(umask(), mask);
            // Root connects whatever the mode, and others where they may write.
            if (mode & 0o200) await assertServes(net, listener);
          });
          await settled(net, directory);
        }
      },
    )
  ),
  inDirectory(
    "listen() without mode leaves that of the file to the umask",
    async (net, directory) => {
      const path = join(directory, "socket");
      await withUmask(0o27, async () => {
        using _listener = await net.listen({ path });
        assertEquals(modeOf(path), 0o750);
      });
    },
  ),
  inDirectory(
    "listen() with mode and reclaim takes over a stale file, with its mode",
    async (net, directory) => {
      await prepare(net, directory);
      const path = join(directory, "stale");
      using listener = await net.listen({ path, reclaim: true, mode: 0o600 });
      assertEquals(modeOf(path), 0o600);
      await assertServes(net, listener);
    },
  ),
  inDirectory(
    "listen() with mode on a path that is taken leaves file and umask alone",
    async (net, directory) => {
      const path = join(directory, "socket");
      await withUmask(0o22, async () => {
        using listener = await net.listen({ path });
        await assertRejects(
          () => net.listen({ path, mode: 0o600 }),
          errors.AddrInUse,
        );
        assertEquals([modeOf(path), umask()], [0o755, 0o22]);
        await assertServes(net, listener);
      });
    },
  ),
  inDirectory("serve() on a path takes a mode", async (net, directory) => {
    const path = join(directory, "socket");
    await using _server = await net.serve({ path, mode: 0o600 }, echo);
    assertEquals(modeOf(path), 0o600);
  }),
  ...withCertificates([
    inDirectory(
      "listenTls() on a path takes a mode",
      async (net, directory) => {
        const path = join(directory, "socket");
        const certs = await certificates();
        using _listener = await net.listenTls({
          path,
          mode: 0o600,
          ...serverOf(certs),
        });
        assertEquals(modeOf(path), 0o600);
      },
    ),
  ]),
  ...[-1, 0o1000, 1.5, NaN, "600", "0o600", null, true].map((mode): Case =>
    inDirectory(
      `listen() refuses mode ${
        typeof mode === "number" ? mode : JSON.stringify(mode)
      }`,
      async (net, directory) => {
        const options = { path: join(directory, "socket"), mode };
        const error = await assertRejects(() =>
          net.listen(options as ListenOptions)
        );
        assert(error instanceof TypeError || error instanceof RangeError);
        assert(error.message.includes("such as 0o600"), error.message);
        assertEquals(readdirSync(directory), []);
      },
    )
  ),
  {
    name: "listen() on a port refuses mode",
    async run(net) {
      await assertRejects(
        () =>
          net.listen({
            hostname: "127.0.0.1",
            port: 0,
            mode: 0o600,
          } as ListenOptions),
        TypeError,
        "mode: that is for paths",
      );
    },
  },
  inDirectory(
    "close() removes the file of a relative path after a change of directory",
    async (net, directory) => {
      const [here, there] = ["here", "there"].map((name) => {
        mkdirSync(join(directory, name));
        return join(directory, name);
      });
      const before = process.cwd();
      try {
        process.chdir(here);
        const listener = await net.listen({ path: "socket" });
        assertEquals(listener.addr, { transport: "unix", path: "socket" });
        process.chdir(there);
        // Another's file of that name, which closing is to leave alone.
        using other = await net.listen({ path: "socket" });
        listener.close();
        await settled(net, directory);
        assertEquals(readdirSync(here), []);
        await assertServes(net, other);
        other.close();
        await settled(net, directory);
        assertEquals(readdirSync(there), []);
      } finally {
        process.chdir(before);
      }
    },
  ),
  inDirectory(
    "close() after a change of directory leaves a successor's file alone",
    async (net, directory) => {
      const before = process.cwd();
      try {
        process.chdir(directory);
        const listener = await net.listen({ path: "socket" });
        renameSync("socket", "old");
        using successor = await net.listen({ path: "socket" });
        process.chdir("/");
        listener.close();
        process.chdir(directory);
        await settled(net, directory);
        await assertServes(net, successor);
      } finally {
        process.chdir(before);
      }
    },
  ),
  ...["absolute", "relative"].map((kind) =>
    inDirectory(
      `listen() with reclaim takes a stale file of which another directory has a live ${kind} namesake`,
      async (net, directory) => {
        await prepare(net, directory);
        const other = join(directory, "directory");
        const before = process.cwd();
        try {
          process.chdir(other);
          using live = await net.listen({
            path: kind === "absolute" ? join(other, "stale") : "stale",
          });
          process.chdir(directory);
          using listener = await net.listen({
            path: join(directory, "stale"),
            reclaim: true,
          });
          await assertServes(net, listener);
          process.chdir(other);
          await assertServes(net, live);
        } finally {
          process.chdir(before);
        }
      },
    )
  ),
  inDirectory(
    "listen() with reclaim leaves a live listener behind a link alone",
    async (net, directory) => {
      const path = join(directory, "link");
      using listener = await net.listen({ path: join(directory, "socket") });
      symlinkSync(join(directory, "socket"), path);
      await assertRejects(
        () => net.listen({ path, reclaim: true }),
        errors.AddrInUse,
      );
      await assertServes(net, listener);
      assert(existsSync(path));
    },
  ),
];

function path(
  what: string,
  path: string,
  connect: string,
  listen: string,
): WrongPath {
  return { what, path, connect, listen };
}

/** Makes what the wrong paths lead to. */
async function prepare(net: Net, directory: string): Promise<void> {
  const at = (name: string) => join(directory, name);
  writeFileSync(at("file"), "");
  mkdirSync(at("directory"));
  symlinkSync(at("file"), at("link"));
  symlinkSync(at("missing"), at("dangling"));
  symlinkSync(at("loop"), at("loop"));
  const listener = await net.listen({ path: at("made") });
  renameSync(at("made"), at("stale"));
  listener.close();
  await settled(net, directory);
}

function modeOf(path: string): number {
  return lstatSync(path).mode & 0o7777;
}

function umask(): number {
  const mask = process.umask(0);
  process.umask(mask);
  return mask;
}

async function withUmask(mask: number, run: () => Promise<void>) {
  const before = process.umask(mask);
  try {
    await run();
  } finally {
    process.umask(before);
  }
}
