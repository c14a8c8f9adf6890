import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  AcceptQueue,
  type ListenerBackend,
} from "../../src/core/stream/listener.ts";
import type { ConnBackend } from "../../src/core/stream/backend.ts";
import { ReadQueue } from "../../src/core/stream/read_queue.ts";
import { WriteQueue } from "../../src/core/stream/write_queue.ts";
import { socketError } from "../../src/core/errno.ts";
import type { SocketError } from "../../src/api/errors.ts";
import type { NetAddr } from "../../src/api/stream.ts";
import { test } from "../harness.ts";

const none = { skip: undefined };
const address: NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

test(
  "ReadQueue pauses its adapter at 64 KiB, also when they drip in one by one",
  none,
  async () => {
    let paused = 0;
    const queue = new ReadQueue({
      remoteAddr: address,
      demand() {},
      pause: () => paused++,
      readWaiting() {},
    });
    for (let i = 0; i < 64 * 1024 - 1; i++) {
      queue.push(new Uint8Array([i]), true);
    }
    assertEquals(paused, 0);
    queue.push(new Uint8Array([0xff]), true);
    assertEquals(paused, 1);
    const chunks: number[] = [];
    let total = 0;
    while (total < 64 * 1024) {
      const chunk = (await queue.readChunk())!;
      chunk.forEach((byte, i) => assertEquals(byte, (total + i) & 0xff));
      total += chunk.byteLength;
      chunks.push(chunk.byteLength);
    }
    assert(
      chunks.length <= 8,
      `${chunks.length} buffers for 64 KiB of single bytes`,
    );
  },
);

test(
  "ReadQueue tells its adapter once that calls wait, and once that none does",
  none,
  async () => {
    const waiting: boolean[] = [];
    const queue = new ReadQueue({
      remoteAddr: address,
      demand() {},
      pause() {},
      readWaiting: (is) => waiting.push(is),
    });
    const reads = [queue.readChunk(), queue.readChunk()];
    queue.push(new Uint8Array(1), true);
    queue.push(new Uint8Array(1), true);
    await Promise.all(reads);
    const controller = new AbortController();
    const aborted = queue.readChunk({ signal: controller.signal });
    controller.abort("no");
    await aborted.catch(() => {});
    assertEquals(waiting, [true, false, true, false]);
  },
);

/** A write queue whose adapter takes everything at once. */
function recording(sendsByReference = true) {
  const sent: Uint8Array[] = [];
  const queue = new WriteQueue({
    remoteAddr: address,
    sendsByReference,
    send(bytes) {
      sent.push(bytes);
      return bytes.byteLength;
    },
    writeFailure: (reason) => reason as SocketError,
    shutdown: () => Promise.resolve(),
    writeWaiting() {},
  });
  return { queue, sent };
}

test("WriteQueue sends many small pieces in one call", none, async () => {
  const { queue, sent } = recording();
  const pieces = Array.from({ length: 100 }, (_, i) => new Uint8Array([i]));
  assertEquals(await queue.write(pieces), 100);
  assertEquals(sent.length, 1);
  assertEquals([...sent[0]], pieces.map((piece) => piece[0]));
});

test("WriteQueue hands a lone write over as it is", none, async () => {
  const { queue, sent } = recording();
  const p = new Uint8Array(1000);
  await queue.write(p);
  assert(sent[0] === p);
});

test(
  "WriteQueue never lends out a buffer that its caller may get back",
  none,
  async () => {
    const { queue, sent } = recording();
    const p = new Uint8Array(200_000);
    await queue.write(p, { timeoutMs: 1000 });
    assertEquals(sent.length, 4);
    for (const piece of sent) assert(piece.buffer !== p.buffer);
    const own = recording(false);
    await own.queue.write(p, { timeoutMs: 1000 });
    assertEquals(
      own.sent.length,
      1,
      "an adapter that keeps no reference gets no copies",
    );
  },
);

