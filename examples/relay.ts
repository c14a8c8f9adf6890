/**
 * Relays every connection to another address, in both directions.
 *
 * Try it, with the echo server running (`deno task start`):
 *
 *     deno run --allow-net examples/relay.ts --port 8081 --to 127.0.0.1:8080
 *     nc 127.0.0.1 8081
 *
 * Ctrl-C stops it, also while connections are open.
 */
import { parseArgs } from "node:util";
import {
  type Conn,
  connect,
  copy,
  errors,
  serve,
  shutdownOnSignal,
} from "@anyport/sockets";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8081" },
    to: { type: "string", default: "127.0.0.1:8080" },
  },
});
const target = new URL(`tcp://${values.to}`);

const server = await serve({
  hostname: "127.0.0.1",
  port: Number(values.port),
  graceMs: 1000,
  onError(error) {
    console.error(error instanceof errors.SocketError ? error.message : error);
  },
}, relay);
const stopped = shutdownOnSignal(server);
console.log(`Relaying 127.0.0.1:${server.addr.port} to ${target.host}`);
await stopped;
console.log("Stopped");

async function relay(
  client: Conn,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const host = await connect({
    hostname: target.hostname,
    port: Number(target.port),
    timeoutMs: 5000,
    signal,
  });
  try {
    await Promise.all([
      pass(client, host, signal),
      pass(host, client, signal),
    ]);
  } finally {
    host.close();
  }
}

/** Copies one direction; the other direction stays open. */
async function pass(
  from: Conn,
  to: Conn,
  signal: AbortSignal,
): Promise<void> {
  await copy(from, to, { signal });
  await to.closeWrite();
}
