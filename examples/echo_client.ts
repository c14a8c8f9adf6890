/**
 * Sends a text to the echo server and prints the echo.
 *
 * Try it, with the server running (`deno task start`):
 *
 *     deno run --allow-net examples/echo_client.ts hello
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { connect, errors } from "@anyport/sockets";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    hostname: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "8080" },
  },
});

try {
  console.log(await ask(positionals.join(" ")));
} catch (error) {
  if (!(error instanceof errors.SocketError)) throw error;
  // No socket listens at the address, or the connection failed: the message is enough.
  console.error(error.message);
  process.exitCode = 1;
}

async function ask(words: string): Promise<string> {
  const conn = await connect({
    hostname: values.hostname,
    port: Number(values.port),
    timeoutMs: 5000,
  });
  try {
    const question = new TextEncoder().encode(words);
    await conn.write(question);

    // A stream has no message boundaries: the answer may arrive in several chunks.
    const answer = new Uint8Array(question.byteLength);
    for (let filled = 0; filled < answer.byteLength;) {
      const n = await conn.read(answer.subarray(filled));
      if (n === null) throw new Error("The server has left in the middle");
      filled += n;
    }
    return new TextDecoder().decode(answer);
  } finally {
    conn.close();
  }
}
