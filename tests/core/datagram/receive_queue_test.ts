import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ReceiveQueue } from "../../../src/core/datagram/receive_queue.ts";
import { socketError } from "../../../src/core/errno.ts";
import type { InboxLimits } from "../../../src/core/options/datagram.ts";
import { test } from "../../harness.ts";
import { chunk } from "../fake_backend.ts";
import { FakeDatagramBackend, LIMITS, LOCAL, PEER } from "./fake_backend.ts";

/** A queue over a backend that records its calls. */
function made(limits: Partial<InboxLimits> = {}) {
  const backend = new FakeDatagramBackend();
  const queue = new ReceiveQueue(backend, { ...LIMITS, ...limits });
  const receive = (into?: Uint8Array) => queue.receive(into, undefined);
  return { queue, backend, receive };
}

/** The errnos with which promises reject. */
function codes(...promises: Promise<unknown>[]): Promise<unknown[]> {
  return Promise.all(
    promises.map((one) => one.then(() => undefined, ({ code }) => code)),
  );
}

const refused = () => socketError("ECONNREFUSED", "receive", PEER);

Deno.test("ReceiveQueue.receive() gives stored datagrams in the order of arrival", async () => {
  const { queue, receive, backend } = made();
  for (const byte of [1, 2, 3]) queue.push(chunk(byte), PEER, true);
  assertEquals(await receive(), [chunk(1), PEER, false]);
  assertEquals(await receive(), [chunk(2), PEER, false]);
  queue.push(chunk(4), LOCAL, true);
  assertEquals(await receive(), [chunk(3), PEER, false]);
  assertEquals(await receive(), [chunk(4), LOCAL, false]);
  assertEquals(backend.waiting, []);
});

Deno.test("ReceiveQueue.push() serves pending receives in call order, each with a datagram", async () => {
  const { queue, receive, backend } = made();
  const calls = [receive(), receive(), receive()];
  for (const byte of [1, 2, 3]) queue.push(chunk(byte), PEER, true);
  const datas = (await Promise.all(calls)).map(([data]) => data);
  assertEquals(datas, [chunk(1), chunk(2), chunk(3)]);
  assertEquals(backend.waiting, [true, false]);
  assertEquals(queue.isAwaited, false);
});

Deno.test("ReceiveQueue.push() copies a datagram that it does not own", async () => {
  const { queue, receive } = made();
  const pending = receive();
  const lent = chunk(1);
  queue.push(lent, PEER, false);
  queue.push(lent, PEER, false);
  lent.fill(9);
  assertEquals([(await pending)[0], (await receive())[0]], [
    chunk(1),
    chunk(1),
  ]);
});

Deno.test("ReceiveQueue.push() drops and counts a datagram when maxQueuedDatagrams or maxQueuedBytes is reached", async () => {
  const few = made({ maxQueuedDatagrams: 2 });
  const small = made({ maxQueuedBytes: 3 });
  for (const { queue } of [few, small]) {
    for (const byte of [1, 2, 3]) queue.push(chunk(byte, 0), PEER, true);
  }
  assertEquals([few.queue.dropped, small.queue.dropped], [1, 2]);
  await few.receive();
  few.queue.push(chunk(4, 0), PEER, true);
  assertEquals(few.queue.dropped, 1);
  await small.receive();
  small.queue.push(chunk(4, 0), PEER, true);
  assertEquals(small.queue.dropped, 2);
});

Deno.test("ReceiveQueue.receive() cuts a datagram off at its buffer, and says that it is truncated", async () => {
  const { queue, receive } = made();
  const p = chunk(0, 0);
  queue.push(chunk(1, 2, 3), PEER, true);
  const [data, , truncated] = await receive(p);
  assert(data.buffer === p.buffer);
  assertEquals([data, truncated], [chunk(1, 2), true]);
  queue.push(chunk(4), PEER, true);
  assertEquals((await receive(p)).slice(0, 3), [chunk(4), PEER, false]);
  const pending = receive(p);
  queue.push(chunk(5, 6, 7), PEER, true);
  assertEquals([(await pending)[0], (await pending)[2]], [chunk(5, 6), true]);
});

Deno.test("ReceiveQueue.push() cuts a datagram off at maxDatagramBytes, and says that it is truncated", async () => {
  const { queue, receive } = made({ maxDatagramBytes: 2 });
  queue.push(chunk(1, 2, 3), PEER, true);
  queue.push(chunk(4, 5), PEER, true);
  const first = await receive();
  assertEquals(first, [chunk(1, 2), PEER, true]);
  assertEquals(first[0].buffer.byteLength, 2);
  assertEquals(await receive(), [chunk(4, 5), PEER, false]);
});

Deno.test("ReceiveQueue.receive() gives an empty datagram, which is no EOF", async () => {
  const { queue, receive } = made();
  queue.push(chunk(), PEER, true);
  assertEquals(await receive(), [chunk(), PEER, false]);
  const empty = receive(new Uint8Array(0));
  queue.push(chunk(1), PEER, true);
  assertEquals(await empty, [chunk(), PEER, true]);
});

