/**
 * Greets clients by the name in their certificate, if a CA has signed it.
 *
 * Try it, with a CA, and a certificate of it for each peer:
 *
 *     openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem \
 *       -subj /CN=authority
 *     for name in localhost ann; do
 *       openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key \
 *         -out $name.pem -CA ca.pem -CAkey ca.key -subj /CN=$name \
 *         -addext subjectAltName=DNS:$name -addext basicConstraints=CA:FALSE
 *     done
 *     deno run --allow-net --allow-read examples/mutual_tls_server.ts
 *     deno run --allow-net --allow-read examples/mutual_tls_client.ts
 *
 * `--ca`, `--cert`, `--key` and `--port` select other files and another port.
 * Ctrl-C stops it.
 */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import {
  errors,
  formatAddr,
  listenTls,
  type NetAddr,
  type TlsConn,
} from "@anyport/sockets";

const { values } = parseArgs({
  options: {
    ca: { type: "string", default: "ca.pem" },
    cert: { type: "string", default: "localhost.pem" },
    key: { type: "string", default: "localhost.key" },
    port: { type: "string", default: "8443" },
  },
});

const listener = await listenTls({
  hostname: "127.0.0.1",
  port: Number(values.port),
  cert: await readFile(values.cert, "utf8"),
  key: await readFile(values.key, "utf8"),
  caCerts: [await readFile(values.ca, "utf8")],
  clientAuth: "require",
  handshakeTimeoutMs: 5000,
});
const stopping = new AbortController();
process.once("SIGINT", () => {
  stopping.abort();
  listener.close();
});
console.log(`Greeting on ${formatAddr(listener.addr)}`);
for await (const conn of listener) {
  greet(conn, stopping.signal)
    .catch((error) => report(error, conn))
    .finally(() => conn.close());
}
console.log("Stopped");

async function greet(
  conn: TlsConn<NetAddr>,
  signal: AbortSignal,
): Promise<void> {
  const { peerCertificates } = await conn.handshake({ signal });
  const name = nameIn(peerCertificates[0]);
  console.log(`${name} came from ${formatAddr(conn.remoteAddr)}`);
  await conn.write(new TextEncoder().encode(`Hello, ${name}\n`), { signal });
}

/** The common name of a certificate, or its fingerprint if it has none. */
function nameIn(der: Uint8Array): string {
  const certificate = new X509Certificate(der);
  const { subject } = certificate.toLegacyObject();
  return subject?.CN ?? `SHA-256 ${certificate.fingerprint256}`;
}

function report(error: unknown, conn: TlsConn<NetAddr>): void {
  if (stopping.signal.aborted) return;
  const refused = error instanceof errors.SocketError;
  if (!refused) return console.error(error);
  console.log(`${formatAddr(conn.remoteAddr)} was refused: ${error.message}`);
}
