import { errors } from "@anyport/sockets";
import { assertEquals, assertRejects } from "@std/assert";
import { StreamConn } from "../../../src/core/stream/conn.ts";
import type { Chunk, NetAddr } from "../../../src/api/stream.ts";
import type { TlsConn } from "../../../src/api/tls.ts";
import { AcceptQueue } from "../../../src/core/stream/listener.ts";
import type {
  Begin,
  EngineEvents,
  TlsBackend,
} from "../../../src/core/tls/backend.ts";
import { type PlainStreams, tlsOver } from "../../../src/core/tls/network.ts";
import { test } from "../../harness.ts";
import { ADDRESS, chunk, FakeBackend } from "../fake_backend.ts";
import { message, records } from "./written_hello.ts";

const none = { skip: undefined };

/** A network whose connections begin with `early`. */
function networkOf(early: Uint8Array | undefined) {
  const backend = new FakeBackend();
  const connect = () => {
    const conn = new StreamConn(backend);
    if (early !== undefined) backend.reads.push(early.slice(), true);
    return Promise.resolve(conn);
  };
  return { network: { connect } as unknown as PlainStreams, log: backend.log };
}

/** A TLS that secures nothing. */
function enginesOf(refusal: string | undefined): TlsBackend {
  return {
    check: (_operation, given) => given,
    client: () => () => {
      throw new Error("no engine");
    },
    server: () => () => {
      throw new Error("no engine");
    },
    listensFirst: false,
    unsupported: () => undefined,
    refusal: () => refusal,
  };
}

test(
  "connectTls() closes a connection that cannot be secured",
  none,
  async () => {
    const { network, log } = networkOf(undefined);
    const { connectTls } = tlsOver(network, enginesOf("not that one"));
    const error = await assertRejects(
      () => connectTls({ port: 1 }),
      errors.NotSupported,
    );
    assertEquals(error.operation, "startTls");
    assertEquals(log, ["close"]);
  },
);

test(
  "connectTls() closes a connection whose server speaks in the clear",
  none,
  async () => {
    const { network, log } = networkOf(new Uint8Array([50, 50, 48]));
    const { connectTls } = tlsOver(network, enginesOf(undefined));
    await assertRejects(() => connectTls({ port: 1 }), errors.InvalidData);
    assertEquals(log, ["close"]);
  },
);

const PAIR = { cert: "-----BEGIN X", key: "-----BEGIN Y" };

/** A TLS whose handshakes a test ends, and what they begin with. */
function fakeTls() {
  const begun: { events: EngineEvents; early: readonly Chunk[] }[] = [];
  const begin: Begin = (_transport, events, early) => {
    begun.push({ events, early });
    return {
      demand() {},
      pause() {},
      send: ({ byteLength }) => byteLength,
      end: () => Promise.resolve(),
      close() {},
      abandon() {},
    };
  };
  const tls: TlsBackend = {
    ...enginesOf(undefined),
    client: () => begin,
    server: () => begin,
  };
  return { tls, begun };
}

/** A connection over a backend that records its calls. */
function made() {
  const backend = new FakeBackend();
  return { conn: new StreamConn(backend), backend };
}

Deno.test("startTls() as a client rejects EPROTO when bytes that came in the clear are unread", async () => {
  const { conn, backend } = made();
  const { startTls } = tlsOver({} as PlainStreams, fakeTls().tls);
  backend.reads.push(chunk(22, 1), true);
  const error = await assertRejects(
    () => startTls(conn, { serverName: "a.test" }),
    errors.InvalidData,
    "2 bytes that came in the clear were not read",
  );
  assertEquals([error.code, error.operation], ["EPROTO", "startTls"]);
  assertEquals(await conn.readChunk(), chunk(22, 1));
});

Deno.test("startTls() as a server takes a ClientHello that has come, and rejects EPROTO for other bytes", async () => {
  const { tls, begun } = fakeTls();
  const { startTls } = tlsOver({} as PlainStreams, tls);
  const options = { role: "server", ...PAIR } as const;
  const hello = made(), clear = made();
  hello.backend.reads.push(chunk(22, 3), true);
  clear.backend.reads.push(chunk(50, 50), true);
  const secured = await startTls(hello.conn, options);
  assertEquals(begun.length, 1);
  await assertRejects(
    () => startTls(clear.conn, options),
    errors.InvalidData,
  );
  hello.conn.reset();
  await assertRejects(() => secured.handshake(), errors.Interrupted);
});

Deno.test("startTls() refuses calls of the connection that it was given, and close() closes the new one", async () => {
  const { conn } = made();
  const { startTls } = tlsOver({} as PlainStreams, fakeTls().tls);
  const secured = await startTls(conn, { serverName: "a.test" });
  await assertRejects(
    () => conn.readChunk(),
    errors.BadResource,
    "handed over to startTls()",
  );
  const reading = assertRejects(() => secured.readChunk(), errors.Interrupted);
  conn.reset();
  await reading;
});

Deno.test("startTls() rejects TypeError for what is no connection of the library", async () => {
  const { startTls } = tlsOver({} as PlainStreams, fakeTls().tls);
  await assertRejects(() => startTls({} as never), TypeError, "an object");
});

Deno.test("listenTls() begins maxHandshakes handshakes at a time, and the next when one ends", async () => {
  const { tls, begun } = fakeTls();
  const inner = new AcceptQueue<NetAddr, FakeBackend>({
    addr: ADDRESS,
    open: (raw) => raw,
    refuse() {},
    demand() {},
    acceptWaiting() {},
    close() {},
    ref() {},
    unref() {},
  }, 10);
  const listen = () => Promise.resolve(inner);
  const { listenTls } = tlsOver({ listen } as unknown as PlainStreams, tls);
  const listener = await listenTls({ port: 0, ...PAIR, maxHandshakes: 1 });
  const backends = [new FakeBackend(), new FakeBackend()];
  const bytes = records(message([]), 1e4);
  const conns: TlsConn[] = [];
  for (const backend of backends) {
    inner.push(backend);
    conns.push(await listener.accept());
    backend.reads.push(bytes.slice(), true);
  }
  for (let i = 0; i < 20; i++) await null;
  assertEquals(begun.map(({ early }) => early), [[bytes]]);
  const refused = assertRejects(() => conns[0].handshake(), errors.InvalidData);
  begun[0].events.failed(new Error("it is another"));
  await refused;
  assertEquals(begun.length, 2);
  for (const conn of conns) conn.reset();
});

Deno.test("listenTls() reload() rejects InvalidData, and keeps the old certificates", async () => {
  const { tls } = fakeTls();
  const bad = () => {
    throw new Error("SSL routines::ee key too small");
  };
  let made = 0;
  const server: TlsBackend["server"] = (plan, pair) =>
    made++ === 0 ? tls.server(plan, pair) : bad();
  const listen = () => Promise.resolve(new AcceptQueue({} as never, 1));
  const { listenTls } = tlsOver(
    { listen } as unknown as PlainStreams,
    { ...tls, server },
  );
  const listener = await listenTls({ port: 0, ...PAIR });
  const error = await assertRejects(
    () => listener.reload({}),
    errors.InvalidData,
    "ee key too small",
  );
  assertEquals(error.operation, "reload");
});
