import { assertEquals, assertRejects } from "@std/assert";
import {
  BadResource,
  ConnectionRefused,
  Interrupted,
  SocketError,
} from "../../../src/api/errors.ts";
import type { NetAddr } from "../../../src/api/stream.ts";
import { ReceiveQueue } from "../../../src/core/datagram/receive_queue.ts";
import { SendQueue } from "../../../src/core/datagram/send_queue.ts";
import { socketError } from "../../../src/core/errno.ts";
import { fakeBackend, LIMITS, peer } from "./fake_backend.ts";

function queueOf(remoteAddr?: NetAddr) {
  const { backend, log } = fakeBackend({ remoteAddr });
  const receives = new ReceiveQueue(backend, LIMITS);
  return { queue: new SendQueue(backend, receives), receives, backend, log };
}

Deno.test("SendQueue sends to the target, and needs one", async () => {
  const { queue, log } = queueOf();
  const target = { hostname: "127.0.0.1", port: 7 };
  assertEquals(await queue.send(new Uint8Array(3), target), 3);
  assertEquals(await queue.send(new Uint8Array(0), target), 0);
  assertEquals(log, ["send 3 to 7", "send 0 to 7"]);
  const error = await assertRejects(
    () => queue.send(new Uint8Array(1)),
    SocketError,
  );
  assertEquals(error.code, "EDESTADDRREQ");
});

Deno.test("SendQueue of a connected socket refuses a target with EISCONN", async () => {
  const { queue } = queueOf(peer);
  const error = await assertRejects(
    () => queue.send(new Uint8Array(1), { hostname: "127.0.0.1", port: 7 }),
    SocketError,
  );
  assertEquals(error.code, "EISCONN");
});

Deno.test("SendQueue reports a pending ECONNREFUSED of a connected socket", async () => {
  const { queue, receives } = queueOf(peer);
  receives.fail(socketError("ECONNREFUSED", "receive", peer));
  const error = await assertRejects(
    () => queue.send(new Uint8Array(1)),
    ConnectionRefused,
  );
  assertEquals(error.operation, "send");
  assertEquals(await queue.send(new Uint8Array(1)), 1);
});

Deno.test("SendQueue lets the event loop turn after 64 sends", async () => {
  const { queue, log } = queueOf(peer);
  for (let i = 0; i < 64; i++) await queue.send(new Uint8Array(1));
  assertEquals(log.filter((call) => call === "turn").length, 1);
});

Deno.test("SendQueue copies a send that can be cancelled", async () => {
  const { queue, backend } = queueOf(peer);
  let sent: Uint8Array | undefined;
  backend.send = (bytes) => {
    sent = bytes;
    return new Promise(() => {});
  };
  const p = new Uint8Array([1]);
  const controller = new AbortController();
  const sending = queue.send(p, { signal: controller.signal });
  await Promise.resolve();
  controller.abort("stop");
  assertEquals(await sending.catch((reason) => reason), "stop");
  p[0] = 9;
  assertEquals([...sent!], [1]);
});

Deno.test("SendQueue.close() interrupts sends, and later ones reject EBADF", async () => {
  const { queue, receives, backend } = queueOf();
  backend.resolve = () => new Promise(() => {});
  const pending = assertRejects(
    () => queue.send(new Uint8Array(1), { hostname: "a.test", port: 1 }),
    Interrupted,
  );
  receives.close();
  queue.close();
  await pending;
  await assertRejects(
    () => queue.send(new Uint8Array(1), { hostname: "127.0.0.1", port: 1 }),
    BadResource,
  );
});
