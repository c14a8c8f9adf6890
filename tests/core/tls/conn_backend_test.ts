import { assertEquals, assertRejects } from "@std/assert";
import { socketError } from "../../../src/core/errno.ts";
import { TlsStreamConn } from "../../../src/core/tls/conn.ts";
import type { EngineEvents, TlsEngine } from "../../../src/core/tls/backend.ts";
import { TlsConnBackend } from "../../../src/core/tls/conn_backend.ts";
import * as errors from "../../../src/api/errors.ts";
import type { TlsInfo } from "../../../src/api/tls.ts";
import { test } from "../../harness.ts";
import { ADDRESS, chunk, FakeBackend } from "../fake_backend.ts";

const none = { skip: undefined };

const info: TlsInfo = {
  version: "TLSv1.3",
  cipher: "TLS_AES_128_GCM_SHA256",
  alpnProtocol: null,
  serverName: null,
  peerCertificates: [],
  verified: true,
};

/** A connection whose engine does what a test tells its events. */
function shaking() {
  const backend = new FakeBackend();
  const { log } = backend;
  const tls = new TlsConnBackend(backend, undefined, Infinity);
  const conn = new TlsStreamConn(tls);
  let events!: EngineEvents;
  const engine: TlsEngine = {
    demand() {},
    pause() {},
    send(bytes) {
      log.push(`send ${bytes.byteLength}`);
      return bytes.byteLength;
    },
    end: () => Promise.resolve(),
    close(cut) {
      log.push(cut ? "cut" : "close");
    },
    abandon() {
      log.push("abandon");
    },
  };
  tls.begin((_transport, given) => {
    events = given;
    return engine;
  });
  return { conn, events, log };
}

test(
  "TlsConnBackend stores bytes until the peer is verified, and then delivers them in order",
  none,
  async () => {
    const { conn, events } = shaking();
    const reading = conn.readChunk();
    let read = false;
    reading.then(() => read = true);
    events.received(chunk(1));
    events.received(chunk(2));
    events.ended();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(read, false);
    events.secured(info);
    assertEquals(await reading, chunk(1));
    assertEquals(await conn.readChunk(), chunk(2));
    assertEquals(await conn.readChunk(), null);
  },
);

test(
  "TlsConnBackend drops the bytes of a peer that is refused, before and after the refusal",
  none,
  async () => {
    const { conn, events, log } = shaking();
    const reading = assertRejects(() => conn.readChunk(), errors.InvalidData);
    const writing = assertRejects(
      () => conn.write(chunk(1)),
      errors.InvalidData,
    );
    events.received(chunk(1));
    events.failed(new Error("it is another"));
    events.received(chunk(2));
    events.ended();
    await Promise.all([reading, writing]);
    await assertRejects(() => conn.readChunk(), errors.InvalidData);
    await assertRejects(() => conn.handshake(), errors.InvalidData);
    assertEquals(log, ["abandon"]);
  },
);

test(
  "TlsConnBackend.send() waits until the peer is verified",
  none,
  async () => {
    const { conn, events, log } = shaking();
    const writing = conn.write(chunk(1, 2, 3));
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(log, []);
    events.secured(info);
    await writing;
    assertEquals(log, ["send 3"]);
  },
);

test(
  "TlsConnBackend.close() during the handshake closes the engine after it",
  none,
  async () => {
    const { conn, events, log } = shaking();
    const handshake = assertRejects(
      () => conn.handshake(),
      errors.Interrupted,
    );
    conn.close();
    await handshake;
    events.received(chunk(1));
    assertEquals(log, []);
    events.secured(info);
    assertEquals(log, ["close"]);
    events.truncated();
    events.failed(new Error("late"));
    assertEquals(log, ["close"]);
  },
);

test(
  "TlsConnBackend.close() during the handshake abandons the engine when it fails",
  none,
  async () => {
    const { conn, events, log } = shaking();
    const handshake = assertRejects(
      () => conn.handshake(),
      errors.Interrupted,
    );
    conn.close();
    await handshake;
    events.failed(new Error("it is another"));
    events.secured(info);
    assertEquals(log, ["abandon"]);
  },
);

