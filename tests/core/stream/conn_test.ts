import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Addr, Chunk, Conn, NetAddr } from "../../../src/api/stream.ts";
import type { ConnBackend } from "../../../src/core/stream/backend.ts";
import { StreamConn } from "../../../src/core/stream/conn.ts";
import type { ReadQueue } from "../../../src/core/stream/read_queue.ts";
import { chunk, FakeBackend } from "../fake_backend.ts";

/** Makes `lookAhead` wait. @returns Ends the wait. */
function lookingAhead(backend: FakeBackend): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  backend.look = () => promise;
  return resolve;
}

Deno.test(
  "StreamConn.upgradeInTurn() refuses calls meanwhile, and no longer once the check has thrown",
  async () => {
    const backend = new FakeBackend();
    const looked = lookingAhead(backend);
    const conn = new StreamConn(backend);
    const handing = assertRejects(
      () =>
        StreamConn.upgradeInTurn(conn, "startTls", (reads) => {
          if (reads.stored > 0) throw new Error("bytes are there");
        }, () => {}),
      Error,
      "bytes are there",
    );
    for (
      const call of [
        () => conn.write(chunk(1)),
        () => conn.write([chunk(1), chunk(2)]),
        () => conn.closeWrite(),
        () => conn.read(new Uint8Array(1)),
        () => conn.readChunk(),
        () => StreamConn.upgradeInTurn(conn, "startTls", () => {}, () => {}),
      ]
    ) {
      await assertRejects(call, errors.BadResource, "handed over");
    }
    backend.reads.push(chunk(7), true);
    looked();
    await handing;
    assertEquals(await conn.readChunk(), chunk(7));
    assertEquals(await conn.write(chunk(1)), 1);
    await conn.closeWrite();
  },
);

Deno.test(
  "StreamConn.upgradeInTurn() loses no bytes that are pushed meanwhile",
  async () => {
    const backend = new FakeBackend();
    const looked = lookingAhead(backend);
    const conn = new StreamConn(backend);
    const handed: Chunk[] = [];
    const handing = StreamConn.upgradeInTurn(
      conn,
      "startTls",
      () => {},
      ({ early }) => {
        handed.push(...early.chunks);
        backend.attach(
          {
            push: (chunk: Chunk) => handed.push(chunk),
          } as unknown as ReadQueue,
          undefined as never,
        );
      },
    );
    backend.reads.push(chunk(1), true);
    looked();
    // Every microtask on the way is a place where bytes may come.
    for (let i = 2; i < 10; i++) {
      backend.reads.push(chunk(i), true);
      await null;
    }
    await handing;
    assertEquals(handed.flatMap((chunk) => [...chunk]), [
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
    ]);
  },
);

/** A connection over a backend that records its calls. */
function made() {
  const backend = new FakeBackend();
  return { conn: new StreamConn(backend), backend };
}

/** The errnos with which promises reject. */
function codes(...promises: Promise<unknown>[]): Promise<unknown[]> {
  return Promise.all(
    promises.map((one) => one.then(() => undefined, ({ code }) => code)),
  );
}

const none = () => {};

function upgrade(conn: Conn<NetAddr>) {
  return StreamConn.upgrade(conn, "startTls", none);
}

Deno.test("StreamConn.close() closes the backend once, and interrupts pending reads", async () => {
  const { conn, backend } = made();
  const reading = codes(conn.readChunk());
  conn.close();
  conn.close();
  conn.reset();
  assertEquals(await reading, ["EINTR"]);
  assertEquals(backend.log, ["close"]);
});

Deno.test("StreamConn.close() resets when a write was not sent whole", async () => {
  const { conn, backend } = made();
  const sending = Promise.withResolvers<number>();
  backend.take = () => sending.promise;
  const writing = codes(conn.write(chunk(1)));
  conn.close();
  sending.resolve(1);
  assertEquals(await writing, ["EINTR"]);
  assertEquals(backend.log, ["send 1", "reset"]);
});

Deno.test("StreamConn.reset() resets when nothing is pending", () => {
  const { conn, backend } = made();
  conn.reset();
  assertEquals(backend.log, ["reset"]);
});

Deno.test("StreamConn[Symbol.dispose]() closes", () => {
  const { conn, backend } = made();
  conn[Symbol.dispose]();
  assertEquals(backend.log, ["close"]);
});

Deno.test("StreamConn.read() reads straight into the buffer when the read queue is idle", async () => {
  const { conn, backend } = made();
  const direct: Uint8Array[] = [];
  backend.readDirect = (p) => {
    direct.push(p);
    return Promise.resolve(1);
  };
  const p = chunk(0, 0);
  assertEquals(await conn.read(p), 1);
  assert(direct[0] === p);
  backend.reads.push(chunk(5), true);
  assertEquals(await conn.read(p), 1);
  assertEquals([direct.length, p[0]], [1, 5]);
  assertEquals(await conn.read(new Uint8Array(0)), 0);
  assertEquals(direct.length, 1);
});

