// Opens and drops datagram sockets in waves, and tells what is left of them.
import { connectDatagram, listenDatagram } from "@anyport/sockets";
import { readdirSync } from "node:fs";
import "./early_signals.mjs";
import { collectGarbage } from "./garbage.mjs";

const ROUNDS = 4;
const WAVE = 125;

/** What becomes of a socket, and of one that is connected to it. */
const droppings = {
  "closed at once": () => {},
  "closed while it waits": async (socket, client) => {
    const waiting = Promise.allSettled([socket.receive(), client.receive()]);
    socket.close();
    client.close();
    await waiting;
  },
  "closed with datagrams unread": async (socket, client) => {
    await client.send(new Uint8Array(60_000));
    await client.send(new Uint8Array(1));
    await socket.receive();
  },
  "closed after a refusal": async (socket, client) => {
    socket.close();
    await client.send(new Uint8Array(1));
    await client.receive({ timeoutMs: 1 }).catch(() => {});
  },
};

async function wave(drop) {
  await Promise.all(Array.from({ length: WAVE }, async () => {
    const socket = await listenDatagram({ hostname: "127.0.0.1", port: 0 });
    const client = await connectDatagram({ port: socket.addr.port });
    await drop(socket, client);
    socket.close();
    client.close();
  }));
}

async function round() {
  for (const drop of Object.values(droppings)) await wave(drop);
  await collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    heap: heapUsed + arrayBuffers,
  };
}

await round();
const before = await round();
let after;
for (let i = 0; i < ROUNDS; i++) after = await round();
console.log("report", JSON.stringify({ before, after }));
process.exit(0);
