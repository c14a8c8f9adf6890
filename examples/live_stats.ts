/**
 * A server with limits, and a line that shows its statistics.
 *
 * It discards the bytes it receives. It limits each host to ten connections, and closes
 * connections that are idle for a minute or slow.
 *
 * Try it, and watch the first terminal:
 *
 *     deno run --allow-net examples/live_stats.ts
 *     head -c 100000000 /dev/zero | nc -q 1 127.0.0.1 8080
 *
 * `--port` selects another port. Ctrl-C stops it gracefully, a second one at once.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type Conn, serve, shutdownOnSignal } from "@anyport/sockets";

const { values } = parseArgs({
  options: { port: { type: "string", default: "8080" } },
});

const server = await serve({
  hostname: "127.0.0.1",
  port: Number(values.port),
  maxConnections: 1000,
  maxConnectionsPerHost: 10,
  idleTimeoutMs: 60_000,
  minRate: { bytesPerSecond: 100 },
}, discard);
const stopped = shutdownOnSignal(server);
console.log(`Discarding on 127.0.0.1:${server.addr.port}`);

const ticking = setInterval(show, 250);
await stopped;
clearInterval(ticking);
show();
console.log("\nStopped");

async function discard(
  conn: Conn,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  while (await conn.readChunk({ signal }) !== null);
}

function show(): void {
  const { active, accepted, rejected, closed, bytesRead } = server.stats();
  const lost = accepted - active - closed.done;
  process.stdout.write(
    `\r${active} open, ${accepted} accepted, ${rejected.tooMany} rejected, ` +
      `${lost} lost, ${(bytesRead / 1e6).toFixed(1)} MB  `,
  );
}
