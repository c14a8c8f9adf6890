import { assertEquals, assertThrows } from "@std/assert";
import {
  closeOwnFile,
  type FileId,
  type Files,
  ownFile,
  refuses,
  widen,
  withMode,
} from "../../../src/core/stream/unix_socket_file.ts";
import { socketError } from "../../../src/core/errno.ts";

const address = { transport: "unix", path: "/s" } as const;

/** A file system in memory: paths and inode numbers. */
function memory(found: Record<string, number>) {
  const inodes = new Map(Object.entries(found));
  let mask = 0o022;
  const log: string[] = [];
  const idOf = (ino: number): FileId => ({
    dev: 1,
    ino,
    modifiedMs: 0,
    isSocket: true,
  });
  const files: Files = {
    identify(path) {
      const ino = inodes.get(path);
      return ino === undefined ? undefined : idOf(ino);
    },
    rename(from, to) {
      inodes.set(to, inodes.get(from)!);
      inodes.delete(from);
    },
    unlink: (path) => void inodes.delete(path),
    absolute: (path) => path,
    umask(next) {
      const before = mask;
      mask = next;
      log.push(`umask ${next.toString(8)}`);
      return before;
    },
    chmod: (path, mode) => void log.push(`chmod ${path} ${mode.toString(8)}`),
  };
  return { files, inodes, log };
}

Deno.test("closeOwnFile() unlinks its own file", () => {
  const { files, inodes } = memory({ "/s": 1 });
  const file = ownFile("/s", files);
  closeOwnFile(file, files, () => {});
  assertEquals([...inodes], []);
});

Deno.test("closeOwnFile() keeps the file of another listener, which the runtime unlinks by path", () => {
  const { files, inodes } = memory({ "/s": 1 });
  const file = ownFile("/s", files);
  inodes.set("/s", 2);
  closeOwnFile(file, files, () => files.unlink("/s"));
  assertEquals([...inodes], [["/s", 2]]);
});

Deno.test("closeOwnFile() renames to a path without a file", () => {
  const { files, inodes } = memory({ "/s": 1, "/s.2~": 7, "/s.2~1": 8 });
  const file = ownFile("/s", files);
  inodes.set("/s", 2);
  closeOwnFile(file, files, () => files.unlink("/s"));
  assertEquals(
    [...inodes].sort(),
    [["/s", 2], ["/s.2~", 7], ["/s.2~1", 8]],
  );
});

Deno.test("closeOwnFile() unlinks after an asynchronous close", async () => {
  const { files, inodes } = memory({ "/s": 1 });
  const file = ownFile("/s", files);
  const { promise, resolve } = Promise.withResolvers<void>();
  closeOwnFile(file, files, () => promise);
  assertEquals(inodes.size, 1);
  resolve();
  await promise;
  await Promise.resolve();
  assertEquals(inodes.size, 0);
});

Deno.test("withMode() narrows the umask around bind, and restores it when bind throws", () => {
  const { files, log } = memory({});
  assertEquals(withMode(0o600, files, () => "bound"), "bound");
  assertEquals(log, ["umask 777", "umask 177", "umask 22"]);
  log.length = 0;
  assertThrows(
    () =>
      withMode(0o660, files, () => {
        throw new Error("EADDRINUSE");
      }),
    Error,
    "EADDRINUSE",
  );
  assertEquals(log.at(-1), "umask 22");
});

Deno.test("widen() sets the bits that the umask has cleared, and only then", () => {
  const { files, log } = memory({});
  widen("/s", 0o600, files);
  assertEquals(log.filter((call) => call.startsWith("chmod")), []);
  widen("/s", 0o666, files);
  assertEquals(log.at(-1), "chmod /s 666");
});

Deno.test("refuses() is true for ECONNREFUSED only, and closes a connection", async () => {
  let closed = 0;
  assertEquals(
    await refuses(() => Promise.resolve({ close: () => void closed++ })),
    false,
  );
  assertEquals(closed, 1);
  const failing = (code: string) =>
    refuses(() => Promise.reject(socketError(code, "connect", address)));
  assertEquals(await failing("ECONNREFUSED"), true);
  assertEquals(await failing("EACCES"), false);
});
