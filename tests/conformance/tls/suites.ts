/**
 * Which cipher suites an end has: what its client offers, and what comes of a
 * handshake with its server.
 *
 * @module
 */
import type { Listener, TlsClientOptions, TlsConn } from "@anyport/sockets";
import { certificates } from "../../certificates.ts";
import { readExactly } from "../bytes.ts";
import type { Net } from "../case.ts";
import { opensslClient } from "./openssl_peer.ts";
import { clientOf } from "./pair.ts";

/** What comes of one handshake with these flags: OpenSSL's name, if it is done. */
export async function suiteWith(
  listener: Listener,
  ...flags: string[]
): Promise<string | undefined> {
  const [{ cipher }] = await Promise.all([
    opensslClient(listener, ...flags),
    (async () => {
      using conn = await listener.accept() as TlsConn;
      await conn.handshake().catch(() => {});
    })(),
  ]);
  return cipher;
}

/** The suites of a client's ClientHello (RFC 8446 §4.1.2), by their numbers. */
export async function offeredBy(
  net: Net,
  options: TlsClientOptions,
  starts = false,
): Promise<number[]> {
  const certs = await certificates();
  using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const all = { ...clientOf(certs), ...options };
  using client = starts
    ? await net.startTls(await net.connect({ port }), all)
    : await net.connectTls({ port, ...all });
  client.handshake().catch(() => {}); // It is hung up on.
  using conn = await listener.accept();
  // A record's head, a message's, the version and the random bytes.
  const head = await readExactly(conn, 5 + 4 + 2 + 32 + 1);
  await readExactly(conn, head[head.length - 1]);
  const [high, low] = await readExactly(conn, 2);
  const suites = await readExactly(conn, high << 8 | low);
  return Array.from(
    { length: suites.length / 2 },
    (_, i) => suites[2 * i] << 8 | suites[2 * i + 1],
  );
}
