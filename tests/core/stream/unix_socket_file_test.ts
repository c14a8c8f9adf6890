import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { socketError } from "../../../src/core/errno.ts";
import type { UnixListenPlan } from "../../../src/core/options/stream.ts";
import {
  closeOwnFile,
  type FileId,
  type Files,
  listenReclaiming,
  ownFile,
  refuses,
  widen,
  withMode,
} from "../../../src/core/stream/unix_socket_file.ts";

const PATH = "a.sock";
const ABSOLUTE = "/run/a.sock";

let inodes = 0;

function file(fields: Partial<FileId> = {}): FileId {
  return { dev: 1, ino: ++inodes, modifiedMs: 5, isSocket: true, ...fields };
}

/** A file system in memory, whose working directory is `/run`. */
class FakeFiles implements Files {
  readonly entries = new Map<string, FileId>();
  readonly log: string[] = [];
  mask = 0o022;
  directory = "/run";
  /** Calls that fail because permission is missing. */
  readonly denied = new Set<keyof Files>();

  add(path: string, id = file()): FileId {
    this.entries.set(this.#at(path), id);
    return id;
  }
  identify(path: string): FileId | undefined {
    this.#check("identify");
    return this.entries.get(this.#at(path));
  }
  rename(from: string, to: string): void {
    this.#check("rename");
    this.log.push(`rename ${from} ${to}`);
    const id = this.entries.get(this.#at(from));
    if (id === undefined) throw new Error("ENOENT");
    this.entries.delete(this.#at(from));
    this.entries.set(this.#at(to), id);
  }
  unlink(path: string): void {
    this.#check("unlink");
    this.log.push(`unlink ${path}`);
    this.entries.delete(this.#at(path));
  }
  absolute(path: string): string | undefined {
    return this.#at(path);
  }
  umask(mask: number): number {
    const before = this.mask;
    this.mask = mask;
    return before;
  }
  chmod(path: string, mode: number): void {
    this.log.push(`chmod ${path} ${mode.toString(8)}`);
  }
  #at(path: string): string {
    return path.startsWith("/") ? path : `${this.directory}/${path}`;
  }
  #check(call: keyof Files): void {
    if (this.denied.has(call)) throw new Error("EACCES");
  }
}

function plan(fields: Partial<UnixListenPlan> = {}): UnixListenPlan {
  return {
    transport: "unix",
    path: PATH,
    backlog: 1,
    backlogGiven: false,
    reclaim: true,
    mode: undefined,
    signal: undefined,
    address: { transport: "unix", path: PATH },
    ...fields,
  };
}

const inUse = () => socketError("EADDRINUSE", "listen", plan().address);

/** Binds as the kernel does: EADDRINUSE while there is a file. */
function binding(files: FakeFiles) {
  return () => {
    if (files.entries.has(ABSOLUTE)) return Promise.reject(inUse());
    files.add(PATH);
    return Promise.resolve("listening");
  };
}

const yes = () => Promise.resolve(true);
const no = () => Promise.resolve(false);

Deno.test("withMode() narrows the umask while the file is bound, and restores it", () => {
  const files = new FakeFiles();
  const during = withMode(0o660, files, () => files.mask);
  assertEquals([during, files.mask], [0o137, 0o022]);
  const narrow = new FakeFiles();
  narrow.mask = 0o077;
  assertEquals(withMode(0o777, narrow, () => narrow.mask), 0o077);
});

Deno.test("withMode() restores the umask when bind() throws", () => {
  const files = new FakeFiles();
  const bind = () => {
    throw new Error("EADDRINUSE");
  };
  try {
    withMode(0o600, files, bind);
  } catch {
    // As expected.
  }
  assertEquals(files.mask, 0o022);
});

Deno.test("withMode() leaves the umask when no mode is given", () => {
  const files = new FakeFiles();
  assertEquals(withMode(undefined, files, () => files.mask), 0o022);
});

Deno.test("widen() calls chmod when the umask has cleared a bit of the mode", () => {
  const files = new FakeFiles();
  widen(PATH, 0o660, files);
  widen(PATH, 0o600, files);
  widen(PATH, undefined, files);
  assertEquals([files.log, files.mask], [["chmod a.sock 660"], 0o022]);
});

Deno.test("listenReclaiming() unlinks a stale file after EADDRINUSE, and listens", async () => {
  const files = new FakeFiles();
  files.add(PATH);
  const listening = listenReclaiming(plan(), files, binding(files), yes);
  assertEquals(await listening, "listening");
  assertEquals(files.log, ["unlink a.sock"]);
});

Deno.test("listenReclaiming() rejects EADDRINUSE, and unlinks nothing, without reclaim", async () => {
  const files = new FakeFiles();
  files.add(PATH);
  await assertRejects(
    () =>
      listenReclaiming(plan({ reclaim: false }), files, binding(files), yes),
    errors.AddrInUse,
  );
  assertEquals(files.log, []);
});

Deno.test("listenReclaiming() rejects EADDRINUSE, and unlinks nothing, when a socket still listens", async () => {
  const files = new FakeFiles();
  files.add(PATH);
  await assertRejects(
    () => listenReclaiming(plan(), files, binding(files), no),
    errors.AddrInUse,
  );
  assertEquals(files.log, []);
});

Deno.test("listenReclaiming() rejects EADDRINUSE, and unlinks nothing, when the file is no socket", async () => {
  const files = new FakeFiles();
  files.add(PATH, file({ isSocket: false }));
  const error = await assertRejects(
    () => listenReclaiming(plan(), files, binding(files), yes),
    errors.AddrInUse,
  );
  assert(error.message.includes("a file that is no socket"), error.message);
  assertEquals(files.log, []);
});

Deno.test("listenReclaiming() does not unlink the file that another process binds meanwhile", async () => {
  const files = new FakeFiles();
  files.add(PATH);
  const isStale = () => {
    files.add(PATH);
    return yes();
  };
  await assertRejects(
    () => listenReclaiming(plan(), files, binding(files), isStale),
    errors.AddrInUse,
  );
  assertEquals(files.log, []);
});

Deno.test("listenReclaiming() rejects other errors than EADDRINUSE as they are", async () => {
  const files = new FakeFiles();
  files.add(PATH);
  const error = socketError("EACCES", "listen", plan().address);
  const denied = () => Promise.reject(error);
  assertEquals(
    await listenReclaiming(plan(), files, denied, yes).catch((error) => error),
    error,
  );
  assertEquals(files.log, []);
});

Deno.test("listenReclaiming() does not listen when its signal has aborted meanwhile", async () => {
  const files = new FakeFiles();
  const controller = new AbortController();
  const { signal } = controller;
  files.add(PATH);
  const isStale = () => {
    controller.abort("stop");
    return yes();
  };
  const reason = await listenReclaiming(
    plan({ signal }),
    files,
    binding(files),
    isStale,
  ).catch((reason) => reason);
  assertEquals([reason, files.entries.size], ["stop", 0]);
});

Deno.test("listenReclaiming() reclaims one at a time, also after one has failed", async () => {
  const files = new FakeFiles();
  files.add(PATH);
  const free = Promise.withResolvers<boolean>();
  const asked = Promise.withResolvers<void>();
  const first = listenReclaiming(plan(), files, binding(files), () => {
    asked.resolve();
    return free.promise;
  });
  let secondAsked = false;
  const second = listenReclaiming(plan(), files, binding(files), () => {
    secondAsked = true;
    return no();
  });
  await asked.promise;
  for (let i = 0; i < 20; i++) await null;
  assertEquals(secondAsked, false);
  free.resolve(true);
  assertEquals(await first, "listening");
  await assertRejects(() => second, errors.AddrInUse);
  const third = listenReclaiming(plan(), files, binding(files), yes);
  assertEquals(await third, "listening");
});

Deno.test("refuses() is true for ECONNREFUSED alone, and closes what connects", async () => {
  let closed = 0;
  const connected = () => Promise.resolve({ close: () => void closed++ });
  const fails = (code: string) => () =>
    Promise.reject(socketError(code, "connect", plan().address));
  assertEquals(await refuses(connected), false);
  assertEquals(closed, 1);
  assertEquals(await refuses(fails("ECONNREFUSED")), true);
  assertEquals(await refuses(fails("EACCES")), false);
});

Deno.test("ownFile() identifies nothing without permission", () => {
  const files = new FakeFiles();
  const id = files.add(PATH);
  assertEquals(ownFile(PATH, files), { path: PATH, absolute: ABSOLUTE, id });
  files.denied.add("identify");
  assertEquals(ownFile(PATH, files), {
    path: PATH,
    absolute: undefined,
    id: undefined,
  });
});

/** Closes as the runtimes do: unlinks the path, whatever is there. */
function unlinking(files: FakeFiles) {
  return () => {
    files.entries.delete(`${files.directory}/${PATH}`);
  };
}

Deno.test("closeOwnFile() keeps the file of another listener, which has taken the path", () => {
  const files = new FakeFiles();
  files.add(PATH);
  const own = ownFile(PATH, files);
  const other = files.add(PATH);
  closeOwnFile(own, files, unlinking(files));
  assertEquals([...files.entries], [[ABSOLUTE, other]]);
});

Deno.test("closeOwnFile() keeps a file whose inode is reused, and none without an inode counts as its own", () => {
  for (
    const [mine, now] of [
      [file({ ino: 7 }), file({ ino: 7, modifiedMs: 6 })],
      [file({ ino: 7 }), file({ ino: 7, dev: 2 })],
      [file({ ino: null }), file({ ino: null })],
    ]
  ) {
    const files = new FakeFiles();
    files.add(PATH, mine);
    const own = ownFile(PATH, files);
    files.add(PATH, now);
    closeOwnFile(own, files, unlinking(files));
    assertEquals([...files.entries], [[ABSOLUTE, now]]);
  }
});

Deno.test("closeOwnFile() renames the file of another listener to a name that is free", () => {
  const files = new FakeFiles();
  files.add(PATH);
  const own = ownFile(PATH, files);
  const other = files.add(PATH);
  const aside = `${PATH}.${other.ino}~`;
  const taken = files.add(aside);
  closeOwnFile(own, files, unlinking(files));
  assertEquals(files.entries.get(`/run/${aside}`), taken);
  assertEquals(files.log, [
    `rename ${PATH} ${aside}1`,
    `rename ${aside}1 ${PATH}`,
  ]);
});

Deno.test("closeOwnFile() unlinks its own file after a change of the working directory", () => {
  const files = new FakeFiles();
  files.add(PATH);
  const own = ownFile(PATH, files);
  files.directory = "/";
  closeOwnFile(own, files, unlinking(files));
  assertEquals([files.entries.size, files.log], [0, [`unlink ${ABSOLUTE}`]]);
});

Deno.test("closeOwnFile() renames back only when close() has settled", async () => {
  const files = new FakeFiles();
  files.add(PATH);
  const own = ownFile(PATH, files);
  const other = files.add(PATH);
  const closed = Promise.withResolvers<void>();
  closeOwnFile(own, files, () => closed.promise.then(unlinking(files)));
  assertEquals(files.entries.has(ABSOLUTE), false);
  closed.resolve();
  for (let i = 0; i < 5; i++) await null;
  assertEquals(files.entries.get(ABSOLUTE), other);
});

Deno.test("closeOwnFile() calls close() also without permission to rename, identify or unlink", () => {
  for (const call of ["identify", "rename", "unlink"] as const) {
    const files = new FakeFiles();
    files.add(PATH);
    const own = ownFile(PATH, files);
    if (call !== "unlink") files.add(PATH);
    files.denied.add(call);
    let closed = false;
    closeOwnFile(own, files, () => {
      closed = true;
    });
    assertEquals(closed, true, call);
  }
});
