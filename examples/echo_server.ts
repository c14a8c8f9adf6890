/**
 * Sends back whatever comes, and says who comes and goes.
 *
 * Try it:
 *
 *     deno run --allow-net examples/echo_server.ts
 *     nc 127.0.0.1 8080
 *
 * `--hostname` and `--port` choose another address. Ctrl-C stops it, also in
 * the middle of connections.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import {
  type Conn,
  errors,
  formatAddr,
  listen,
  type Listener,
  type NetAddr,
} from "@anyport/sockets";

const listener = await start();
const { hostname, port } = listener.addr;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Not once(): under `deno task` one Ctrl-C comes more than once.
  process.on(signal, () => listener.close());
}
console.log(`Echoing on ${formatAddr(listener.addr)}`);
console.log(`Try: nc ${hostname} ${port} (Ctrl-C here stops)`);

const guests = new Map<Conn, Promise<void>>();
for await (const conn of listener) guests.set(conn, echo(conn));

console.log("Stopping");
for (const conn of guests.keys()) conn.close();
await Promise.all(guests.values());
console.log("Stopped");

async function start(): Promise<Listener<NetAddr>> {
  try {
    const { values } = parseArgs({
      // `deno task start -- --port 9000` hands on the `--` too.
      args: process.argv.slice(2).filter((word) => word !== "--"),
      options: {
        hostname: { type: "string", default: "127.0.0.1" },
        port: { type: "string", default: "8080" },
      },
    });
    const { hostname, port } = values;
    return await listen({ hostname, port: Number(port) });
  } catch (error) {
    // A wrong option, or a port in use: one line says it all.
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

async function echo(conn: Conn<NetAddr>): Promise<void> {
  const guest = formatAddr(conn.remoteAddr);
  let bytes = 0;
  console.log(`${guest} came`);
  try {
    // What copy(conn, conn) does; by hand, to have the count also when it fails.
    for (;;) {
      const chunk = await conn.readChunk();
      if (chunk === null) break;
      bytes += await conn.write(chunk);
    }
    console.log(`${guest} left after ${bytes} bytes`);
  } catch (error) {
    if (!(error instanceof errors.SocketError)) throw error;
    console.log(`${guest} lost after ${bytes} bytes: ${error.message}`);
  } finally {
    conn.close();
    guests.delete(conn);
  }
}