/** The errno and the operation with which a promise rejects. */
async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (error) => error);
  return `${error?.code} ${error?.operation}`;
}

Deno.test("TlsConnBackend.truncated() rejects reads EOF, which is no false EOF, and writing goes on", async () => {
  const { conn, events, log } = shaking();
  events.secured(info);
  events.received(chunk(1));
  events.truncated();
  assertEquals(await conn.readChunk(), chunk(1));
  const error = await assertRejects(
    () => conn.readChunk(),
    errors.UnexpectedEof,
    "without close_notify",
  );
  assertEquals(error.reason, "truncated");
  assertEquals([await conn.write(chunk(1)), log], [1, ["send 1"]]);
});

Deno.test("TlsConnBackend.truncated() during the handshake rejects it with EOF", async () => {
  const { conn, events } = shaking();
  const handshake = failureOf(conn.handshake());
  events.truncated();
  assertEquals(await handshake, "EOF handshake");
});

Deno.test("TlsConnBackend.broken() rejects writes with the code, and reads if reading has failed too", async () => {
  const broken = (code: string) => socketError(code, "write", ADDRESS);
  const writing = shaking(), wholly = shaking();
  for (const { events } of [writing, wholly]) events.secured(info);
  const reading = writing.conn.readChunk();
  writing.events.broken(broken("EPIPE"), false);
  wholly.events.broken(broken("EPIPE"), true);
  for (const { conn } of [writing, wholly]) {
    assertEquals(await failureOf(conn.write(chunk(1))), "EPIPE write");
  }
  assertEquals(await failureOf(wholly.conn.readChunk()), "ECONNRESET read");
  writing.events.received(chunk(1));
  assertEquals(await reading, chunk(1));
});

Deno.test("TlsConnBackend.broken() during the handshake rejects it with ECONNRESET for EPIPE, and resets", async () => {
  const { conn, events, log } = shaking();
  const handshake = failureOf(conn.handshake());
  events.broken(socketError("EPIPE", "write", ADDRESS), false);
  assertEquals(await handshake, "ECONNRESET handshake");
  assertEquals(log, ["cut"]);
});

Deno.test("TlsConnBackend.failed() rejects EPROTO with the reason of TLS and the native error", async () => {
  const { conn, events } = shaking();
  const native = new Error("peer sent no certificates");
  const handshake = assertRejects(() => conn.handshake(), errors.InvalidData);
  events.failed(native);
  const { code, reason, cause } = await handshake;
  assertEquals([code, reason, cause], [
    "EPROTO",
    "certificate-required",
    native,
  ]);
});

Deno.test("TlsConnBackend.begin() fails the connection when the engine throws", async () => {
  const backend = new FakeBackend();
  const tls = new TlsConnBackend(backend, undefined, Infinity);
  const conn = new TlsStreamConn(tls);
  const handshake = failureOf(conn.handshake());
  tls.begin(() => {
    throw new Error("no engine");
  });
  assertEquals(await handshake, "EPROTO handshake");
  backend.reads.end(null);
  await backend.closed;
});

/** A backend with an engine that logs its calls, and a connection over it. */
function logging(settled?: () => void) {
  const log: string[] = [];
  const tls = new TlsConnBackend(
    new FakeBackend(),
    undefined,
    Infinity,
    settled,
  );
  const conn = new TlsStreamConn(tls);
  tls.begin(() => ({
    demand() {},
    pause() {},
    send: ({ byteLength }) => byteLength,
    end() {
      log.push("end");
      return Promise.resolve();
    },
    close() {
      log.push("close");
    },
    abandon() {
      log.push("abandon");
    },
  }));
  return { tls, conn, log };
}

Deno.test("TlsConnBackend.shutdown() sends close_notify after the handshake, and rejects when that fails", async () => {
  const { tls, conn, log } = logging();
  const closing = conn.closeWrite();
  assertEquals(log, []);
  tls.secured(info);
  await closing;
  assertEquals(log, ["end"]);
  const failing = logging().tls;
  const rejected = failureOf(failing.shutdown());
  failing.failed(new Error("it is another"));
  assertEquals(await rejected, "EPROTO closeWrite");
});

