import { errors } from "@anyport/sockets";
import { assertEquals, assertRejects } from "@std/assert";
import { socketError } from "../../../src/core/errno.ts";
import { StreamConn } from "../../../src/core/stream/conn.ts";
import { copy, type CopySource } from "../../../src/core/stream/copy.ts";
import { test } from "../../harness.ts";
import { ADDRESS, chunk, FakeBackend } from "../fake_backend.ts";

/** A connection over a backend that records its calls. */
function made() {
  const backend = new FakeBackend();
  return { conn: new StreamConn(backend), backend };
}

/** A connection that is read in place, from pieces of these sizes. */
function inPlace(sizes: readonly number[]) {
  const { conn, backend } = made();
  const rooms: number[] = [];
  const left = [...sizes];
  backend.readDirect = (p) => {
    rooms.push(p.byteLength);
    const size = left.shift();
    return Promise.resolve(size === undefined ? null : size);
  };
  return { conn, rooms };
}

Deno.test("copy() writes all chunks until EOF, and closes neither side", async () => {
  const from = made(), to = made();
  from.backend.reads.push(new Uint8Array(5000), true);
  from.backend.reads.push(chunk(1), true);
  from.backend.reads.end(null);
  assertEquals(await copy(from.conn, to.conn), 5001);
  assertEquals(to.backend.log, ["send 5000", "send 1"]);
  assertEquals(from.backend.log, []);
});

Deno.test("copy() reads the next chunk only when the last one is written", async () => {
  const from = made(), to = made();
  const written = Promise.withResolvers<number>();
  const begun = Promise.withResolvers<void>();
  to.backend.take = () => {
    begun.resolve();
    return written.promise;
  };
  const copying = copy(from.conn, to.conn);
  from.backend.reads.push(chunk(1), true);
  from.backend.reads.push(chunk(2), true);
  await begun.promise;
  assertEquals(from.backend.reads.stored, 1);
  from.backend.reads.end(null);
  to.backend.take = () => 1;
  written.resolve(1);
  assertEquals(await copying, 2);
});

Deno.test("copy() doubles its buffer while reads fill it, up to 256 KiB, and halves it when they do not", async () => {
  const KIB = 1024;
  const { conn, rooms } = inPlace(
    [16, 32, 64, 128, 256, 31, 16, 1, 1, 1, 1].map((size) => size * KIB),
  );
  await copy(conn, made().conn);
  assertEquals(
    rooms.map((size) => size / KIB),
    [16, 32, 64, 128, 256, 256, 128, 128, 64, 32, 16, 16],
  );
});

Deno.test("copy() makes close() reset the target when the source fails", async () => {
  const from = made(), to = made();
  from.backend.reads.end(socketError("ECONNRESET", "read", ADDRESS));
  await assertRejects(
    () => copy(from.conn, to.conn),
    errors.ConnectionReset,
  );
  to.conn.close();
  assertEquals(to.backend.log, ["reset"]);
});

Deno.test("copy() lets close() send FIN after the next copy(), or a write", async () => {
  const failing = made(), whole = made();
  failing.backend.reads.end(socketError("ECONNRESET", "read", ADDRESS));
  whole.backend.reads.end(null);
  const to = made();
  await copy(failing.conn, to.conn).catch(() => {});
  await copy(whole.conn, to.conn);
  to.conn.close();
  assertEquals(to.backend.log, ["close"]);
  const written = made();
  await copy(failing.conn, written.conn).catch(() => {});
  await written.conn.write(chunk(1));
  written.conn.close();
  assertEquals(written.backend.log, ["send 1", "close"]);
});

test(
  "copy() lets close() send FIN when its caller has stopped it",
  {},
  async () => {
    const controller = new AbortController();
    const stops: ((from: StreamConn<typeof ADDRESS>) => void)[] = [
      (from) => from.close(),
      () => controller.abort("stop"),
      () => {},
    ];
    for (const [at, stop] of stops.entries()) {
      const from = made(), to = made();
      const options = [{}, { signal: controller.signal }, { timeoutMs: 1 }][at];
      const copying = assertRejectsAny(copy(from.conn, to.conn, options));
      stop(from.conn);
      await copying;
      to.conn.close();
      assertEquals(to.backend.log, ["close"]);
    }
  },
);

/** Waits for a rejection, whatever the reason. */
async function assertRejectsAny(promise: Promise<unknown>): Promise<void> {
  const settled = await promise.then(() => "resolved", () => "rejected");
  assertEquals(settled, "rejected");
}

Deno.test("copy() writes what it has read, also when its signal aborts in between", async () => {
  const to = made();
  const controller = new AbortController();
  const from: CopySource = {
    read: () => Promise.resolve(null),
    readChunk() {
      controller.abort("stop");
      return Promise.resolve(chunk(1, 2));
    },
  };
  const { signal } = controller;
  const reason = await copy(from, to.conn, { signal }).catch((reason) =>
    reason
  );
  assertEquals(reason, "stop");
  assertEquals(to.backend.log, ["send 2"]);
});

Deno.test("copy() rejects TypeError before it reads when an end has no such methods", async () => {
  const { conn, backend } = made();
  backend.reads.push(chunk(1), true);
  const wrong: [unknown, unknown, string][] = [
    [
      null,
      conn,
      "Cannot copy from null: give a connection, or what has read() and readChunk()",
    ],
    [{ read() {} }, conn, "Cannot copy from an object"],
    [
      conn,
      {},
      "Cannot copy to an object: give a connection, or what has write()",
    ],
    [conn, "x", 'Cannot copy to "x"'],
  ];
  for (const [from, to, message] of wrong) {
    await assertRejects(
      () => copy(from as CopySource, to as typeof conn),
      TypeError,
      message,
    );
  }
  assertEquals(backend.reads.stored, 1);
});

Deno.test("copy() rejects TypeError before it reads when an option is unknown", async () => {
  let reads = 0;
  const read = () => {
    reads++;
    return Promise.resolve(null);
  };
  const from = { read, readChunk: read };
  await assertRejects(
    () => copy(from, made().conn, { timeout: 1 } as never),
    TypeError,
    "timeoutMs",
  );
  assertEquals(reads, 0);
});

Deno.test("copy() rejects the error of the target, and closing the target resets it", async () => {
  const from = made(), to = made();
  to.backend.take = () =>
    Promise.reject(socketError("EPIPE", "write", ADDRESS));
  from.backend.reads.push(chunk(1), true);
  await assertRejects(() => copy(from.conn, to.conn), errors.BrokenPipe);
  to.conn.close();
  assertEquals(to.backend.log, ["send 1", "reset"]);
});
