import { assertEquals, assertRejects } from "@std/assert";
import type { ConnBackend } from "../../../src/core/stream/backend.ts";
import { StreamConn } from "../../../src/core/stream/conn.ts";
import type { ReadQueue } from "../../../src/core/stream/read_queue.ts";
import { TlsStreamConn } from "../../../src/core/tls/conn.ts";
import type { EngineEvents, TlsEngine } from "../../../src/core/tls/backend.ts";
import { TlsConnBackend } from "../../../src/core/tls/conn_backend.ts";
import * as errors from "../../../src/api/errors.ts";
import type { TlsInfo } from "../../../src/api/tls.ts";
import type { Chunk, NetAddr } from "../../../src/api/stream.ts";
import { test } from "../../harness.ts";

const none = { skip: undefined };
const address: NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

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
  const { link, log } = recording();
  const tls = new TlsConnBackend(link, undefined, Infinity);
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

/** A link that sends nothing, and what it was told. */
function recording() {
  const log: string[] = [];
  let looked!: () => void;
  let reads!: ReadQueue;
  const link: ConnBackend<NetAddr> = {
    remoteAddr: address,
    localAddr: address,
    sendsByReference: false,
    attach(queue) {
      reads = queue;
    },
    demand() {},
    pause() {},
    readWaiting() {},
    writeWaiting() {},
    send: (bytes) => bytes.byteLength,
    writeFailure: (reason) => reason as errors.SocketError,
    shutdown: () => Promise.resolve(),
    lookAhead: () => new Promise((resolve) => looked = resolve),
    close: (cut) => log.push(cut ? "reset" : "closed"),
    setNoDelay() {},
    setKeepAlive() {},
    ref() {},
    unref() {},
  };
  return {
    link,
    log,
    push: (chunk: Chunk) => reads.push(chunk, true),
    looked: () => looked(),
  };
}

const chunk = (...bytes: number[]): Chunk => new Uint8Array(bytes);

test(
  "TlsConnBackend holds back what comes before the peer is verified, and then gives it in order",
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
  "TlsConnBackend gives nothing of what came from a peer that is refused, before or after that",
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
  "TlsConnBackend sends nothing of what is written before the peer is verified",
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
  "TlsConnBackend closes as its engine does once the handshake is done, after close() in its midst",
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
  "TlsConnBackend abandons its engine when the handshake fails after close() in its midst",
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

test(
  "StreamConn.upgradeInTurn() keeps everybody else from the connection meanwhile, and gives it back when it is refused",
  none,
  async () => {
    const { link, push, looked } = recording();
    const conn = new StreamConn(link);
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
    push(chunk(7));
    looked();
    await handing;
    assertEquals(await conn.readChunk(), chunk(7));
    assertEquals(await conn.write(chunk(1)), 1);
    await conn.closeWrite();
  },
);

test(
  "StreamConn.upgradeInTurn() loses nothing that comes while it hands over",
  none,
  async () => {
    const { link, push, looked } = recording();
    const conn = new StreamConn(link);
    const handed: Chunk[] = [];
    const handing = StreamConn.upgradeInTurn(
      conn,
      "startTls",
      () => {},
      ({ early }) => {
        handed.push(...early.chunks);
        link.attach(
          {
            push: (chunk: Chunk) => handed.push(chunk),
          } as unknown as ReadQueue,
          undefined as never,
        );
      },
    );
    push(chunk(1));
    looked();
    // Every microtask on the way is a place where bytes may come.
    for (let i = 2; i < 10; i++) {
      push(chunk(i));
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
