/**
 * Presents a client certificate, verifies the server's, and prints the greeting.
 *
 * Try it, with mutual_tls_server.ts running; the head of that file creates the
 * certificates:
 *
 *     deno run --allow-net --allow-read examples/mutual_tls_client.ts
 *
 * `--ca`, `--cert`, `--key`, `--hostname` and `--port` change the defaults.
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
  // A certificate is not trusted, or no socket listens at the address.
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
  // A rejected client certificate is reported here: with TLS 1.3 the client's handshake
  // ends before the server has verified it.
  for (;;) {
    const chunk = await conn.readChunk({ timeoutMs: 5000 });
    // EOF means close_notify; a truncated connection rejects UnexpectedEof.
    if (chunk === null) return text.trimEnd();
    text += decoder.decode(chunk, { stream: true });
  }
}
