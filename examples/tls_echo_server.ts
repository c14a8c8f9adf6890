/**
 * Echoes over TLS, and reloads a renewed certificate without a restart.
 *
 * Try it, with a certificate for localhost:
 *
 *     openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
 *       -subj /CN=localhost -addext subjectAltName=DNS:localhost
 *     deno run --allow-net --allow-read examples/tls_echo_server.ts
 *     openssl s_client -connect localhost:8443 -CAfile cert.pem -quiet
 *
 * Then create another certificate and send SIGHUP with the printed command. `--cert`,
 * `--key` and `--port` select other files and another port. Ctrl-C stops it, also while
 * connections are open.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import {
  copy,
  formatAddr,
  listenTls,
  serve,
  shutdownOnSignal,
  type TlsKeyPair,
} from "@anyport/sockets";

const { values } = parseArgs({
  options: {
    cert: { type: "string", default: "cert.pem" },
    key: { type: "string", default: "key.pem" },
    port: { type: "string", default: "8443" },
  },
});

const listener = await listenTls({
  hostname: "127.0.0.1",
  port: Number(values.port),
  // Limits the time of clients that connect and stay silent.
  handshakeTimeoutMs: 5000,
  ...await keyPair(),
});
const server = await serve(
  listener,
  (conn, { signal }) => copy(conn, conn, { signal }),
  { graceMs: 1000, onError: (error) => console.error(told(error)) },
);
process.on("SIGHUP", reload);
const stopped = shutdownOnSignal(server);
console.log(`Echoing on ${formatAddr(server.addr)}`);
console.log(`After a change: kill -HUP ${process.pid}`);
await stopped;
process.off("SIGHUP", reload);
console.log("Stopped");

/** Reloads the certificate; existing connections keep the old one. */
async function reload(): Promise<void> {
  try {
    await listener.reload(await keyPair());
    console.log(`Showing ${values.cert} as it is now`);
  } catch (error) {
    console.log(`Showing the certificate from before: ${told(error)}`);
  }
}

async function keyPair(): Promise<TlsKeyPair> {
  const [cert, key] = await Promise.all(
    [values.cert, values.key].map((path) => readFile(path, "utf8")),
  );
  return { cert, key };
}

function told(error: unknown): unknown {
  return error instanceof Error ? error.message : error;
}