Deno.test("StreamConn.readsInPlace() is true when the backend has readDirect()", () => {
  const backend = new FakeBackend();
  backend.readDirect = () => undefined;
  const cases = [new StreamConn(backend), made().conn, {}];
  assertEquals(cases.map(StreamConn.readsInPlace), [true, false, false]);
});

Deno.test("StreamConn.read() uses the read queue when it may be cancelled, or readDirect() returns undefined", async () => {
  const { conn, backend } = made();
  let direct = 0;
  backend.readDirect = () => {
    direct++;
    return undefined;
  };
  const { signal } = new AbortController();
  const limited = conn.read(new Uint8Array(1), { signal });
  backend.reads.push(chunk(1), true);
  assertEquals([await limited, direct], [1, 0]);
  const reading = conn.read(new Uint8Array(1));
  backend.reads.push(chunk(1), true);
  assertEquals([await reading, direct], [1, 1]);
});

Deno.test("StreamConn.bytesRead and bytesWritten count those of a connection that took over", async () => {
  const first = made(), second = made();
  for (const { conn, backend } of [first, second]) {
    backend.reads.push(chunk(1, 2), true);
    await conn.readChunk();
    await conn.write(chunk(1));
  }
  upgrade(first.conn).setSuccessor(second.conn);
  assertEquals([first.conn.bytesRead, first.conn.bytesWritten], [4, 2]);
});

Deno.test("StreamConn.setNoDelay() and setKeepAlive() throw EBADF when it is closed, ENOTSUP when it is not TCP", () => {
  const { conn, backend } = made();
  conn.setNoDelay();
  conn.setKeepAlive({ delayMs: 5000 });
  assertEquals(backend.log, ["noDelay true", "keepAlive true 5000"]);
  conn.close();
  const upgraded = made();
  upgrade(upgraded.conn).setSuccessor(made().conn);
  const path: Addr = { transport: "unix", path: "x" };
  const unix = new StreamConn<Addr>(
    Object.assign(new FakeBackend(), {
      remoteAddr: path,
      localAddr: path,
    }) as ConnBackend<Addr>,
  );
  const cases: [Conn, string][] = [
    [conn, "EBADF"],
    [upgraded.conn, "EBADF"],
    [unix, "ENOTSUP"],
  ];
  for (const [one, code] of cases) {
    for (const call of [() => one.setNoDelay(), () => one.setKeepAlive()]) {
      const error = assertThrows(call, errors.SocketError);
      assertEquals(error.code, code);
    }
  }
  assertThrows(() => conn.setNoDelay(5 as never), TypeError, "noDelay 5");
});

Deno.test("StreamConn.close() is called when both web streams are done", async () => {
  const { conn, backend } = made();
  const { readable, writable } = conn;
  assert(conn.readable === readable && conn.writable === writable);
  await writable.close();
  assertEquals(backend.log, ["shutdown"]);
  await readable.cancel();
  assertEquals(backend.log, ["shutdown", "close"]);
});

Deno.test("StreamConn.upgrade() throws EBUSY, EPIPE or EBADF when the connection is in use, ending or closed", async () => {
  const reading = made(), direct = made(), writing = made();
  const ending = made(), closed = made(), upgraded = made(), revoked = made();
  const read = reading.conn.readChunk();
  direct.backend.readsDirectly = true;
  const sending = Promise.withResolvers<number>();
  writing.backend.take = () => sending.promise;
  const write = writing.conn.write(chunk(1));
  await ending.conn.closeWrite();
  closed.conn.close();
  upgrade(upgraded.conn).setSuccessor(made().conn);
  StreamConn.revoke(revoked.conn, "it is over");
  const cases = [
    [reading, "EBUSY", "a read waits"],
    [direct, "EBUSY", "a read waits"],
    [writing, "EBUSY", "a write waits"],
    [ending, "EPIPE", "closeWrite()"],
    [closed, "EBADF", "already closed"],
    [upgraded, "EBADF", "handed over"],
    [revoked, "EBADF", "it is over"],
  ] as const;
  for (const [{ conn }, code, reason] of cases) {
    const error = assertThrows(() => upgrade(conn), errors.SocketError, reason);
    assertEquals([error.code, error.operation], [code, "startTls"], reason);
  }
  reading.backend.reads.push(chunk(1), true);
  sending.resolve(1);
  assertEquals([await read, await write], [chunk(1), 1]);
});

Deno.test("StreamConn.upgrade() leaves the connection as it is when the check throws", async () => {
  const { conn, backend } = made();
  backend.reads.push(chunk(1), true);
  const check = () => {
    throw new Error("early bytes");
  };
  assertThrows(
    () => StreamConn.upgrade(conn, "startTls", check),
    Error,
    "early bytes",
  );
  assertEquals(await conn.readChunk(), chunk(1));
});

Deno.test("StreamConn.close() and reset() end the connection that took over in the same way", () => {
  for (const how of ["close", "reset"] as const) {
    const first = made(), second = made();
    upgrade(first.conn).setSuccessor(second.conn);
    first.conn.unref();
    first.conn.ref();
    first.conn[how]();
    assertEquals(first.backend.log, []);
    assertEquals(second.backend.log, ["unref", "ref", how]);
  }
});

