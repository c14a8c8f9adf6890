/**
 * Echoes all bytes, and logs each connection.
 *
 * Try it:
 *
 *     deno run --allow-net examples/echo_server.ts
 *     nc 127.0.0.1 8080
 *
 * `--hostname` and `--port` select another address. Ctrl-C stops it, also while
 * connections are open.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import {
  type Conn,
  errors,
  formatAddr,
  type NetAddr,
  serve,
  type Server,
  shutdownOnSignal,
} from "@anyport/sockets";

const server = await start();
const stopped = shutdownOnSignal(server);
const { hostname, port } = server.addr;
console.log(`Echoing on ${formatAddr(server.addr)}`);
console.log(`Try: nc ${hostname} ${port} (Ctrl-C here stops)`);
await stopped;
console.log("Stopped");

async function start(): Promise<Server<NetAddr>> {
  try {
    const { values } = parseArgs({
      // `deno task start -- --port 9000` passes the `--` on too.
      args: process.argv.slice(2).filter((word) => word !== "--"),
      options: {
        hostname: { type: "string", default: "127.0.0.1" },
        port: { type: "string", default: "8080" },
      },
    });
    const { hostname, port } = values;
    return await serve({
      hostname,
      port: Number(port),
      graceMs: 1000,
      onEvent({ type }) {
        if (type === "shutdown") console.log("Stopping");
      },
    }, (conn, { signal }) => echo(conn, signal));
  } catch (error) {
    // An invalid option, or a port in use: the message is enough.
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

async function echo(conn: Conn<NetAddr>, signal: AbortSignal): Promise<void> {
  const guest = formatAddr(conn.remoteAddr);
  console.log(`${guest} came`);
  try {
    // The same as copy(conn, conn, { signal }), written out as an example.
    for (;;) {
      const chunk = await conn.readChunk({ signal });
      if (chunk === null) break;
      await conn.write(chunk);
    }
    console.log(`${guest} left after ${conn.bytesWritten} bytes`);
  } catch (error) {
    const why = signal.aborted ? "sent away" : "lost";
    console.log(`${guest} ${why} after ${conn.bytesWritten} bytes`);
    // A closed connection is not an error of the server.
    if (!signal.aborted && !(error instanceof errors.SocketError)) throw error;
  }
}