for (const partly of [1, 2]) {
  test(
    `writes resolve in order when the system takes a part of ${partly} of them first`,
    none,
    async () => {
      // As on Bun: a write that is taken in part is told of later, one that is
      // taken whole at once.
      let parts = partly;
      const queue = new WriteQueue({
        remoteAddr: address,
        sendsByReference: false,
        send: (bytes) =>
          parts-- > 0
            ? Promise.resolve(Math.ceil(bytes.byteLength / 2))
            : bytes.byteLength,
        writeFailure: (reason) => reason as SocketError,
        shutdown: () => Promise.resolve(),
        writeWaiting() {},
      });
      const order: string[] = [];
      const done = (name: string) => () => void order.push(name);
      await Promise.all([
        queue.write(new Uint8Array(100)).then(done("first")),
        queue.write(new Uint8Array(10)).then(done("second")),
        queue.closeWrite().then(done("closed")),
      ]);
      assertEquals(order, ["first", "second", "closed"]);
    },
  );
}

test(
  "a write whose buffer is transferred away while it waits holds up nothing",
  none,
  async () => {
    let taken: ((sent: number) => void) | undefined;
    const sent: number[] = [];
    const queue = new WriteQueue({
      remoteAddr: address,
      sendsByReference: true,
      send(bytes) {
        sent.push(bytes.byteLength);
        if (taken !== undefined) return bytes.byteLength;
        return new Promise((resolve) => taken = resolve);
      },
      writeFailure: (reason) => reason as SocketError,
      shutdown: () => Promise.resolve(),
      writeWaiting() {},
    });
    const first = queue.write(new Uint8Array(100));
    const gone = new Uint8Array(10);
    const refused = assertRejects(
      () => queue.write(gone),
      TypeError,
      "was transferred away or resized meanwhile (0 of 10 bytes were sent)",
    );
    const next = queue.write(new Uint8Array(5));
    structuredClone(gone, { transfer: [gone.buffer] });
    taken!(100);
    assertEquals(await first, 100);
    await refused;
    assertEquals(await next, 5);
    assertEquals(sent.reduce((a, b) => a + b), 105);
  },
);

/** A backend at which accepting fails so many times, and then waits. */
class FailingBackend implements ListenerBackend<NetAddr, ConnBackend<NetAddr>> {
  readonly addr = address;
  queue!: AcceptQueue<NetAddr, ConnBackend<NetAddr>>;
  attempts = 0;

  readonly #code: string;
  readonly #failures: number;

  constructor(code: string, failures: number) {
    this.#code = code;
    this.#failures = failures;
  }

  demand(): void {
    this.attempts++;
    if (this.attempts > this.#failures) return;
    const error = socketError(this.#code, "accept", address);
    queueMicrotask(() => this.queue.fail(error));
  }
  open(link: ConnBackend<NetAddr>): ConnBackend<NetAddr> {
    return link;
  }
  refuse(): void {}
  acceptWaiting(): void {}
  close(): void {}
  ref(): void {}
  unref(): void {}
}

for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
  test(`for await backs off and goes on after ${code}`, none, async () => {
    const backend = new FailingBackend(code, 3);
    const queue = backend.queue = new AcceptQueue(backend, 1);
    const began = performance.now();
    const first = queue[Symbol.asyncIterator]().next();
    while (backend.attempts <= 3) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const tookMs = performance.now() - began;
    assert(
      tookMs >= 30,
      `tried again after ${tookMs} ms in all, not 5 + 10 + 20`,
    );
    queue.push(
      {
        remoteAddr: address,
        localAddr: address,
        attach() {},
      } as unknown as ConnBackend<
        NetAddr
      >,
    );
    assert((await first).value.remoteAddr === address);
    queue.close();
  });
}

test("accept() itself rejects what for await sits out", none, async () => {
  const backend = new FailingBackend("EMFILE", 1);
  const queue = backend.queue = new AcceptQueue(backend, 1);
  const error = await assertRejects(() => queue.accept());
  assertEquals((error as { code?: string }).code, "EMFILE");
  queue.close();
});

test("for await passes on what does not pass by itself", none, async () => {
  const backend = new FailingBackend("EINVAL", 1);
  const queue = backend.queue = new AcceptQueue(backend, 1);
  await assertRejects(() => queue[Symbol.asyncIterator]().next());
  queue.close();
});

test("close() ends a for await that is backing off", none, async () => {
  const backend = new FailingBackend("EMFILE", 1000);
  const queue = backend.queue = new AcceptQueue(backend, 1);
  const next = queue[Symbol.asyncIterator]().next();
  while (backend.attempts < 8) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // It pauses for 640 ms now.
  const began = performance.now();
  queue.close();
  assertEquals((await next).done, true);
  const tookMs = performance.now() - began;
  assert(tookMs < 320, `it took ${tookMs} ms`);
});
