/**
 * Half-close: the client's FIN ends the request, and the response arrives on the
 * direction that is still open.
 *
 * Try it:
 *
 *     deno run --allow-net examples/half_close.ts pear apple fig
 */
import process from "node:process";
import { type Conn, connect, listen } from "@anyport/sockets";

/** A larger request is rejected, to limit memory. */
const MAX_BYTES = 1024 * 1024;

const listener = await listen({ hostname: "127.0.0.1", port: 0 });
const [answer] = await Promise.all([
  ask(listener.addr.port, process.argv.slice(2)),
  listener.accept().then(sort),
]);
listener.close();
console.log(answer);

/** The client: sends the request and FIN, then reads the response. */
async function ask(port: number, words: string[]): Promise<string> {
  const conn = await connect({ port });
  try {
    await conn.write(new TextEncoder().encode(words.join("\n")));
    await conn.closeWrite();
    return await readAll(conn);
  } finally {
    conn.close();
  }
}

/** The server: sorts the lines, after it has received all of them. */
async function sort(conn: Conn): Promise<void> {
  try {
    const lines = (await readAll(conn)).split("\n");
    await conn.write(new TextEncoder().encode(lines.sort().join("\n")));
  } finally {
    conn.close();
  }
}

/** Reads until EOF. */
async function readAll(conn: Conn): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const chunk = await conn.readChunk();
    if (chunk === null) return text + decoder.decode();
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BYTES) throw new RangeError("Too long a request");
  }
}
