import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as errors from "../../../src/api/errors.ts";
import type { NetAddr, UnixAddr } from "../../../src/api/stream.ts";
import type { ConnBackend } from "../../../src/core/stream/backend.ts";
import { StreamConn } from "../../../src/core/stream/conn.ts";
import type { ReadQueue } from "../../../src/core/stream/read_queue.ts";

const tcp: NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
const unix: UnixAddr = { transport: "unix", path: "/s" };

/** A connection over a backend that records, and whose lookahead the test ends. */
function recorded(addr: NetAddr | UnixAddr = tcp) {
  const log: string[] = [];
  let reads!: ReadQueue;
  const looked = Promise.withResolvers<void>();
  const backend = {
    localAddr: addr,
    remoteAddr: addr,
    sendsByReference: false,
    attach: (queue: ReadQueue) => void (reads = queue),
    demand() {},
    pause() {},
    readWaiting() {},
    writeWaiting() {},
    send: (bytes: Uint8Array) => bytes.byteLength,
    writeFailure: (reason: unknown) => reason as errors.SocketError,
    shutdown: () => Promise.resolve(),
    lookAhead: () => looked.promise,
    close: (reset: boolean) => void log.push(reset ? "RST" : "close"),
    setNoDelay() {},
    setKeepAlive() {},
    ref: () => void log.push("ref"),
    unref: () => void log.push("unref"),
  } as ConnBackend;
  const conn = new StreamConn(backend);
  return { conn, log, reads: () => reads, looked: looked.resolve };
}

Deno.test("StreamConn.close() closes once, reset() sends RST", () => {
  const one = recorded();
  one.conn.close();
  one.conn.reset();
  const other = recorded();
  other.conn.reset();
  assertEquals([one.log, other.log], [["close"], ["RST"]]);
});

Deno.test("StreamConn.upgrade() passes on unread bytes, and close() goes to the successor", async () => {
  const { conn, reads, log } = recorded();
  reads().push(new Uint8Array([1, 2]), true);
  const { early, setSuccessor } = StreamConn.upgrade(
    conn,
    "startTls",
    () => {},
  );
  assertEquals(early.chunks, [new Uint8Array([1, 2])]);
  const next = recorded();
  setSuccessor(next.conn);
  await assertRejects(
    () => conn.readChunk(),
    errors.BadResource,
    "handed over",
  );
  conn.close();
  assertEquals([log, next.log], [[], ["close"]]);
});

Deno.test("StreamConn.upgrade() refuses a connection that is in use, closed or upgraded", async () => {
  const upgrade = (conn: StreamConn<NetAddr | UnixAddr>) => () =>
    StreamConn.upgrade(conn, "startTls", () => {});
  const reading = recorded().conn;
  const read = assertRejects(() => reading.readChunk(), errors.Interrupted);
  assertThrows(upgrade(reading), errors.SocketError, "EBUSY");
  reading.close();
  await read;
  assertThrows(upgrade(reading), errors.BadResource);
  const ending = recorded().conn;
  await ending.closeWrite();
  assertThrows(upgrade(ending), errors.BrokenPipe);
  const used = recorded().conn;
  upgrade(used)();
  assertThrows(upgrade(used), errors.BadResource, "handed over");
});

Deno.test("StreamConn.upgradeInTurn() is refused after revoke(), which stays in force", async () => {
  const { conn, looked } = recorded();
  const upgrading = assertRejects(
    () => StreamConn.upgradeInTurn(conn, "startTls", () => {}, () => {}),
    errors.BadResource,
    "the handler has returned",
  );
  const revoked = StreamConn.revoke(conn, "the handler has returned");
  await revoked.closeWrite();
  looked();
  await upgrading;
  for (
    const call of [() => conn.readChunk(), () => conn.write(new Uint8Array(1))]
  ) {
    await assertRejects(
      call as () => Promise<unknown>,
      errors.BadResource,
      "the handler has returned",
    );
  }
  revoked.close();
});

Deno.test("StreamConn.isSpent() is true once closing loses no data", () => {
  const { conn, reads } = recorded();
  assert(!StreamConn.isSpent(conn));
  reads().end(null);
  assert(StreamConn.isSpent(conn));
  const other = recorded().conn;
  other.close();
  assert(StreamConn.isSpent(other));
  assert(!StreamConn.isSpent({}));
});

Deno.test("StreamConn.checkOwn() names a connection of another copy of the library", () => {
  StreamConn.checkOwn(recorded().conn);
  const brand = { [Symbol.for("@anyport/sockets Conn")]: true };
  assertThrows(() => StreamConn.checkOwn(brand), TypeError, "another copy");
  assertThrows(() => StreamConn.checkOwn({}), TypeError, "of this library");
});

Deno.test("StreamConn refuses TCP options on a Unix socket", () => {
  const { conn } = recorded(unix);
  assertThrows(() => conn.setNoDelay(), errors.NotSupported);
  assertThrows(() => conn.setKeepAlive(), errors.NotSupported);
});
