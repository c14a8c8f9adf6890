// Opens and drops connections in waves, and tells what is left of them.
import { connect, listen } from "@anyport/sockets";
import { readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import "./early_signals.mjs";
import { collectGarbage } from "./garbage.mjs";

const ROUNDS = 4;
const WAVE = 100;
const MORE_THAN_ANYONE_READS = new Uint8Array(256 * 1024);

/** What becomes of a connection's two ends. */
const droppings = {
  "the client closes": async (client, server) => {
    client.close();
    await server.read(new Uint8Array(1));
    server.close();
  },
  "the server closes": async (client, server) => {
    server.close();
    await client.read(new Uint8Array(1));
    client.close();
  },
  "a read is aborted": async (client, server) => {
    const controller = new AbortController();
    const { signal } = controller;
    const reading = Promise.allSettled([
      client.read(new Uint8Array(1), { signal }),
      server.read(new Uint8Array(1), { signal, timeoutMs: 60_000 }),
    ]);
    controller.abort();
    await reading;
    client.close();
    server.close();
  },
  "one end resets": async (client, server) => {
    // Linux resets when what has come is closed unread.
    const writing = client.write(MORE_THAN_ANYONE_READS).catch(() => {});
    await server.read(new Uint8Array(1));
    server.close();
    await writing;
    await client.read(new Uint8Array(1)).catch(() => {});
    client.close();
  },
  "the streams are used up": async (client, server) => {
    await client.writable.close();
    await server.readable.pipeTo(server.writable);
    await client.readable.pipeTo(new WritableStream());
  },
};

const listener = await listen({ hostname: "127.0.0.1", port: 0 });

async function wave(drop) {
  await Promise.all(Array.from({ length: WAVE }, async () => {
    const [client, server] = await Promise.all([
      connect({ port: listener.addr.port }),
      listener.accept(),
    ]);
    await drop(client, server);
  }));
}

const countDescriptors = () => readdirSync("/proc/self/fd").length;

/** What is left, when there has been time to free it. */
async function rest(expected) {
  const deadline = Date.now() + 5000;
  while (countDescriptors() > expected && Date.now() < deadline) {
    await setTimeout(10);
  }
  await collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { descriptors: countDescriptors(), heap: heapUsed + arrayBuffers };
}

async function round() {
  for (const drop of Object.values(droppings)) await wave(drop);
}

// What the runtime keeps for good it has after the first round.
const first = countDescriptors();
await round();
const before = await rest(first);
for (let i = 0; i < ROUNDS; i++) await round();
const after = await rest(before.descriptors);
console.log("report", JSON.stringify({ before, after }));
