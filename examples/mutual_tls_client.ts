/**
 * Shows its certificate to a server, makes sure of the server's, and prints what
 * it is told.
 *
 * Try it, with mutual_tls_server.ts running, whose head says how to make the
 * files:
 *
 *     deno run --allow-net --allow-read examples/mutual_tls_client.ts
 *
 * `--ca`, `--cert`, `--key`, `--hostname` and `--port` choose others.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { connectTls, errors } from "@anyport/sockets";

const { values } = parseArgs({
  options: {
    ca: { type: "string", default: "ca.pem" },
    cert: { type: "string", default: "ann.pem" },
    key: { type: "string", default: "ann.key" },
    hostname: { type: "string", default: "localhost" },
    port: { type: "string", default: "8443" },
  },
});

try {
  console.log(await greeting());
} catch (error) {
  if (!(error instanceof errors.SocketError)) throw error;
  // One end does not trust the other, or no socket listens there.
  console.error(error.message);
  process.exitCode = 1;
}

async function greeting(): Promise<string> {
  using conn = await connectTls({
    hostname: values.hostname,
    port: Number(values.port),
    timeoutMs: 5000,
    caCerts: [await readFile(values.ca, "utf8")],
    cert: await readFile(values.cert, "utf8"),
    key: await readFile(values.key, "utf8"),
  });
  const decoder = new TextDecoder();
  let text = "";
  // A refused certificate is told here: with TLS 1.3 the client's handshake is
  // done before the server has seen it.
  for (;;) {
    const chunk = await conn.readChunk({ timeoutMs: 5000 });
    // The end is the server's own, and not that of a connection cut off: that
    // would be an error.
    if (chunk === null) return text.trimEnd();
    text += decoder.decode(chunk, { stream: true });
  }
}
