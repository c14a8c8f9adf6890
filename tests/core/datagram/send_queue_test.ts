import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { NetAddr } from "../../../src/api/stream.ts";
import { ReceiveQueue } from "../../../src/core/datagram/receive_queue.ts";
import { SendQueue } from "../../../src/core/datagram/send_queue.ts";
import { socketError } from "../../../src/core/errno.ts";
import { test } from "../../harness.ts";
import { chunk } from "../fake_backend.ts";
import { FakeDatagramBackend, LIMITS, LOCAL, PEER } from "./fake_backend.ts";

/** A queue over a backend that records its calls. */
function made(remoteAddr?: NetAddr) {
  const backend = new FakeDatagramBackend();
  backend.remoteAddr = remoteAddr;
  const receives = new ReceiveQueue(backend, LIMITS);
  return { queue: new SendQueue(backend, receives), receives, backend };
}

const TO = { hostname: "127.0.0.1", port: 2 };

/** The errno with which a promise rejects. */
function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => undefined, ({ code }) => code);
}

Deno.test("SendQueue.send() sends the buffer itself, and resolves a target once while it is repeated", async () => {
  const { queue, backend } = made();
  const p = chunk(1);
  assertEquals(await queue.send(p, TO), 1);
  assert(backend.sent[0] === p);
  assertEquals(await queue.send(p, { ...TO }), 1);
  await queue.send(p, { ...TO, port: 3 });
  assertEquals(backend.log, [
    "resolve 127.0.0.1",
    "send 1 to 2",
    "send 1 to 2",
    "resolve 127.0.0.1",
    "send 1 to 3",
  ]);
});

Deno.test("SendQueue.send() sends an empty datagram", async () => {
  const { queue, backend } = made();
  assertEquals(await queue.send(chunk(), TO), 0);
  assertEquals(backend.log.at(-1), "send 0 to 2");
});

Deno.test("SendQueue.send() sends a copy when the target is a name to resolve", async () => {
  const { queue, backend } = made();
  const found = Promise.withResolvers<NetAddr>();
  backend.find = () => found.promise;
  const p = chunk(1);
  const sending = queue.send(p, { hostname: "a.test", port: 2 });
  p.fill(9);
  found.resolve(PEER);
  assertEquals(await sending, 1);
  assertEquals(backend.sent, [chunk(1)]);
});

Deno.test("SendQueue.send() rejects EDESTADDRREQ without a target, EISCONN with one on a connected socket", async () => {
  assertEquals(await codeOf(made().queue.send(chunk(1))), "EDESTADDRREQ");
  const { queue, backend } = made(PEER);
  assertEquals(await codeOf(queue.send(chunk(1), TO)), "EISCONN");
  assertEquals(await queue.send(chunk(1)), 1);
  assertEquals(backend.log, ["send 1 to undefined"]);
});

Deno.test("SendQueue.send() rejects TypeError when it is given no bytes, a lost buffer, or no target", async () => {
  const { queue, backend } = made();
  const lost = chunk(1);
  structuredClone(lost, { transfer: [lost.buffer] });
  const cases: [unknown, unknown, string][] = [
    ["x", TO, "Cannot send a string: give a Uint8Array"],
    [lost, TO, "transferred away"],
    [chunk(1), "a.test", 'to "a.test": give { hostname, port }'],
    [chunk(1), null, "to null: give { hostname, port }"],
  ];
  for (const [p, to, message] of cases) {
    await assertRejects(
      () => queue.send(p as Uint8Array, to as typeof TO),
      TypeError,
      message,
    );
  }
  assertEquals(backend.log, []);
});

Deno.test("SendQueue.send() reports ECONNREFUSED of an earlier datagram, as an error of send", async () => {
  const { queue, receives } = made(PEER);
  receives.fail(socketError("ECONNREFUSED", "receive", PEER));
  const error = await assertRejects(
    () => queue.send(chunk(1)),
    errors.ConnectionRefused,
  );
  assertEquals(error.operation, "send");
  assertEquals(await queue.send(chunk(1)), 1);
});

Deno.test("SendQueue.send() waits for a turn of the event loop after 64 sends in a row", async () => {
  const { queue, backend } = made(PEER);
  for (let i = 0; i < 63; i++) await queue.send(chunk(1));
  assertEquals(backend.log.includes("turn"), false);
  const turn = Promise.withResolvers<void>();
  backend.turns = () => turn.promise;
  let isSent = false;
  const last = queue.send(chunk(1)).then(() => isSent = true);
  for (let i = 0; i < 10; i++) await null;
  assertEquals([backend.log.at(-1), isSent], ["turn", false]);
  turn.resolve();
  await last;
});

Deno.test("SendQueue.send() rejects the reason when its signal aborts, and sends a copy", async () => {
  const { queue, backend } = made();
  const taken = Promise.withResolvers<number>();
  backend.take = () => taken.promise;
  const controller = new AbortController();
  const { signal } = controller;
  const p = chunk(1);
  const sending = queue.send(p, TO, { signal });
  controller.abort("stop");
  assertEquals(await sending.catch((reason) => reason), "stop");
  assert(backend.sent[0] !== p);
  taken.reject(new Error("late"));
});

test(
  "SendQueue.send() rejects ETIMEDOUT after timeoutMs, on a connected socket too",
  {},
  async () => {
    for (const peer of [undefined, PEER]) {
      const { queue, backend } = made(peer);
      const taken = Promise.withResolvers<number>();
      backend.take = () => taken.promise;
      const sending = peer === undefined
        ? queue.send(chunk(1), TO, { timeoutMs: 1 })
        : queue.send(chunk(1), { timeoutMs: 1 });
      const error = await assertRejects(() => sending, errors.TimedOut);
      assertEquals([error.code, error.operation], ["ETIMEDOUT", "send"]);
      taken.resolve(1);
    }
  },
);

Deno.test("SendQueue.close() rejects pending sends EINTR, and nothing is sent later", async () => {
  const { queue, receives, backend } = made();
  const found = Promise.withResolvers<NetAddr>();
  backend.find = () => found.promise;
  const sending = codeOf(queue.send(chunk(1), { hostname: "a.test", port: 2 }));
  receives.close();
  queue.close();
  found.resolve(LOCAL);
  assertEquals(await sending, "EINTR");
  assertEquals(await codeOf(queue.send(chunk(1), TO)), "EBADF");
  assertEquals(backend.sent, []);
});

Deno.test("SendQueue.close() rejects EINTR while the kernel has not taken a cancellable send, and later ones EBADF", async () => {
  const { queue, receives, backend } = made();
  await queue.send(chunk(1), TO);
  const taken = Promise.withResolvers<number>();
  backend.take = () => taken.promise;
  const { signal } = new AbortController();
  const sending = codeOf(queue.send(chunk(1), TO, { signal }));
  receives.close();
  queue.close();
  assertEquals(await sending, "EINTR");
  taken.resolve(1);
  backend.take = () => Promise.resolve(1);
  assertEquals(await codeOf(queue.send(chunk(1), TO)), "EBADF");
});

Deno.test("SendQueue.send() rejects the error of the name when it does not resolve", async () => {
  const { queue, backend } = made();
  backend.find = () => Promise.reject(socketError("ENOTFOUND", "send", PEER));
  const sending = queue.send(chunk(1), { hostname: "a.test", port: 2 });
  assertEquals(await codeOf(sending), "ENOTFOUND");
});
