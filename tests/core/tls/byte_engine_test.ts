import { assertEquals } from "@std/assert";
import type { SocketError } from "../../../src/api/errors.ts";
import type { Chunk, NetAddr } from "../../../src/api/stream.ts";
import { socketError } from "../../../src/core/errno.ts";
import type { ConnBackend } from "../../../src/core/stream/backend.ts";
import type { ReadQueue } from "../../../src/core/stream/read_queue.ts";
import type { EngineEvents } from "../../../src/core/tls/backend.ts";
import {
  ByteEngine,
  type Transmit,
} from "../../../src/core/tls/byte_engine.ts";
import { Transport } from "../../../src/core/tls/transport.ts";

const address: NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

/** An engine whose cipher and events record. */
function recorded(early: Chunk[] = []) {
  const log: string[] = [];
  let reads!: ReadQueue;
  let transmit!: Transmit;
  const backend = {
    localAddr: address,
    remoteAddr: address,
    sendsByReference: false,
    attach: (queue: ReadQueue) => void (reads = queue),
    demand: () => void log.push("demand"),
    pause() {},
    readWaiting() {},
    writeWaiting() {},
    send: (bytes: Uint8Array) => bytes.byteLength,
    writeFailure: (reason: unknown) => reason as SocketError,
    shutdown() {
      log.push("FIN");
      return Promise.resolve();
    },
    close: (reset: boolean) => void log.push(reset ? "RST" : "closed"),
  } as unknown as ConnBackend;
  const events: EngineEvents = {
    secured() {},
    received() {},
    ended() {},
    truncated: () => void log.push("cut off"),
    broken: ({ code }, wholly) => void log.push(`broken ${code} ${wholly}`),
    failed: (native) => void log.push(`failed ${native}`),
  };
  const engine = new ByteEngine(
    new Transport(backend),
    events,
    early,
    (given) => {
      transmit = given;
      return {
        feed: (bytes) => void log.push(`feed ${bytes.byteLength}`),
        send: (bytes) => bytes.byteLength,
        end() {
          log.push("close_notify");
          return Promise.resolve();
        },
        turn: () => Promise.resolve(),
        destroy: () => void log.push("destroy"),
      };
    },
  );
  return { engine, reads, log, transmit: () => transmit };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("ByteEngine feeds early bytes first, and then those of the connection", () => {
  const { reads, log } = recorded([new Uint8Array(3)]);
  reads.push(new Uint8Array(5), true);
  assertEquals(log.filter((call) => call.startsWith("feed")), [
    "feed 3",
    "feed 5",
  ]);
});

Deno.test("ByteEngine.pause() requests no more bytes until demand()", () => {
  const { engine, reads, log } = recorded();
  engine.pause();
  reads.push(new Uint8Array(1), true);
  reads.push(new Uint8Array(2), true);
  assertEquals(log.filter((call) => call.startsWith("feed")), ["feed 1"]);
  engine.demand();
  assertEquals(log.filter((call) => call.startsWith("feed")), [
    "feed 1",
    "feed 2",
  ]);
});

Deno.test("ByteEngine reports FIN without close_notify as cut off, and a reset as broken", async () => {
  const ended = recorded();
  ended.reads.end(null);
  await settle();
  assertEquals(ended.log.at(-1), "cut off");
  const reset = recorded();
  reset.reads.end(socketError("ECONNRESET", "read", address));
  await settle();
  assertEquals(reset.log.at(-1), "broken ECONNRESET true");
});

Deno.test("ByteEngine.close() sends close_notify and FIN, and closes at the peer's end", async () => {
  const { engine, reads, log } = recorded();
  engine.close(false);
  await settle();
  assertEquals(log.slice(-2), ["close_notify", "FIN"]);
  reads.end(null);
  await settle();
  const after = log.slice(log.indexOf("FIN") + 1);
  assertEquals(after, ["destroy", "closed", "cut off"]);
});

Deno.test("ByteEngine.close(true) sends RST and no close_notify", () => {
  const { engine, log } = recorded();
  engine.close(true);
  assertEquals(log.slice(-2), ["destroy", "RST"]);
});

Deno.test("ByteEngine.hasHello() is true once the cipher has answered", async () => {
  const { engine, transmit } = recorded();
  assertEquals(engine.hasHello(), false);
  await transmit()(new Uint8Array(1));
  assertEquals(engine.hasHello(), true);
  engine.close(true);
});
