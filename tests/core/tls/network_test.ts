import { errors } from "@anyport/sockets";
import { assertEquals, assertRejects } from "@std/assert";
import type { ConnBackend } from "../../../src/core/stream/backend.ts";
import { StreamConn } from "../../../src/core/stream/conn.ts";
import type { ReadQueue } from "../../../src/core/stream/read_queue.ts";
import type { TlsBackend } from "../../../src/core/tls/backend.ts";
import { type PlainStreams, tlsOver } from "../../../src/core/tls/network.ts";
import type { NetAddr } from "../../../src/api/stream.ts";
import { test } from "../../harness.ts";

const none = { skip: undefined };
const address: NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

/** A network whose connections begin with `early`, and tell how they are closed. */
function networkOf(early: Uint8Array | undefined) {
  const log: string[] = [];
  const link: ConnBackend<NetAddr> = {
    remoteAddr: address,
    localAddr: address,
    sendsByReference: false,
    attach(reads: ReadQueue) {
      if (early !== undefined) reads.push(early.slice(), true);
    },
    demand() {},
    pause() {},
    readWaiting() {},
    writeWaiting() {},
    send: (bytes) => bytes.byteLength,
    writeFailure: (reason) => reason as errors.SocketError,
    shutdown: () => Promise.resolve(),
    lookAhead: () => Promise.resolve(),
    close: (cut) => log.push(cut ? "reset" : "closed"),
    setNoDelay() {},
    setKeepAlive() {},
    ref() {},
    unref() {},
  };
  const network = { connect: () => Promise.resolve(new StreamConn(link)) };
  return { network: network as unknown as PlainStreams, log };
}

/** TlsBackend that secure nothing. */
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
    assertEquals(log, ["closed"]);
  },
);

test(
  "connectTls() closes a connection whose server speaks in the clear",
  none,
  async () => {
    const { network, log } = networkOf(new Uint8Array([50, 50, 48]));
    const { connectTls } = tlsOver(network, enginesOf(undefined));
    await assertRejects(() => connectTls({ port: 1 }), errors.InvalidData);
    assertEquals(log, ["closed"]);
  },
);