Deno.test("ReceiveQueue.receive() rejects TypeError when its buffer is transferred meanwhile, and the next gets the datagram", async () => {
  const { queue, receive } = made();
  const p = chunk(0);
  const lost = receive(p);
  const next = receive();
  structuredClone(p, { transfer: [p.buffer] });
  queue.push(chunk(1), PEER, true);
  await assertRejects(() => lost, TypeError, "resized meanwhile");
  assertEquals((await next)[0], chunk(1));
  await assertRejects(() => receive(p), TypeError, "transferred away");
});

Deno.test("ReceiveQueue.receive() rejects TypeError when it is given neither a buffer nor options", async () => {
  const { queue } = made();
  for (const first of ["x", 5, null, new ArrayBuffer(1)]) {
    await assertRejects(
      () => queue.receive(first as never, undefined),
      TypeError,
      "give a Uint8Array, or none",
    );
  }
  await assertRejects(
    () => queue.receive({}, { timeoutMs: 1 }),
    TypeError,
    "Cannot receive into an object",
  );
});

Deno.test("ReceiveQueue.receive() leaves the datagram to the next when its signal aborts", async () => {
  const { queue, receive } = made();
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [
    queue.receive({ signal }, undefined),
    receive(),
    queue.receive(undefined, { signal }),
    queue.receive(new Uint8Array(1), { signal }),
    receive(),
  ];
  const reasons = Promise.all(
    [0, 2, 3].map((at) => calls[at].catch((reason) => reason)),
  );
  controller.abort("stop");
  assertEquals(await reasons, ["stop", "stop", "stop"]);
  queue.push(chunk(1), PEER, true);
  queue.push(chunk(2), PEER, true);
  assertEquals([(await calls[1])[0], (await calls[4])[0]], [
    chunk(1),
    chunk(2),
  ]);
});

test(
  "ReceiveQueue.receive() rejects ETIMEDOUT after timeoutMs",
  {},
  async () => {
    const { queue, backend } = made();
    const error = await assertRejects(
      () => queue.receive({ timeoutMs: 1 }, undefined),
      errors.TimedOut,
    );
    assertEquals([error.code, error.operation], ["ETIMEDOUT", "receive"]);
    assertEquals(backend.waiting, [true, false]);
  },
);

Deno.test("ReceiveQueue.fail() rejects one receive ECONNREFUSED: the oldest, or else the next", async () => {
  const { queue, receive } = made();
  const calls = [receive(), receive()];
  const failed = codes(calls[0]);
  queue.fail(refused());
  assertEquals([await failed, queue.failed], [["ECONNREFUSED"], false]);
  queue.push(chunk(1), PEER, true);
  assertEquals((await calls[1])[0], chunk(1));
  queue.fail(refused());
  assertEquals(queue.failed, true);
  queue.push(chunk(2), PEER, true);
  assertEquals(await codes(receive()), ["ECONNREFUSED"]);
  assertEquals((await receive())[0], chunk(2));
});

Deno.test("ReceiveQueue.close() rejects pending receives EINTR, later ones EBADF, and drops what is stored", async () => {
  const { queue, receive, backend } = made();
  const calls = codes(receive(), receive());
  queue.close();
  queue.push(chunk(1), PEER, true);
  queue.fail(refused());
  assertEquals(await calls, ["EINTR", "EINTR"]);
  assertEquals(await codes(receive()), ["EBADF"]);
  assertEquals([backend.waiting, queue.failed], [[true, false], false]);
});

Deno.test("for await over ReceiveQueue gives stored and later datagrams, and ends at close()", async () => {
  const { queue } = made();
  queue.push(chunk(1), PEER, true);
  const steps = queue.iterate();
  assertEquals(await steps.next(), {
    done: false,
    value: [chunk(1), PEER, false],
  });
  const next = steps.next();
  queue.push(chunk(2), PEER, true);
  assertEquals((await next).value[0], chunk(2));
  const last = steps.next();
  queue.close();
  assertEquals((await last).done, true);
  assertEquals((await queue.iterate().next()).done, true);
});

Deno.test("for await over ReceiveQueue rejects an error, and ends", async () => {
  for (const when of ["before", "meanwhile"]) {
    const { queue } = made();
    const steps = queue.iterate();
    if (when === "before") queue.fail(refused());
    const next = codes(steps.next());
    if (when === "meanwhile") queue.fail(refused());
    assertEquals(await next, ["ECONNREFUSED"]);
    assertEquals((await steps.next()).done, true);
  }
});

Deno.test("for await over ReceiveQueue ends at return(), and leaves the datagrams", async () => {
  const { queue, receive } = made();
  queue.push(chunk(1), PEER, true);
  const steps = queue.iterate();
  await steps.return!();
  assertEquals((await steps.next()).done, true);
  assertEquals((await receive())[0], chunk(1));
});
