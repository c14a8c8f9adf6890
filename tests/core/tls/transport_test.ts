import { assertEquals } from "@std/assert";
import {
  closeInOrder,
  closeNow,
  linger,
  Transport,
} from "../../../src/core/tls/transport.ts";
import { chunk, FakeBackend } from "../fake_backend.ts";

/** A transport over a backend that records its calls. */
function made() {
  const backend = new FakeBackend();
  return { transport: new Transport(backend), backend };
}

/** Replaces the timers, so that a test lets the time pass. */
function timers() {
  const { setTimeout, clearTimeout } = globalThis;
  const set = new Map<number, [call: () => void, ms: number]>();
  let ids = 0;
  globalThis.setTimeout = ((call: () => void, ms: number) => {
    set.set(++ids, [call, ms]);
    return ids;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = (id) => void set.delete(id as number);
  return {
    /** The times of the timers that are set. */
    get times(): number[] {
      return [...set.values()].map(([, ms]) => ms);
    },
    /** Fires all that are set. */
    fire(): void {
      for (const [id, [call]] of set) {
        set.delete(id);
        call();
      }
    },
    [Symbol.dispose](): void {
      Object.assign(globalThis, { setTimeout, clearTimeout });
    },
  };
}

/** Lets promises that are settled call back. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await null;
}

/** Lingers, and counts the calls of `close`. */
function lingering() {
  const sent = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const state = { closed: 0 };
  linger(sent.promise, ended.promise, () => state.closed++);
  return { sent, ended, state };
}

Deno.test("linger() closes once, when close_notify is sent and the peer has ended", async () => {
  using time = timers();
  const { sent, ended, state } = lingering();
  ended.resolve();
  await settled();
  assertEquals([state.closed, time.times], [0, [10_000]]);
  sent.resolve();
  await settled();
  assertEquals([state.closed, time.times], [1, []]);
});

Deno.test("linger() closes 1 s after close_notify when the peer does not end", async () => {
  using time = timers();
  const { sent, ended, state } = lingering();
  sent.resolve();
  await settled();
  assertEquals([state.closed, time.times], [0, [1000]]);
  time.fire();
  assertEquals(state.closed, 1);
  ended.resolve();
  await settled();
  assertEquals(state.closed, 1);
});

Deno.test("linger() closes after 10 s when close_notify cannot be sent", async () => {
  using time = timers();
  const { sent, state } = lingering();
  time.fire();
  assertEquals(state.closed, 1);
  sent.resolve();
  await settled();
  assertEquals([state.closed, time.times], [1, []]);
});

Deno.test("linger() closes when sending or reading fails, and swallows an error of close", async () => {
  using _time = timers();
  const [failing, ending] = [lingering(), lingering()];
  failing.sent.reject(new Error("EPIPE"));
  ending.sent.resolve();
  ending.ended.reject(new Error("ECONNRESET"));
  await settled();
  assertEquals([failing.state.closed, ending.state.closed], [1, 1]);
  linger(Promise.resolve(), Promise.resolve(), () => {
    throw new Error("EBADF");
  });
  await settled();
});

Deno.test("Transport passes bytes on, and its reads do not keep the process alive", async () => {
  const { transport, backend } = made();
  const turn = Promise.resolve();
  backend.turn = () => turn;
  const reading = transport.incoming.readChunk();
  assertEquals(backend.reading, ["demand"]);
  backend.reads.push(chunk(1), true);
  assertEquals(await reading, chunk(1));
  await transport.outgoing.write(chunk(1, 2));
  await transport.outgoing.closeWrite();
  assertEquals(backend.log, ["send 2", "shutdown"]);
  assertEquals(transport.turn() === turn, true);
  backend.reads.push(new Uint8Array(64 * 1024), true);
  assertEquals(backend.reading, ["demand", "pause"]);
});

Deno.test("closeNow() resets when it is told to, or a write was not sent whole", async () => {
  const plain = made(), reset = made(), short = made();
  const { promise, resolve } = Promise.withResolvers<number>();
  short.backend.take = () => promise;
  const writing = short.transport.outgoing.write(chunk(1)).catch(() => {});
  closeNow(plain.transport, false);
  closeNow(reset.transport, true);
  closeNow(short.transport, false);
  resolve(1);
  await writing;
  assertEquals(
    [plain, reset, short].map(({ backend }) => backend.log.at(-1)),
    ["close", "reset", "reset"],
  );
});

Deno.test("closeInOrder() sends FIN, discards the peer's bytes, and closes after its FIN", async () => {
  using _time = timers();
  const { transport, backend } = made();
  closeInOrder(transport);
  await settled();
  backend.reads.push(chunk(1), true);
  await settled();
  assertEquals(backend.log, ["shutdown"]);
  backend.reads.end(null);
  await settled();
  assertEquals(backend.log, ["shutdown", "close"]);
  assertEquals(backend.reading.filter((call) => call !== "demand"), [
    "waiting",
    "idle",
  ]);
});
