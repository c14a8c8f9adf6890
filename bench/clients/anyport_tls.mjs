/** A client on Anyport that connects with TLS, on whichever runtime runs this. */
import { connectTls } from "@anyport/sockets";
import { root } from "../servers/credentials.mjs";
import { measure, options } from "./measuring.mjs";
import { message, Reply } from "./visiting.mjs";

const { port } = options;
const caCerts = [root()];

/** Connect, a whole handshake, a message, its echo, close. */
async function visit() {
  const conn = await connectTls({ hostname: "127.0.0.1", port, caCerts });
  await conn.write(message);
  const reply = new Reply();
  while (!reply.isWhole) reply.take(await conn.readChunk());
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
