import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BadResource,
  ConnectionRefused,
  Interrupted,
} from "../../../src/api/errors.ts";
import type { NetAddr } from "../../../src/api/stream.ts";
import { ReceiveQueue } from "../../../src/core/datagram/receive_queue.ts";
import { socketError } from "../../../src/core/errno.ts";

const from: NetAddr = { transport: "udp", hostname: "127.0.0.1", port: 1 };

function queueOf(limits = {}) {
  const log: boolean[] = [];
  const queue = new ReceiveQueue({
    errorAddr: from,
    receiveWaiting: (waiting) => log.push(waiting),
  }, {
    maxQueuedBytes: 1000,
    maxQueuedDatagrams: 3,
    maxDatagramBytes: 100,
    ...limits,
  });
  const push = (...bytes: number[]) =>
    queue.push(new Uint8Array(bytes), from, true);
  return { queue, push, log };
}

Deno.test("ReceiveQueue serves receives in call order, and stores what comes before", async () => {
  const { queue, push, log } = queueOf();
  const receives = [
    queue.receive(undefined, undefined),
    queue.receive(undefined, undefined),
  ];
  push(1);
  push(2);
  push(3);
  const [[first], [second]] = await Promise.all(receives);
  assertEquals([[...first], [...second]], [[1], [2]]);
  assertEquals([...(await queue.receive(undefined, undefined))[0]], [3]);
  assertEquals(log, [true, false]);
});

Deno.test("ReceiveQueue drops and counts datagrams over its limits", () => {
  const { queue, push } = queueOf();
  for (let i = 0; i < 5; i++) push(i);
  assertEquals(queue.dropped, 2);
  const small = queueOf({ maxQueuedBytes: 3 });
  small.push(1, 2);
  small.push(3, 4);
  assertEquals(small.queue.dropped, 1);
});

Deno.test("ReceiveQueue truncates a datagram over maxDatagramBytes, or the buffer", async () => {
  const { queue, push } = queueOf({ maxDatagramBytes: 2 });
  push(1, 2, 3);
  const [data, , truncated] = await queue.receive(undefined, undefined);
  assertEquals([[...data], truncated], [[1, 2], true]);
  const other = queueOf();
  other.push(1, 2, 3);
  const p = new Uint8Array(2);
  const [into, , cut] = await other.queue.receive(p, undefined);
  assertEquals([[...into], cut], [[1, 2], true]);
  assert(into.buffer === p.buffer);
});

Deno.test("ReceiveQueue copies bytes that the adapter reuses", async () => {
  const { queue } = queueOf();
  const shared = new Uint8Array([1]);
  queue.push(shared, from, false);
  shared[0] = 9;
  assertEquals([...(await queue.receive(undefined, undefined))[0]], [1]);
});

Deno.test("ReceiveQueue.fail() reports ECONNREFUSED once, to the oldest receive", async () => {
  const { queue, push } = queueOf();
  const refused = () => socketError("ECONNREFUSED", "receive", from);
  const first = assertRejects(
    () => queue.receive(undefined, undefined),
    ConnectionRefused,
  );
  const second = queue.receive(undefined, undefined);
  queue.fail(refused());
  await first;
  push(5);
  assertEquals([...(await second)[0]], [5]);
  queue.fail(refused());
  assert(queue.failed);
  await assertRejects(
    () => queue.receive(undefined, undefined),
    ConnectionRefused,
  );
  assert(!queue.failed);
});

Deno.test("ReceiveQueue.close() interrupts receives, and ends for await", async () => {
  const { queue } = queueOf();
  const pending = assertRejects(
    () => queue.receive(undefined, undefined),
    Interrupted,
  );
  const step = queue.iterate().next();
  queue.close();
  await pending;
  assertEquals((await step).done, true);
  await assertRejects(() => queue.receive(undefined, undefined), BadResource);
});

Deno.test("ReceiveQueue leaves the datagram of a cancelled receive for the next", async () => {
  const { queue, push } = queueOf();
  const controller = new AbortController();
  const cancelled = queue.receive({ signal: controller.signal }, undefined);
  const next = queue.receive(undefined, undefined);
  controller.abort("stop");
  assertEquals(await cancelled.catch((reason) => reason), "stop");
  push(1);
  assertEquals([...(await next)[0]], [1]);
});
