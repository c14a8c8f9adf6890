/**
 * Two protocols and several server names on one port, selected in the TLS handshake
 * by ALPN (RFC 7301) and SNI (RFC 6066).
 *
 * Try it, with a certificate for each name:
 *
 *     for name in a.test b.test; do
 *       openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key \
 *         -out $name.pem -subj /CN=$name -addext subjectAltName=DNS:$name
 *     done
 *     deno run --allow-net --allow-read examples/alpn_routing.ts a.test b.test
 *     openssl s_client -connect 127.0.0.1:8443 -servername a.test -alpn time/1
 *     openssl s_client -connect 127.0.0.1:8443 -servername b.test -alpn echo/1
 *
 * `--directory` is the folder of the files, `--port` another port. Ctrl-C stops it,
 * also while connections are open.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import {
  type Conn,
  copy,
  errors,
  formatAddr,
  listenTls,
  type TlsConn,
  type TlsKeyPair,
} from "@anyport/sockets";

type Protocol = (conn: Conn, signal: AbortSignal) => Promise<unknown>;

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  "echo/1": (conn, signal) => copy(conn, conn, { signal }),
  "time/1": (conn) =>
    conn.write(new TextEncoder().encode(`${new Date().toISOString()}\n`)),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    directory: { type: "string", default: "." },
    port: { type: "string", default: "8443" },
  },
});

const listener = await listenTls({
  hostname: "127.0.0.1",
  port: Number(values.port),
  // There is no default `cert`: clients that request another name are rejected.
  serverNames: Object.fromEntries(
    await Promise.all(
      positionals.map(async (name) => [name, await keyPair(name)]),
    ),
  ),
  // Clients that offer only other protocols are rejected too.
  alpnProtocols: Object.keys(PROTOCOLS),
  handshakeTimeoutMs: 5000,
});
const stopping = new AbortController();
process.once("SIGINT", () => {
  stopping.abort();
  listener.close();
});
console.log(`Routing on ${formatAddr(listener.addr)}`);
for await (const conn of listener) {
  route(conn, stopping.signal).catch(report).finally(() => conn.close());
}
console.log("Stopped");

async function route(conn: TlsConn, signal: AbortSignal): Promise<void> {
  const { serverName, alpnProtocol } = await conn.handshake({ signal });
  // A client without ALPN gets the default protocol.
  const name = alpnProtocol ?? "echo/1";
  console.log(`${formatAddr(conn.remoteAddr)} wants ${name} of ${serverName}`);
  await PROTOCOLS[name](conn, signal);
}

async function keyPair(name: string): Promise<TlsKeyPair> {
  const [cert, key] = await Promise.all(
    ["pem", "key"].map((ending) =>
      readFile(join(values.directory, `${name}.${ending}`), "utf8")
    ),
  );
  return { cert, key };
}

function report(error: unknown): void {
  if (stopping.signal.aborted) return;
  console.error(error instanceof errors.SocketError ? error.message : error);
}
