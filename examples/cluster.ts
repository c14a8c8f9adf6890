/**
 * One process for each core, all of them listening on one port (`reusePort`).
 *
 * Try it, and connect some times:
 *
 *     deno run --allow-all --unstable-net examples/cluster.ts
 *     nc 127.0.0.1 8080
 *
 * `--port` and `--workers` choose otherwise. Ctrl-C stops all of them.
 *
 * Linux gives a new connection to one of the listeners by a hash of its
 * addresses and ports, so the shares are even only among many connections, and
 * a listener that is busy, or stopped, gets its share all the same. When a
 * listener closes, what was in its queue is reset, and the shares are dealt
 * anew. Only processes of one user share a port. On macOS the last listener
 * gets everything; Windows has no such thing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  type Conn,
  errors,
  type NetAddr,
  serve,
  type Server,
  shutdownOnSignal,
} from "@anyport/sockets";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    workers: { type: "string", default: String(availableParallelism()) },
    worker: { type: "boolean", default: false },
  },
});

const server = await start();
const stopped = shutdownOnSignal(server);
console.log(`Process ${process.pid} serves 127.0.0.1:${server.addr.port}`);
const others = values.worker
  ? []
  : Array.from({ length: Number(values.workers) - 1 }, another);
await stopped;
console.log(`Process ${process.pid} has served ${server.stats().accepted}`);
await Promise.all(others.map(stop));

async function start(): Promise<Server<NetAddr>> {
  try {
    return await serve({
      hostname: "127.0.0.1",
      port: Number(values.port),
      reusePort: true,
      graceMs: 1000,
    }, tell);
  } catch (error) {
    // Among others: this runtime cannot share a port.
    console.error(error instanceof errors.SocketError ? error.message : error);
    process.exit(1);
  }
}

async function tell(conn: Conn): Promise<void> {
  await conn.write(new TextEncoder().encode(`This is ${process.pid}\n`));
}

function another(): ChildProcess {
  const flags = "Deno" in globalThis
    ? ["run", "--allow-all", "--unstable-net"]
    : [];
  const program = fileURLToPath(import.meta.url);
  const words = ["--worker", "--port", String(server.addr.port)];
  return spawn(process.execPath, [...flags, program, ...words], {
    stdio: "inherit",
  });
}

async function stop(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  // Ctrl-C reaches all of them by itself; a signal to this one does not.
  if (child.exitCode === null && child.kill("SIGTERM")) await exit;
}
