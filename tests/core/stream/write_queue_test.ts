import { assert, assertEquals, assertRejects } from "@std/assert";
import * as errors from "../../../src/api/errors.ts";
import type { SocketError } from "../../../src/api/errors.ts";
import type { NetAddr } from "../../../src/api/stream.ts";
import { socketError } from "../../../src/core/errno.ts";
import { WriteQueue } from "../../../src/core/stream/write_queue.ts";
import { test } from "../../harness.ts";

const none = { skip: undefined };
const address: NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

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

/** A queue whose adapter takes bytes when the test says so. */
function slow() {
  const takers: ((sent: number) => void)[] = [];
  const log: string[] = [];
  const queue = new WriteQueue({
    remoteAddr: address,
    sendsByReference: true,
    send(bytes) {
      log.push(`send ${bytes.byteLength}`);
      return new Promise((resolve) => takers.push(resolve));
    },
    writeFailure: (reason) => reason as SocketError,
    shutdown() {
      log.push("FIN");
      return Promise.resolve();
    },
    writeWaiting() {},
  });
  const take = (sent: number) => takers.shift()!(sent);
  return { queue, log, take };
}

test(
  "WriteQueue completes a short write before the next write and FIN",
  none,
  async () => {
    const { queue, log, take } = slow();
    const first = queue.write(new Uint8Array(100));
    const second = queue.write(new Uint8Array(10));
    const fin = queue.closeWrite();
    take(60);
    await new Promise((resolve) => setTimeout(resolve, 0));
    take(40);
    assertEquals(await first, 100);
    await new Promise((resolve) => setTimeout(resolve, 0));
    take(10);
    assertEquals(await second, 10);
    await fin;
    assertEquals(log, ["send 100", "send 40", "send 10", "FIN"]);
    assertEquals(queue.bytesWritten, 110);
  },
);

test(
  "WriteQueue.close() reports whether bytes were not sent",
  none,
  async () => {
    const idle = slow();
    assertEquals(idle.queue.close(), false);
    const { queue } = slow();
    const write = assertRejects(
      () => queue.write(new Uint8Array(1)),
      errors.Interrupted,
    );
    const queued = assertRejects(
      () => queue.write(new Uint8Array(1)),
      errors.Interrupted,
    );
    assertEquals(queue.close(), true);
    await queued;
    await assertRejects(
      () => queue.write(new Uint8Array(1)),
      errors.BadResource,
    );
    // The adapter settles the pending send after the close.
    void write.catch(() => {});
  },
);

test(
  "WriteQueue.fail() rejects pending writes, later ones and closeWrite()",
  none,
  async () => {
    const { queue, take } = slow();
    const first = queue.write(new Uint8Array(4));
    const second = assertRejects(
      () => queue.write(new Uint8Array(4)),
      errors.ConnectionReset,
    );
    queue.fail(socketError("ECONNRESET", "write", address));
    await second;
    take(2);
    await assertRejects(() => first, errors.ConnectionReset);
    for (
      const call of [
        () => queue.write(new Uint8Array(1)),
        () => queue.closeWrite(),
      ]
    ) {
      await assertRejects(
        call as () => Promise<unknown>,
        errors.ConnectionReset,
      );
    }
  },
);

test(
  "WriteQueue.markShort() lasts until more is written or FIN is asked for",
  none,
  async () => {
    const { queue, take } = slow();
    queue.markShort();
    assertEquals(queue.short, true);
    const write = queue.write(new Uint8Array(1));
    assertEquals(queue.short, false);
    take(1);
    await write;
    queue.markShort();
    assertEquals(queue.short, true);
    await queue.closeWrite();
    assertEquals(queue.short, false);
  },
);

test(
  "WriteQueue lets the event loop turn after 64 writes that are taken at once",
  none,
  async () => {
    let turns = 0;
    const queue = new WriteQueue({
      remoteAddr: address,
      sendsByReference: false,
      send: (bytes) => bytes.byteLength,
      writeFailure: (reason) => reason as SocketError,
      shutdown: () => Promise.resolve(),
      writeWaiting() {},
      turn() {
        turns++;
        return Promise.resolve();
      },
    });
    for (let i = 0; i < 63; i++) await queue.write(new Uint8Array(1));
    assertEquals(turns, 0);
    await queue.write(new Uint8Array(1));
    assertEquals(turns, 1);
  },
);
