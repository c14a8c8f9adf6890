/** A client on `Deno.connectTls`. */
import { root } from "../servers/credentials.mjs";
import { measure, options } from "./measuring.mjs";
import { message, Reply } from "./visiting.mjs";

const { port } = options;
const caCerts = [root()];

/** Connect, a whole handshake, a message, its echo, close. */
async function visit() {
  const buffer = new Uint8Array(1024);
  const conn = await Deno.connectTls({
    hostname: "127.0.0.1",
    port,
    caCerts,
  });
  // A message is far smaller than what a socket has room for.
  await conn.write(message);
  const reply = new Reply();
  while (!reply.isWhole) {
    const n = await conn.read(buffer);
    reply.take(n === null ? null : buffer.subarray(0, n));
  }
  conn.close();
}

async function again() {
  for (;;) await visit();
}

// The first comes to its end before anything is measured.
await measure(async () => {
  await visit();
  again();
});
