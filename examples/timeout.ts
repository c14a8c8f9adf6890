/**
 * A time-out that loses nothing: reads that run out of time leave their bytes
 * for the next one.
 *
 * A slow server sends twenty numbers. The client does not want to wait for
 * longer than 5 ms at a time, and has them all in the end.
 *
 * Try it:
 *
 *     deno run --allow-net examples/timeout.ts
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Conn, connect, errors, listen } from "@anyport/sockets";

const listener = await listen({ hostname: "127.0.0.1", port: 0 });
await Promise.all([
  receive(listener.addr.port),
  listener.accept().then(sendSlowly),
]);
listener.close();

async function receive(port: number): Promise<void> {
  const conn = await connect({ port });
  const decoder = new TextDecoder();
  let text = "";
  let timeouts = 0;
  try {
    for (;;) {
      try {
        const chunk = await conn.readChunk({ timeoutMs: 5 });
        if (chunk === null) break;
        text += decoder.decode(chunk, { stream: true });
      } catch (error) {
        if (!(error instanceof errors.TimedOut)) throw error;
        // Time for something else, such as a sign of life to the server.
        timeouts++;
      }
    }
  } finally {
    conn.close();
  }
  console.log(text.trimEnd());
  console.log(`${timeouts} time-outs, nothing lost`);
}

async function sendSlowly(conn: Conn): Promise<void> {
  try {
    for (let number = 1; number <= 20; number++) {
      await delay(12);
      await conn.write(new TextEncoder().encode(`${number} `));
    }
  } finally {
    conn.close();
  }
}
