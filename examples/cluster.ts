/**
 * One server process per core, all listening on one port (`reusePort`).
 *
 * Try it, and connect several times:
 *
 *     deno run --allow-all --unstable-net examples/cluster.ts
 *     nc 127.0.0.1 8080
 *
 * `--port` and `--workers` change the defaults. Ctrl-C stops all processes.
 *
 * Linux assigns a new connection to a listener by a hash of its addresses and ports.
 * The distribution is even only for many connections, and a busy or stopped listener
 * gets its share too. When a listener closes, its backlog is reset and the
 * distribution changes. Only processes of one user can share a port. On macOS the
 * last listener gets all connections; Windows has no equivalent.
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
    // For example: the runtime cannot share a port.
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
  // Ctrl-C signals the whole process group; a signal to this process does not.
  if (child.exitCode === null && child.kill("SIGTERM")) await exit;
}
