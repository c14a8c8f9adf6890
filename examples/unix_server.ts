/**
 * A control socket: sends the status of the process to each client.
 *
 * Try it:
 *
 *     deno run --allow-net --allow-read --allow-write examples/unix_server.ts
 *     nc -U /tmp/anyport.sock </dev/null
 *
 * `--path` selects another file. Ctrl-C stops it.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type Conn, serve, shutdownOnSignal } from "@anyport/sockets";

const { values } = parseArgs({
  options: { path: { type: "string", default: "/tmp/anyport.sock" } },
});

// A process that was killed leaves its file behind; `reclaim` replaces it.
const server = await serve(
  { path: values.path, reclaim: true, graceMs: 1000 },
  tell,
);
const stopped = shutdownOnSignal(server);
console.log(`Telling the status on ${server.addr.path}`);
await stopped;
console.log("Stopped");

async function tell(conn: Conn): Promise<void> {
  const status = {
    pid: process.pid,
    upSeconds: Math.round(process.uptime()),
    heapBytes: process.memoryUsage().heapUsed,
  };
  await conn.write(new TextEncoder().encode(JSON.stringify(status) + "\n"));
}
