import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Conn, NetAddr } from "../../../src/api/stream.ts";
import { socketError } from "../../../src/core/errno.ts";
import {
  AcceptQueue,
  Backoff,
  type ListenerBackend,
} from "../../../src/core/stream/listener.ts";
import { test } from "../../harness.ts";
import { ADDRESS, FakeBackend } from "../fake_backend.ts";

/** Records its calls; `null` for a connection that its peer has reset. */
class FakeListener implements ListenerBackend<NetAddr, FakeBackend | null> {
  readonly addr = ADDRESS;
  readonly log: string[] = [];
  readonly refused: unknown[] = [];

  open(raw: FakeBackend | null): FakeBackend | null {
    return raw;
  }
  refuse(raw: FakeBackend | null): void {
    this.refused.push(raw);
  }
  demand(): void {
    this.log.push("demand");
  }
  acceptWaiting(waiting: boolean): void {
    this.log.push(waiting ? "waiting" : "idle");
  }
  close(): void {
    this.log.push("close");
  }
  ref(): void {
    this.log.push("ref");
  }
  unref(): void {
    this.log.push("unref");
  }
}

/** A queue for so many connections, over a backend that records its calls. */
function made(backlog = 10) {
  const backend = new FakeListener();
  const queue = new AcceptQueue(backend, backlog);
  return { queue, backend };
}

/** A connection whose local address tells it from others. */
function raw(port: number): FakeBackend {
  const backend = new FakeBackend();
  return Object.assign(backend, { localAddr: { ...ADDRESS, port } });
}

function ports(conns: readonly Conn<NetAddr>[]): number[] {
  return conns.map(({ localAddr }) => localAddr.port);
}

/** The errnos with which promises reject. */
function codes(...promises: Promise<unknown>[]): Promise<unknown[]> {
  return Promise.all(
    promises.map((one) => one.then(() => undefined, ({ code }) => code)),
  );
}

Deno.test("AcceptQueue.accept() gives queued connections in the order of arrival", async () => {
  const { queue, backend } = made();
  queue.push(raw(1));
  queue.push(raw(2));
  const conns = [await queue.accept(), await queue.accept()];
  assertEquals(ports(conns), [1, 2]);
  assertEquals(backend.log, []);
});

Deno.test("AcceptQueue.push() serves pending accepts in call order", async () => {
  const { queue, backend } = made();
  const accepts = [queue.accept(), queue.accept(), queue.accept()];
  for (const port of [1, 2, 3]) queue.push(raw(port));
  assertEquals(ports(await Promise.all(accepts)), [1, 2, 3]);
  assertEquals(backend.log, ["waiting", "demand", "idle"]);
  assertEquals(queue.isAwaited, false);
});

Deno.test("AcceptQueue.push() refuses and counts a connection when the backlog is full", async () => {
  const { queue, backend } = made(1);
  const more = raw(2);
  queue.push(raw(1));
  queue.push(more);
  assertEquals([queue.dropped, backend.refused], [1, [more]]);
  assertEquals(ports([await queue.accept()]), [1]);
});

Deno.test("AcceptQueue.accept() passes over a connection that its peer has reset (open() returns null)", async () => {
  const { queue } = made();
  queue.push(null);
  queue.push(raw(1));
  assertEquals(ports([await queue.accept()]), [1]);
  const pending = queue.accept();
  queue.push(null);
  assertEquals(queue.isAwaited, true);
  queue.push(raw(2));
  assertEquals(ports([await pending]), [2]);
});

Deno.test("AcceptQueue.close() rejects pending and later accepts EBADF, and refuses queued connections", async () => {
  const waiting = made();
  const accepts = [waiting.queue.accept(), waiting.queue.accept()];
  waiting.queue.close();
  assertEquals(
    await codes(...accepts, waiting.queue.accept()),
    ["EBADF", "EBADF", "EBADF"],
  );
  const { queue, backend } = made();
  const [queued, late] = [raw(1), raw(2)];
  queue.push(queued);
  queue.close();
  queue.close();
  queue.push(late);
  assertEquals([backend.refused, queue.closed], [[queued, late], true]);
  assertEquals(backend.log, ["close"]);
});

Deno.test("AcceptQueue.accept() leaves the connection to the next accept when its signal aborts", async () => {
  const { queue } = made();
  const controller = new AbortController();
  const { signal } = controller;
  const accepts = [
    queue.accept(),
    queue.accept({ signal }),
    queue.accept(),
  ];
  controller.abort("stop");
  assertEquals(await accepts[1].catch((reason) => reason), "stop");
  queue.push(raw(1));
  queue.push(raw(2));
  assertEquals(ports([await accepts[0], await accepts[2]]), [1, 2]);
});

