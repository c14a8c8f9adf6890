/**
 * A chat server: sends every line to all other clients.
 *
 * Try it, and run the second command twice or more:
 *
 *     deno run --allow-net examples/chat_server.ts
 *     nc 127.0.0.1 8080
 *
 * `--port` selects another port. Ctrl-C stops it, also while clients are connected.
 */
import { parseArgs } from "node:util";
import { type Conn, errors, serve, shutdownOnSignal } from "@anyport/sockets";

/** A longer line closes the connection, to limit memory. */
const MAX_LINE_BYTES = 1000;

/** A client that does not read for this long is disconnected: the others wait for it. */
const PATIENCE_MS = 2000;

const { values } = parseArgs({
  options: { port: { type: "string", default: "8080" } },
});
const members = new Map<Conn, string>();
const server = await serve({
  hostname: "127.0.0.1",
  port: Number(values.port),
  graceMs: 1000,
  maxConnections: 1000,
  onError: report,
}, chat);
const stopped = shutdownOnSignal(server);
console.log(`Chatting on 127.0.0.1:${server.addr.port}`);
await stopped;
console.log("Stopped");

async function chat(
  conn: Conn,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  try {
    await send(conn, "Your name?");
    for await (
      const given of conn.lines({ maxBytes: MAX_LINE_BYTES, signal })
    ) {
      // Control characters are removed: they could affect the terminals of the others.
      const line = given.replace(/\p{Cc}/gu, "");
      const name = members.get(conn);
      if (name !== undefined) await tell(`${name}: ${line}`, conn);
      else {
        members.set(conn, line);
        await tell(`${line} has come`);
      }
    }
  } finally {
    const name = members.get(conn);
    members.delete(conn);
    if (name !== undefined && !signal.aborted) await tell(`${name} has left`);
  }
}

/**
 * Sends a line to all clients but `from`, and waits for every write. So a fast sender
 * is slowed down by slow readers, and no queue grows.
 */
async function tell(text: string, from?: Conn): Promise<void> {
  const others = [...members.keys()].filter((conn) => conn !== from);
  await Promise.all(others.map(async (conn) => {
    try {
      await send(conn, text);
    } catch (error) {
      report(error);
      conn.close();
    }
  }));
}

async function send(conn: Conn, text: string): Promise<void> {
  await conn.write(`${text}\n`, { timeoutMs: PATIENCE_MS });
}

function report(error: unknown): void {
  // tell() closed the connection: there is no error to report.
  if (error instanceof errors.Interrupted) return;
  console.error(error instanceof errors.SocketError ? error.message : error);
}
