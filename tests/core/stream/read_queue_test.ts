import { assert, assertEquals, assertRejects } from "@std/assert";
import * as errors from "../../../src/api/errors.ts";
import type { NetAddr } from "../../../src/api/stream.ts";
import { ReadQueue } from "../../../src/core/stream/read_queue.ts";
import { test } from "../../harness.ts";

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

/** A queue, and the calls of its adapter. */
function recorded() {
  const log: string[] = [];
  const queue = new ReadQueue({
    remoteAddr: address,
    demand: () => log.push("demand"),
    pause: () => log.push("pause"),
    readWaiting: (waiting) => log.push(waiting ? "waiting" : "idle"),
  });
  return { queue, log };
}

test("ReadQueue serves reads in the order of the calls", none, async () => {
  const { queue, log } = recorded();
  const p = new Uint8Array(2);
  const reads = [queue.readChunk(), queue.read(p), queue.readChunk()];
  queue.push(new Uint8Array([1]), true);
  queue.push(new Uint8Array([2, 3, 4]), true);
  assertEquals(await reads[0], new Uint8Array([1]));
  assertEquals([await reads[1], [...p]], [2, [2, 3]]);
  assertEquals(await reads[2], new Uint8Array([4]));
  assertEquals(log.filter((call) => call !== "demand"), ["waiting", "idle"]);
});

test(
  "ReadQueue.end() rejects after the bytes before a reset, each time",
  none,
  async () => {
    const { queue } = recorded();
    queue.push(new Uint8Array([7]), true);
    const reset = new errors.ConnectionReset("reset", {
      code: "ECONNRESET",
      operation: "read",
      address,
    });
    queue.end(reset);
    // The kernel reports a reset once, and then an end.
    queue.end(null);
    assertEquals(await queue.readChunk(), new Uint8Array([7]));
    await assertRejects(() => queue.readChunk(), errors.ConnectionReset);
    await assertRejects(() => queue.readChunk(), errors.ConnectionReset);
  },
);

test(
  "ReadQueue keeps the bytes of a read that is cancelled",
  none,
  async () => {
    const { queue } = recorded();
    const controller = new AbortController();
    const read = queue.readChunk({ signal: controller.signal });
    const next = queue.readChunk();
    controller.abort("stop");
    assertEquals(await read.catch((reason) => reason), "stop");
    queue.push(new Uint8Array([1, 2]), true);
    assertEquals(await next, new Uint8Array([1, 2]));
  },
);

test("ReadQueue.unlock() keeps the reason of a revoke", none, async () => {
  const { queue } = recorded();
  queue.lock("upgrading");
  await assertRejects(() => queue.readChunk(), errors.BadResource, "upgrading");
  queue.revoke("the handler has returned");
  queue.unlock("upgrading");
  await assertRejects(
    () => queue.readChunk(),
    errors.BadResource,
    "the handler has returned",
  );
});

test(
  "ReadQueue.close() interrupts pending reads, and refuses later ones",
  none,
  async () => {
    const { queue } = recorded();
    const pending = assertRejects(() => queue.readChunk(), errors.Interrupted);
    queue.close();
    await pending;
    await assertRejects(() => queue.readChunk(), errors.BadResource);
  },
);