test("AcceptQueue.accept() rejects ETIMEDOUT after timeoutMs", {}, async () => {
  const { queue, backend } = made();
  const error = await assertRejects(
    () => queue.accept({ timeoutMs: 1 }),
    errors.TimedOut,
  );
  assertEquals([error.code, error.operation], ["ETIMEDOUT", "accept"]);
  assertEquals(backend.log, ["waiting", "demand", "idle"]);
});

Deno.test("AcceptQueue.fault() rejects ECONNABORTED, and the listener goes on", async () => {
  const { queue } = made();
  const accepts = [queue.accept(), queue.accept()];
  const failed = codes(accepts[0]);
  queue.fault(new Error("x"));
  queue.push(raw(1));
  assertEquals(await failed, ["ECONNABORTED"]);
  assertEquals(ports([await accepts[1]]), [1]);
});

Deno.test("AcceptQueue.acceptInstead() changes the kind of connection", async () => {
  const { queue } = made();
  const conn = { localAddr: ADDRESS } as Conn<NetAddr>;
  AcceptQueue.acceptInstead(queue, () => conn);
  queue.push(raw(1));
  assert(await queue.accept() === conn);
});

Deno.test("for await over AcceptQueue ends when close() is called while it waits, or return() before", async () => {
  const { queue } = made();
  const steps = queue[Symbol.asyncIterator]();
  const next = steps.next();
  queue.close();
  assertEquals((await next).done, true);
  const other = made().queue;
  other.push(raw(1));
  const returned = other[Symbol.asyncIterator]();
  await returned.return!();
  assertEquals((await returned.next()).done, true);
});

Deno.test("Backoff.next() doubles from 5 ms to 1 s, and begins again after reset()", () => {
  const backoff = new Backoff();
  assertEquals(
    Array.from({ length: 10 }, () => backoff.next()),
    [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000],
  );
  backoff.reset();
  assertEquals(backoff.next(), 5);
});

/** A backend at which accepting fails so many times, and then waits; `reached(n)` waits for `n` attempts. */
class FailingBackend implements ListenerBackend<NetAddr, FakeBackend> {
  readonly addr = ADDRESS;
  queue!: AcceptQueue<NetAddr, FakeBackend>;
  attempts = 0;

  readonly #code: string;
  readonly #failures: number;
  #attempted = Promise.withResolvers<void>();

  constructor(code: string, failures: number) {
    this.#code = code;
    this.#failures = failures;
  }

  async reached(attempts: number): Promise<void> {
    while (this.attempts < attempts) await this.#attempted.promise;
  }
  demand(): void {
    this.attempts++;
    this.#attempted.resolve();
    this.#attempted = Promise.withResolvers();
    if (this.attempts > this.#failures) return;
    const error = socketError(this.#code, "accept", ADDRESS);
    queueMicrotask(() => this.queue.fail(error));
  }
  open(raw: FakeBackend): FakeBackend {
    return raw;
  }
  refuse(): void {}
  acceptWaiting(): void {}
  close(): void {}
  ref(): void {}
  unref(): void {}
}

for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
  test(
    `for await over AcceptQueue backs off and goes on after ${code}`,
    {},
    async () => {
      const backend = new FailingBackend(code, 3);
      const queue = backend.queue = new AcceptQueue(backend, 1);
      const pauses: number[] = [];
      queue.pause = (ms) => {
        pauses.push(ms);
        return Promise.resolve();
      };
      const first = queue[Symbol.asyncIterator]().next();
      await backend.reached(4);
      assertEquals(pauses, [5, 10, 20]);
      queue.push(new FakeBackend());
      assert((await first).value.remoteAddr === ADDRESS);
      queue.close();
    },
  );
}

test(
  "AcceptQueue.accept() rejects EMFILE, which for await backs off from",
  {},
  async () => {
    const backend = new FailingBackend("EMFILE", 1);
    const queue = backend.queue = new AcceptQueue(backend, 1);
    const error = await assertRejects(() => queue.accept());
    assertEquals((error as { code?: string }).code, "EMFILE");
    queue.close();
  },
);

test(
  "for await over AcceptQueue rejects EINVAL, which is not transient, and ends",
  {},
  async () => {
    const backend = new FailingBackend("EINVAL", 1);
    const queue = backend.queue = new AcceptQueue(backend, 1);
    const steps = queue[Symbol.asyncIterator]();
    await assertRejects(() => steps.next());
    assertEquals((await steps.next()).done, true);
    queue.close();
  },
);

test(
  "AcceptQueue.close() ends a for await that is backing off after EMFILE",
  {},
  async () => {
    const backend = new FailingBackend("EMFILE", 1000);
    const queue = backend.queue = new AcceptQueue(backend, 1);
    const { pause } = queue;
    const paused = Promise.withResolvers<void>();
    queue.pause = (_ms) => {
      paused.resolve();
      return pause.call(queue, 60_000);
    };
    const next = queue[Symbol.asyncIterator]().next();
    await paused.promise;
    queue.close();
    assertEquals((await next).done, true);
  },
);
