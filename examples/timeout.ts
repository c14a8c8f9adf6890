/**
 * Timeouts that lose no data: a read that times out leaves the bytes for the next read.
 *
 * A slow server sends twenty numbers. The client's reads time out after 5 ms each, and
 * it still receives all numbers.
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
        // Other work can be done here, such as sending a keep-alive message.
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
