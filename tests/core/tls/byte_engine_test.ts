import { assertEquals, assertRejects } from "@std/assert";
import { socketError } from "../../../src/core/errno.ts";
import type { EngineEvents } from "../../../src/core/tls/backend.ts";
import {
  ByteEngine,
  type Cipher,
  type Transmit,
} from "../../../src/core/tls/byte_engine.ts";
import { Transport } from "../../../src/core/tls/transport.ts";
import { ADDRESS, chunk, FakeBackend } from "../fake_backend.ts";

/** An engine over a cipher that encrypts nothing, and the log of its calls and events. */
function made(early: ReturnType<typeof chunk>[] = []) {
  const backend = new FakeBackend();
  const log: string[] = [];
  const turn = { result: Promise.resolve() };
  const events: EngineEvents = {
    secured: () => log.push("secured"),
    received: () => log.push("received"),
    ended: () => log.push("ended"),
    truncated: () => log.push("truncated"),
    broken: ({ code }, wholly) => log.push(`broken ${code} ${wholly}`),
    failed: (native) => log.push(`failed ${(native as Error).message}`),
  };
  let transmit!: Transmit;
  const cipher: Cipher = {
    feed: (bytes) => void log.push(`feed ${[...bytes]}`),
    send: async (bytes) => {
      await transmit(bytes);
      return bytes.byteLength;
    },
    end: async () => void await transmit(chunk(0)),
    turn: () => turn.result,
    destroy: () => void log.push("destroy"),
  };
  const engine = new ByteEngine(
    new Transport(backend),
    events,
    early,
    (given) => {
      transmit = given;
      return cipher;
    },
  );
  return { engine, backend, log, turn };
}

/** Lets promises that are settled call back. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await null;
}

const reset = () => socketError("ECONNRESET", "write", ADDRESS);

Deno.test("ByteEngine feeds the early bytes first, then each chunk", () => {
  const { backend, log } = made([chunk(1), chunk(2)]);
  backend.reads.push(chunk(3), true);
  backend.reads.push(chunk(4), true);
  assertEquals(log, ["feed 1", "feed 2", "feed 3", "feed 4"]);
});

Deno.test("ByteEngine.pause() leaves one chunk to come, and demand() goes on", () => {
  const { engine, backend, log } = made();
  engine.pause();
  for (const byte of [1, 2, 3]) backend.reads.push(chunk(byte), true);
  assertEquals(log, ["feed 1"]);
  engine.demand();
  engine.demand();
  assertEquals(log, ["feed 1", "feed 2,3"]);
  engine.pause();
  for (const byte of [4, 5]) backend.reads.push(chunk(byte), true);
  assertEquals(log, ["feed 1", "feed 2,3", "feed 4"]);
});

Deno.test("ByteEngine.send() resolves once the kernel has taken the bytes", async () => {
  const { engine, backend } = made();
  const { promise, resolve } = Promise.withResolvers<number>();
  backend.take = () => promise;
  let isSent = false;
  const sending = Promise.resolve(engine.send(chunk(1))).then(() => {
    isSent = true;
  });
  await settled();
  assertEquals([isSent, engine.hasHello()], [false, true]);
  resolve(1);
  await sending;
});

Deno.test("ByteEngine.hasHello() is false before anything is sent", () => {
  assertEquals(made().engine.hasHello(), false);
});

Deno.test("ByteEngine reports a write that fails as broken, but not after end()", async () => {
  const { engine, backend, log } = made();
  backend.take = () => Promise.reject(reset());
  await assertRejects(async () => await engine.send(chunk(1)));
  assertEquals(log, ["broken ECONNRESET false"]);
  const late = made();
  late.backend.take = () => Promise.reject(reset());
  await assertRejects(() => late.engine.end());
  assertEquals(late.log, []);
});

Deno.test("ByteEngine.end() sends close_notify, then FIN", async () => {
  const { engine, backend } = made();
  await engine.end();
  assertEquals(backend.log, ["send 1", "shutdown"]);
});

Deno.test("ByteEngine reports truncated at FIN, and broken at ECONNRESET, after the bytes fed so far", async () => {
  for (
    const [error, event] of [
      [null, "truncated"],
      [socketError("ECONNRESET", "read", ADDRESS), "broken ECONNRESET true"],
    ] as const
  ) {
    const { backend, log, turn } = made();
    const { promise, resolve } = Promise.withResolvers<void>();
    turn.result = promise;
    backend.reads.push(chunk(1), true);
    backend.reads.end(error);
    await settled();
    assertEquals(log, ["feed 1"]);
    resolve();
    await settled();
    assertEquals(log, ["feed 1", event]);
  }
});

Deno.test("ByteEngine reports failed when the cipher throws at the end", async () => {
  const { backend, log, turn } = made();
  turn.result = Promise.reject(new Error("fault"));
  backend.reads.end(null);
  await settled();
  assertEquals(log, ["failed fault"]);
});

Deno.test("ByteEngine.close() sends close_notify and FIN, and closes after the peer's FIN", async () => {
  const { engine, backend, log } = made();
  engine.pause();
  backend.reads.push(chunk(1), true);
  engine.close(false);
  await settled();
  assertEquals(backend.log, ["send 1", "shutdown"]);
  assertEquals(backend.reading.includes("waiting"), true);
  backend.reads.end(null);
  await settled();
  assertEquals(backend.log, ["send 1", "shutdown", "close"]);
  assertEquals([log.includes("destroy"), backend.reading.at(-1)], [
    true,
    "idle",
  ]);
});

Deno.test("ByteEngine.close() does not wait when the peer has ended before", async () => {
  const { engine, backend } = made();
  backend.reads.end(null);
  await settled();
  engine.close(false);
  await settled();
  assertEquals(backend.log, ["send 1", "shutdown", "close"]);
});

Deno.test("ByteEngine.close() resets at once when it is told to, and feeds no more", () => {
  const { engine, backend, log } = made();
  engine.close(true);
  backend.reads.push(chunk(1), true);
  assertEquals([backend.log, log], [["reset"], ["destroy"]]);
});

Deno.test("ByteEngine.abandon() sends FIN without close_notify, and closes after the peer's FIN", async () => {
  const { engine, backend, log } = made();
  engine.abandon();
  await settled();
  assertEquals([backend.log, log], [["shutdown"], ["destroy"]]);
  backend.reads.push(chunk(1), true);
  backend.reads.end(null);
  await settled();
  assertEquals([backend.log, log], [["shutdown", "close"], ["destroy"]]);
});
