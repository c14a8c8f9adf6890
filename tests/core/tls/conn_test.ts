import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { NetAddr } from "../../../src/api/stream.ts";
import type { TlsInfo } from "../../../src/api/tls.ts";
import { AcceptQueue } from "../../../src/core/stream/listener.ts";
import { TlsAcceptQueue, TlsStreamConn } from "../../../src/core/tls/conn.ts";
import { TlsConnBackend } from "../../../src/core/tls/conn_backend.ts";
import { test } from "../../harness.ts";
import { ADDRESS, FakeBackend } from "../fake_backend.ts";

const INFO: TlsInfo = {
  version: "TLSv1.3",
  cipher: "TLS_AES_128_GCM_SHA256",
  alpnProtocol: null,
  serverName: null,
  peerCertificates: [],
  verified: true,
};

/** A connection whose handshake a test completes or fails. */
function made() {
  const backend = new FakeBackend();
  const tls = new TlsConnBackend(backend, undefined, Infinity);
  const conn = new TlsStreamConn(tls);
  tls.begin(() => ({
    demand() {},
    pause() {},
    send: ({ byteLength }) => byteLength,
    end: () => Promise.resolve(),
    close() {},
    abandon() {},
  }));
  backend.reading.length = 0;
  return { conn, tls, reading: backend.reading };
}

Deno.test("TlsStreamConn.handshake() resolves for each caller, and keeps the process alive meanwhile", async () => {
  const { conn, tls, reading } = made();
  const handshakes = [conn.handshake(), conn.handshake()];
  assertEquals(reading, ["waiting"]);
  tls.secured(INFO);
  assertEquals(await Promise.all(handshakes), [INFO, INFO]);
  assertEquals(reading, ["waiting", "idle"]);
  assertEquals(await conn.handshake(), INFO);
  assertEquals(reading, ["waiting", "idle"]);
});

Deno.test("TlsStreamConn.handshake() rejects the failure, and later calls too", async () => {
  const { conn, tls, reading } = made();
  const failed = assertRejects(() => conn.handshake(), errors.InvalidData);
  tls.failed(new Error("it is another"));
  await failed;
  await assertRejects(() => conn.handshake(), errors.InvalidData);
  assertEquals(reading, ["waiting", "idle"]);
});

Deno.test("TlsStreamConn.handshake() rejects the reason when its signal aborts, and the handshake goes on", async () => {
  const { conn, tls, reading } = made();
  const controller = new AbortController();
  const { signal } = controller;
  const aborted = conn.handshake({ signal });
  controller.abort("stop");
  assertEquals(await aborted.catch((reason) => reason), "stop");
  assertEquals(reading, ["waiting", "idle"]);
  const goesOn = conn.handshake();
  tls.secured(INFO);
  assertEquals(await goesOn, INFO);
  assertEquals(reading, ["waiting", "idle", "waiting", "idle"]);
});

test(
  "TlsStreamConn.handshake() rejects ETIMEDOUT after timeoutMs",
  {},
  async () => {
    const { conn } = made();
    const error = await assertRejects(
      () => conn.handshake({ timeoutMs: 1 }),
      errors.TimedOut,
    );
    assertEquals([error.code, error.operation], ["ETIMEDOUT", "handshake"]);
  },
);

Deno.test("TlsStreamConn.handshake() rejects TypeError when an option is unknown", async () => {
  await assertRejects(
    () => made().conn.handshake({ timeout: 1 } as never),
    TypeError,
    "timeoutMs",
  );
});

Deno.test("TlsAcceptQueue passes its calls to the listener that it owns", async () => {
  const log: string[] = [];
  const record = (name: string) => () => void log.push(name);
  const inner = new AcceptQueue<NetAddr, FakeBackend>({
    addr: ADDRESS,
    open: (raw) => raw,
    refuse: record("refuse"),
    demand() {},
    acceptWaiting() {},
    close: record("close"),
    ref: record("ref"),
    unref: record("unref"),
  }, 1);
  const given = { cert: "x", key: "y" };
  const listener = new TlsAcceptQueue(inner, (credentials) => {
    assert(credentials === given);
    return Promise.reject(new Error("reloaded"));
  });
  await assertRejects(() => listener.reload(given), Error, "reloaded");
  inner.push(new FakeBackend());
  inner.push(new FakeBackend());
  assertEquals([listener.addr, listener.dropped], [ADDRESS, 1]);
  assertEquals((await listener.accept()).remoteAddr, ADDRESS);
  inner.push(new FakeBackend());
  for await (const conn of listener) {
    assertEquals(conn.remoteAddr, ADDRESS);
    break;
  }
  listener.unref();
  listener.ref();
  listener[Symbol.dispose]();
  assertEquals(log, ["refuse", "unref", "ref", "close"]);
});
