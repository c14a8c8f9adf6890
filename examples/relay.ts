/**
 * Passes every connection on to another address, both ways.
 *
 * Try it, with the echo server running (`deno task start`):
 *
 *     deno run --allow-net examples/relay.ts --port 8081 --to 127.0.0.1:8080
 *     nc 127.0.0.1 8081
 *
 * Ctrl-C stops it, also in the middle of connections.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type Conn, connect, copy, errors, listen } from "@anyport/sockets";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8081" },
    to: { type: "string", default: "127.0.0.1:8080" },
  },
});
const target = new URL(`tcp://${values.to}`);

const listener = await listen({
  hostname: "127.0.0.1",
  port: Number(values.port),
});
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    listener.close();
    stop.abort();
  });
}
console.log(`Relaying 127.0.0.1:${listener.addr.port} to ${target.host}`);

const clients = new Set<Conn>();
for await (const client of listener) {
  clients.add(client);
  relay(client).catch(report).finally(() => clients.delete(client));
}
for (const client of clients) client.close();
console.log("Stopped");

async function relay(client: Conn): Promise<void> {
  try {
    const server = await connect({
      hostname: target.hostname,
      port: Number(target.port),
      timeoutMs: 5000,
      signal: stop.signal,
    });
    try {
      await Promise.all([pass(client, server), pass(server, client)]);
    } finally {
      server.close();
    }
  } finally {
    client.close();
  }
}

/** One direction. The other goes on when this one has ended. */
async function pass(from: Conn, to: Conn): Promise<void> {
  await copy(from, to);
  await to.closeWrite();
}

function report(error: unknown): void {
  // Stopping closes what is open: nobody needs to be told.
  if (stop.signal.aborted) return;
  console.error(error instanceof errors.SocketError ? error.message : error);
}