test(
  "TlsConnBackend rejects ETIMEDOUT when the handshake takes longer than its limit",
  none,
  async () => {
    const backend = new FakeBackend();
    const tls = new TlsConnBackend(backend, undefined, 1);
    const conn = new TlsStreamConn(tls);
    const error = await assertRejects(() => conn.handshake(), errors.TimedOut);
    assertEquals(error.reason, "timeout");
    assertEquals(error.message.includes("longer than 1 ms"), true);
    assertEquals(backend.log, ["reset"]);
  },
);

test(
  "TlsConnBackend rejects ETIMEDOUT when no whole ClientHello comes within helloTimeoutMs",
  none,
  async () => {
    const made = (timeoutMs: number) =>
      new TlsConnBackend(
        new FakeBackend(),
        undefined,
        timeoutMs,
        undefined,
        1,
      );
    const silent = new TlsStreamConn(made(60_000));
    await assertRejects(
      () => silent.handshake(),
      errors.TimedOut,
      "within helloTimeoutMs, 1 ms",
    );
    // With a ClientHello, the whole limit applies.
    const greeted = made(20);
    greeted.hasHello = true;
    const conn = new TlsStreamConn(greeted);
    await assertRejects(() => conn.handshake(), errors.TimedOut, "than 20 ms");
  },
);

test(
  "TlsConnBackend resets 1 s after close() when the handshake does not end",
  none,
  async () => {
    const backend = new FakeBackend();
    const tls = new TlsConnBackend(backend, undefined, Infinity);
    const conn = new TlsStreamConn(tls);
    conn.close();
    assertEquals(backend.log, []);
    await backend.closed;
    assertEquals(backend.log, ["reset"]);
  },
);

Deno.test("TlsConnBackend reads first what was received over the plain connection", async () => {
  const early = { chunks: [chunk(1), chunk(2)], end: { error: null } };
  const tls = new TlsConnBackend(new FakeBackend(), early, Infinity);
  const { incoming } = tls.transport;
  assertEquals(await incoming.readChunk(), chunk(1, 2));
  assertEquals(await incoming.readChunk(), null);
});

Deno.test("TlsConnBackend calls back once when the handshake is over, on the wire too after close()", () => {
  let settled = 0;
  const tls = new TlsConnBackend(
    new FakeBackend(),
    undefined,
    Infinity,
    () => settled++,
  );
  const conn = new TlsStreamConn(tls);
  conn.close();
  assertEquals([settled, tls.handshakeDone, tls.handshakeSettled], [
    0,
    true,
    false,
  ]);
  tls.fail({ code: "ECONNRESET" });
  assertEquals([settled, tls.handshakeSettled], [1, true]);
  const secured = logging(() => settled++);
  secured.tls.secured(info);
  secured.conn.close();
  assertEquals([settled, secured.log], [2, ["close"]]);
});

Deno.test("TlsConnBackend keeps the process alive while a call waits, by the controls of its engine", () => {
  const backend = new FakeBackend();
  const tls = new TlsConnBackend(backend, undefined, Infinity);
  backend.reading.length = 0;
  tls.wait(true);
  tls.wait(true);
  tls.wait(false);
  assertEquals(backend.reading, ["waiting"]);
  const controls = new FakeBackend();
  tls.unref();
  tls.begin(() => ({
    controls,
    demand() {},
    pause() {},
    send: () => 0,
    end: () => Promise.resolve(),
    close() {},
    abandon() {},
  }));
  assertEquals([controls.reading, controls.log], [["waiting"], ["unref"]]);
  tls.wait(false);
  tls.setNoDelay(true);
  assertEquals([controls.reading, backend.reading], [
    ["waiting", "idle"],
    ["waiting"],
  ]);
  assertEquals([controls.log, backend.log], [
    ["unref", "noDelay true"],
    ["unref"],
  ]);
});

Deno.test("TlsConnBackend.send() takes nothing of a buffer that is transferred during the handshake", async () => {
  const { conn, events, log } = shaking();
  const p = chunk(1);
  const writing = assertRejects(() => conn.write(p), TypeError, "meanwhile");
  structuredClone(p, { transfer: [p.buffer] });
  events.secured(info);
  await writing;
  assertEquals(log, []);
});
