import { assert, assertEquals, assertRejects } from "@std/assert";
import type { NetAddr } from "../../../src/api/stream.ts";
import { socketError } from "../../../src/core/errno.ts";
import type { ConnBackend } from "../../../src/core/stream/backend.ts";
import {
  AcceptQueue,
  Backoff,
  type ListenerBackend,
} from "../../../src/core/stream/listener.ts";
import { test } from "../../harness.ts";

const none = { skip: undefined };
const address: NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };

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
  refuse(_link: ConnBackend<NetAddr>): void {}
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

test(
  "accept() rejects with EMFILE, where for await backs off",
  none,
  async () => {
    const backend = new FailingBackend("EMFILE", 1);
    const queue = backend.queue = new AcceptQueue(backend, 1);
    const error = await assertRejects(() => queue.accept());
    assertEquals((error as { code?: string }).code, "EMFILE");
    queue.close();
  },
);

test(
  "for await rejects with EINVAL, which is not transient",
  none,
  async () => {
    const backend = new FailingBackend("EINVAL", 1);
    const queue = backend.queue = new AcceptQueue(backend, 1);
    await assertRejects(() => queue[Symbol.asyncIterator]().next());
    queue.close();
  },
);

test("close() ends the backoff of a for await", none, async () => {
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

test("AcceptQueue resets and counts connections over the backlog", none, () => {
  const refused: unknown[] = [];
  class Recording extends FailingBackend {
    override refuse(link: ConnBackend<NetAddr>): void {
      refused.push(link);
    }
  }
  const backend = new Recording("EMFILE", 0);
  const queue = backend.queue = new AcceptQueue(backend, 2);
  const links = [1, 2, 3].map(() => ({}) as ConnBackend<NetAddr>);
  for (const link of links) queue.push(link);
  assertEquals([queue.dropped, refused.length], [1, 1]);
  assert(refused[0] === links[2]);
  queue.close();
  // Connections that were never accepted are reset.
  assertEquals(refused.length, 3);
  queue.push(links[0]);
  assertEquals(refused.length, 4);
  return Promise.resolve();
});

test(
  "Backoff doubles from 5 ms to 1 s, and starts again after reset()",
  none,
  () => {
    const backoff = new Backoff();
    const waits = Array.from({ length: 10 }, () => backoff.next());
    assertEquals(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    backoff.reset();
    assertEquals(backoff.next(), 5);
    return Promise.resolve();
  },
);