Deno.test("StreamConn.checkOwn() throws TypeError for other objects, and names a second copy of the library", () => {
  StreamConn.checkOwn(made().conn);
  const other = { [Symbol.for("@anyport/sockets Conn")]: true };
  for (
    const [value, message] of [
      [other, "another copy of @anyport/sockets"],
      [{}, "Cannot start TLS on an object: give a connection"],
      [null, "Cannot start TLS on null"],
    ] as const
  ) {
    assertThrows(() => StreamConn.checkOwn(value), TypeError, message);
  }
  assert(Symbol.for("@anyport/sockets Conn") in made().conn);
});

Deno.test("StreamConn.isSpent() is true when the peer has ended and no write is pending", async () => {
  const { conn, backend } = made();
  assertEquals(
    [StreamConn.isSpent(conn), StreamConn.isSpent({})],
    [false, false],
  );
  const sending = Promise.withResolvers<number>();
  backend.take = () => sending.promise;
  const writing = conn.write(chunk(1));
  backend.reads.end(null);
  assertEquals(StreamConn.isSpent(conn), false);
  sending.resolve(1);
  await writing;
  assertEquals(StreamConn.isSpent(conn), true);
});

Deno.test("StreamConn.isSpent() is true when it is closed, or what was written is truncated", () => {
  const closed = made(), short = made(), first = made();
  closed.conn.close();
  StreamConn.markShort(short.conn, true);
  upgrade(first.conn);
  assertEquals(StreamConn.isSpent(closed.conn), true);
  assertEquals(StreamConn.isSpent(short.conn), true);
  const upgraded = made(), open = made();
  upgrade(upgraded.conn).setSuccessor(open.conn);
  assertEquals(StreamConn.isSpent(upgraded.conn), false);
  open.conn.close();
  assertEquals(StreamConn.isSpent(upgraded.conn), true);
});

Deno.test("StreamConn.markShort() makes close() reset, and is undone by false", () => {
  const short = made(), whole = made();
  StreamConn.markShort(short.conn, true);
  StreamConn.markShort(whole.conn, true);
  StreamConn.markShort(whole.conn, false);
  StreamConn.markShort({}, true);
  short.conn.close();
  whole.conn.close();
  assertEquals([short.backend.log, whole.backend.log], [["reset"], ["close"]]);
});

Deno.test("StreamConn.closeFor() ends errors with its reason, also those of the connection that took over", async () => {
  const first = made(), second = made();
  upgrade(first.conn).setSuccessor(second.conn);
  const reading = assertRejects(
    () => second.conn.readChunk(),
    errors.Interrupted,
    "it was idle",
  );
  StreamConn.closeFor(first.conn, "it was idle", "reset");
  await reading;
  assertEquals(second.backend.log, ["reset"]);
});

Deno.test("StreamConn.closeFor() calls close() of a connection that is not of the library", () => {
  const log: string[] = [];
  const foreign = { close: () => log.push("close") } as unknown as Conn;
  StreamConn.closeFor(foreign, "it was idle", "close");
  assertEquals(log, ["close"]);
});

Deno.test("StreamConn.revoke() refuses reads, and writes after closeWrite(), with its reason", async () => {
  const { conn, backend } = made();
  const revoked = StreamConn.revoke(conn, "it is over");
  await assertRejects(
    () => conn.readChunk(),
    errors.BadResource,
    "it is over",
  );
  backend.reads.push(chunk(1), true);
  assertEquals(await revoked.readChunk(), chunk(1));
  await revoked.closeWrite();
  await assertRejects(
    () => conn.write(chunk(1)),
    errors.BadResource,
    "it is over",
  );
  revoked.close();
  assertEquals(backend.log, ["shutdown", "close"]);
});

Deno.test("StreamConn.revoke() revokes the connection that took over, and returns one that is not of the library", async () => {
  const first = made(), second = made();
  upgrade(first.conn).setSuccessor(second.conn);
  const reading = codes(second.conn.readChunk());
  const revoked = StreamConn.revoke(first.conn, "it is over");
  assertEquals(await reading, ["EINTR"]);
  revoked.close();
  assertEquals(second.backend.log, ["close"]);
  const foreign = {} as Conn;
  assert(StreamConn.revoke(foreign, "x") === foreign);
});

Deno.test("StreamConn.upgradeInTurn() rejects EBADF when revoke() is called meanwhile, whose reason remains", async () => {
  const { conn, backend } = made();
  const looked = lookingAhead(backend);
  const upgrading = assertRejects(
    () => StreamConn.upgradeInTurn(conn, "startTls", none, none),
    errors.BadResource,
    "it is over",
  );
  StreamConn.revoke(conn, "it is over");
  looked();
  await upgrading;
  await assertRejects(
    () => conn.readChunk(),
    errors.BadResource,
    "it is over",
  );
});
