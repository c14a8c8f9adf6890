import { assert, assertEquals, assertRejects } from "@std/assert";
import { WriteQueue } from "../../../src/core/stream/write_queue.ts";
import type { SocketError } from "../../../src/api/errors.ts";
import { socketError } from "../../../src/core/errno.ts";
import { test } from "../../harness.ts";
import { ADDRESS, chunk, FakeBackend } from "../fake_backend.ts";

const none = { skip: undefined };

/** A queue over a backend that takes everything at once, and the bytes of each send. */
function recording(sendsByReference = true) {
  const sent: Uint8Array[] = [];
  const queue = new WriteQueue({
    remoteAddr: ADDRESS,
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

test(
  "WriteQueue.write() sends many small pieces by one send()",
  none,
  async () => {
    const { queue, sent } = recording();
    const pieces = Array.from({ length: 100 }, (_, i) => new Uint8Array([i]));
    assertEquals(await queue.write(pieces), 100);
    assertEquals(sent.length, 1);
    assertEquals([...sent[0]], pieces.map((piece) => piece[0]));
  },
);

test(
  "WriteQueue.write() passes a single buffer to send() without a copy",
  none,
  async () => {
    const { queue, sent } = recording();
    const p = new Uint8Array(1000);
    await queue.write(p);
    assert(sent[0] === p);
  },
);

test(
  "WriteQueue.write() sends copies when it may be cancelled and send() reads by reference",
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
    `WriteQueue.write() resolves in call order after ${partly} short writes`,
    none,
    async () => {
      // As on Bun: a write that is taken in part is told of later, one that is
      // taken whole at once.
      let parts = partly;
      const queue = new WriteQueue({
        remoteAddr: ADDRESS,
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
  "WriteQueue.write() rejects TypeError when its buffer is transferred meanwhile, and the next is sent",
  none,
  async () => {
    let taken: ((sent: number) => void) | undefined;
    const sent: number[] = [];
    const queue = new WriteQueue({
      remoteAddr: ADDRESS,
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

/** A queue over a backend that records its calls. */
function made(take?: FakeBackend["take"]) {
  const backend = new FakeBackend();
  if (take !== undefined) backend.take = take;
  return { queue: new WriteQueue(backend), backend };
}

/** A queue over a backend whose sends a test settles; `count(n)` waits for `n` of them. */
function slow() {
  const sends: PromiseWithResolvers<number>[] = [];
  let next = Promise.withResolvers<void>();
  const { queue, backend } = made(() => {
    const send = Promise.withResolvers<number>();
    sends.push(send);
    next.resolve();
    next = Promise.withResolvers();
    return send.promise;
  });
  const count = async (n: number) => {
    while (sends.length < n) await next.promise;
  };
  return { queue, backend, sends, count };
}

/** The errnos with which promises reject. */
function codes(...promises: Promise<unknown>[]): Promise<unknown[]> {
  return Promise.all(
    promises.map((one) => one.then(() => undefined, ({ code }) => code)),
  );
}

const reset = () => socketError("ECONNRESET", "write", ADDRESS);

Deno.test("WriteQueue.write() sends the rest after a short write, and resolves with the whole", async () => {
  const { queue, backend } = made(() => 2);
  assertEquals(await queue.write(chunk(1, 2, 3, 4)), 4);
  assertEquals(backend.sent, [chunk(1, 2, 3, 4), chunk(3, 4)]);
  assertEquals(queue.bytesWritten, 4);
});

Deno.test("WriteQueue.write() sends the rest after a short write that is reported later", async () => {
  const { queue, backend, sends, count } = slow();
  const writing = queue.write(chunk(1, 2, 3, 4));
  const next = queue.write(chunk(5));
  sends[0].resolve(1);
  await count(2);
  assertEquals(backend.sent, [chunk(1, 2, 3, 4), chunk(2, 3, 4)]);
  assertEquals(queue.waits, true);
  sends[1].resolve(3);
  assertEquals(await writing, 4);
  await count(3);
  sends[2].resolve(1);
  assertEquals(await next, 1);
  assertEquals([queue.bytesWritten, queue.waits], [5, false]);
});

Deno.test("WriteQueue.write() passes one buffer at a time to the backend, and joins those behind it", async () => {
  const { queue, backend, sends, count } = slow();
  const writes = [chunk(1), chunk(2), chunk(3)].map((p) => queue.write(p));
  assertEquals(backend.sent, [chunk(1)]);
  sends[0].resolve(1);
  assertEquals(await writes[0], 1);
  await count(2);
  assertEquals(backend.sent, [chunk(1), chunk(2, 3)]);
  sends[1].resolve(2);
  assertEquals(await Promise.all(writes), [1, 1, 1]);
});

Deno.test("WriteQueue.write() rejects TypeError when its buffer was transferred before", async () => {
  const { queue, backend } = made();
  const p = chunk(1);
  structuredClone(p, { transfer: [p.buffer] });
  await assertRejects(() => queue.write(p), TypeError, "transferred away");
  assertEquals(backend.log, []);
});

Deno.test("WriteQueue.write() resolves 0 for no bytes, also after an error", async () => {
  const { queue, backend } = made();
  assertEquals(await queue.write(new Uint8Array(0)), 0);
  assertEquals(await queue.write([]), 0);
  queue.fail(reset());
  assertEquals(await queue.write([]), 0);
  assertEquals(backend.log, []);
});

Deno.test("WriteQueue.write() waits for a turn of the event loop after 64 writes in a row", async () => {
  const { queue, backend } = made();
  const turn = Promise.withResolvers<void>();
  let turns = 0;
  backend.turn = () => {
    turns++;
    return turn.promise;
  };
  for (let i = 0; i < 64; i++) await queue.write(chunk(i));
  assertEquals(turns, 1);
  const next = queue.write(chunk(1));
  assertEquals([backend.sent.length, queue.waits], [64, true]);
  turn.resolve();
  assertEquals(await next, 1);
});

Deno.test("WriteQueue.write() that is cancelled is still sent whole, from a copy", async () => {
  const { queue, backend, sends, count } = slow();
  const first = queue.write(chunk(1));
  const controller = new AbortController();
  const p = chunk(2, 3);
  const cancelled = queue.write(p, { signal: controller.signal });
  controller.abort("stop");
  assertEquals(await cancelled.catch((reason) => reason), "stop");
  p.fill(9);
  sends[0].resolve(1);
  await first;
  await count(2);
  assertEquals(backend.sent[1], chunk(2, 3));
  sends[1].resolve(2);
  await sends[1].promise;
  await null;
  assertEquals([queue.waits, queue.short], [false, false]);
});

Deno.test("WriteQueue.closeWrite() sends FIN once, after the pending writes", async () => {
  const { queue, backend, sends, count } = slow();
  const writes = [queue.write(chunk(1)), queue.write(chunk(2))];
  const closing = queue.closeWrite();
  assertEquals([backend.log, queue.ending], [["send 1"], true]);
  sends[0].resolve(1);
  await count(2);
  sends[1].resolve(1);
  await Promise.all([...writes, closing, queue.closeWrite()]);
  assertEquals(backend.log, ["send 1", "send 1", "shutdown"]);
});

Deno.test("WriteQueue.write() rejects EPIPE when closeWrite() was called before", async () => {
  const { queue, backend } = made();
  await queue.closeWrite();
  assertEquals(await codes(queue.write(chunk(1))), ["EPIPE"]);
  assertEquals(await queue.write([]), 0);
  assertEquals(backend.log, ["shutdown"]);
});

Deno.test("WriteQueue.closeWrite() rejects EPIPE, and sends no FIN, when a write before it is lost", async () => {
  const { queue, backend, sends } = slow();
  const first = queue.write(chunk(1));
  const lost = chunk(2);
  const losing = assertRejects(() => queue.write(lost), TypeError);
  const closing = codes(queue.closeWrite());
  structuredClone(lost, { transfer: [lost.buffer] });
  sends[0].resolve(1);
  await first;
  await losing;
  assertEquals(await closing, ["EPIPE"]);
  assertEquals([backend.log, queue.short], [["send 1"], true]);
  assertEquals(queue.close(), true);
});

Deno.test("WriteQueue.fail() rejects pending and later writes, and closeWrite(), with the code", async () => {
  const { queue, sends } = slow();
  const writes = [queue.write(chunk(1)), queue.write(chunk(2))];
  const closing = queue.closeWrite();
  const ends = codes(...writes, closing);
  queue.fail(reset());
  sends[0].resolve(0);
  assertEquals(await ends, ["ECONNRESET", "ECONNRESET", "ECONNRESET"]);
  const { operation } = await closing.catch((error) => error);
  assertEquals(operation, "closeWrite");
  assertEquals(await codes(queue.write(chunk(1))), ["ECONNRESET"]);
  assertEquals(queue.over, true);
});

Deno.test("WriteQueue.write() rejects the error of the backend when send() rejects", async () => {
  const { queue, sends } = slow();
  const writes = [queue.write(chunk(1)), queue.write(chunk(2))];
  const ends = codes(...writes);
  sends[0].reject(reset());
  assertEquals(await ends, ["ECONNRESET", "ECONNRESET"]);
  const { operation } = await queue.closeWrite().catch((error) => error);
  assertEquals(operation, "closeWrite");
});

Deno.test("WriteQueue.close() rejects pending calls EINTR, later ones EBADF, and returns that data is truncated", async () => {
  const { queue, sends } = slow();
  const pending = [
    queue.write(chunk(1)),
    queue.write(chunk(2)),
    queue.closeWrite(),
  ];
  const ends = codes(...pending);
  assertEquals(queue.close(), true);
  assertEquals(queue.close(), false);
  sends[0].resolve(1);
  assertEquals(await ends, ["EINTR", "EINTR", "EINTR"]);
  assertEquals(
    await codes(queue.write(chunk(1)), queue.closeWrite()),
    ["EBADF", "EBADF"],
  );
});

Deno.test("WriteQueue.close() returns false when all was sent", async () => {
  const { queue } = made();
  await queue.write(chunk(1));
  assertEquals(queue.close(), false);
});

Deno.test("WriteQueue.markShort() makes close() return true, unless a write or a closeWrite() follows", async () => {
  const { queue } = made();
  await queue.write(chunk(1));
  queue.markShort();
  assertEquals(queue.short, true);
  await queue.write(chunk(1));
  assertEquals(queue.short, false);
  queue.markShort();
  queue.markShort(false);
  assertEquals(queue.short, false);
  queue.markShort();
  const other = made().queue;
  other.markShort();
  await other.closeWrite();
  assertEquals([queue.close(), other.close()], [true, false]);
});

Deno.test("WriteQueue.revoke() refuses writes, and sends FIN after the queued ones", async () => {
  const { queue, backend, sends } = slow();
  const writing = queue.write(chunk(1));
  const revoked = queue.revoke("it is over");
  assertEquals(
    await codes(queue.write(chunk(2)), queue.closeWrite()),
    ["EBADF", "EBADF"],
  );
  sends[0].resolve(1);
  await Promise.all([writing, revoked]);
  assertEquals(backend.log, ["send 1", "shutdown"]);
});

Deno.test("WriteQueue.unlock() ends lock(), but no revoke() that came meanwhile", async () => {
  const { queue } = made();
  queue.lock("a");
  assertEquals(await codes(queue.write(chunk(1))), ["EBADF"]);
  queue.unlock("a");
  assertEquals(await queue.write(chunk(1)), 1);
  queue.lock("a");
  await queue.revoke("b");
  queue.unlock("a");
  assertEquals(await codes(queue.write(chunk(1))), ["EBADF"]);
});

Deno.test("WriteQueue.detach() refuses writes with the reason", async () => {
  const { queue } = made();
  queue.detach("it was handed over");
  await assertRejects(
    () => queue.write(chunk(1)),
    Error,
    "it was handed over (EBADF)",
  );
});
