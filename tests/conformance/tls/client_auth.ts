/**
 * Certificates of clients: which ones a server lets in, on every path.
 *
 * On Node and Deno `new TLSSocket(socket, { isServer, requestCert,
 * rejectUnauthorized })` lets in a client with any certificate at all, which a
 * server over `startTls()` is easily made of.
 *
 * @module
 */
import type {
  StartTlsServerOptions,
  TlsConn,
  TlsServerOptions,
  TlsVersion,
} from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { type Certificates, certificates } from "../../certificates.ts";
import { assertSameBytes, bytes, readText } from "../bytes.ts";
import type { Case, Net } from "../case.ts";
import {
  assertEnds,
  assertFirst,
  connectWell,
  listenWell,
  serverOf,
  told,
  withCertificates,
} from "./pair.ts";
import { only, TlsPeer } from "./peer.ts";

/** What clients show, and whether it is to be trusted. */
const SHOWN = {
  none: false,
  client: true,
  clientUntrusted: false,
  clientSelfSigned: false,
  clientExpired: false,
  clientWrongUsage: false,
} as const;
type Shown = keyof typeof SHOWN;
const PATHS = { "listenTls()": accepting, "startTls()": starting };
const POLICIES = ["none", "request", "require"] as const;
const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;

/** A server's end, whose client is about to show what it has. */
interface Server extends Disposable {
  readonly addr: { transport: "tcp"; hostname: string; port: number };
  accept(): Promise<TlsConn>;
}

/** Cases of `clientAuth`. */
export const tlsClientAuth: readonly Case[] = withCertificates(
  Object.entries(PATHS).flatMap(([path, serve]) =>
    POLICIES.flatMap((clientAuth) =>
      (Object.keys(SHOWN) as Shown[]).flatMap((shown) =>
        VERSIONS.map((version): Case => ({
          name: nameOf(path, clientAuth, shown, version),
          async run(net) {
            const certs = await certificates();
            using server = await serve(net, {
              ...serverOf(certs),
              clientAuth,
              ...clientAuth !== "none" && { caCerts: [certs.ca] },
            });
            const expected = clientAuth === "require" && !SHOWN[shown]
              ? "refused"
              : "let in";
            const visit = version === "TLSv1.2" ? visitByPeer : visitByConn;
            await visit(net, server, certs, shown, expected, async (conn) => {
              if (expected === "refused") await assertRefused(conn);
              else await assertLetIn(conn, clientAuth, shown, certs);
            });
          },
        }))
      )
    )
  ),
);

function nameOf(
  path: string,
  clientAuth: string,
  shown: Shown,
  version: TlsVersion,
): string {
  const verb = clientAuth === "require" && !SHOWN[shown]
    ? "refuses"
    : "lets in";
  const client = shown === "none"
    ? "a client without a certificate"
    : `a client that shows "${shown}"`;
  return `${path} with clientAuth "${clientAuth}" ${verb} ${client} (${
    version.replace("v", " ")
  })`;
}

async function assertRefused(conn: TlsConn): Promise<void> {
  await Promise.all(
    (["handshake", "read", "readChunk", "write"] as const).map((way) =>
      assertEnds(told(conn, way), "InvalidData")
    ),
  );
  await assertEnds(told(conn, "read"), "InvalidData");
}

async function assertLetIn(
  conn: TlsConn,
  clientAuth: string,
  shown: Shown,
  certs: Certificates,
): Promise<void> {
  const { verified, peerCertificates } = await conn.handshake();
  if (clientAuth === "none" || shown === "none") {
    assertEquals([verified, peerCertificates.length], [false, 0]);
  } else {
    assertEquals(verified, SHOWN[shown]);
    assertFirst(peerCertificates, certs[shown].cert);
  }
  assertEquals(await readText(conn), "ping");
  await conn.write(bytes("pong"));
}

/** Knocks at a server, whose side is looked after by `serve`. */
type Visit = (
  net: Net,
  server: Server,
  certs: Certificates,
  shown: Shown,
  expected: "refused" | "let in",
  serve: (conn: TlsConn) => Promise<void>,
) => Promise<void>;

const visitByConn: Visit = async (
  net,
  server,
  certs,
  shown,
  expected,
  serve,
) => {
  using client = await connectWell(net, server, {
    ...shown !== "none" && certs[shown],
    minVersion: "TLSv1.3",
  });
  using conn = await server.accept();
  const serving = serve(conn);
  serving.catch(() => {}); // Awaited below, unless something else fails before.
  if (expected === "let in") {
    await client.write(bytes("ping"));
    assertEquals(await readText(client), "pong");
  } else {
    // Its own handshake is done before the server has looked at its certificate.
    await client.write(bytes("ping")).catch(() => {});
    await assertEnds(told(client, "read"), [
      "InvalidData",
      "UnexpectedEof",
      "ConnectionReset",
    ]);
  }
  await serving;
};

const visitByPeer: Visit = async (
  _net,
  server,
  certs,
  shown,
  expected,
  serve,
) => {
  using peer = TlsPeer.connect(server, {
    ...shown !== "none" && certs[shown],
    ca: certs.ca,
    ...only("TLSv1.2"),
  });
  using conn = await server.accept();
  const serving = serve(conn);
  serving.catch(() => {}); // Awaited below, unless something else fails before.
  const seeing = peer.readToEnd();
  await peer.secured.then(
    () => peer.send(bytes("ping")),
    () => {}, // Told by what it sees.
  ).catch(() => {});
  await serving;
  conn.close();
  const seen = await seeing;
  await peer.close();
  assertSameBytes(seen.bytes, bytes(expected === "let in" ? "pong" : ""));
};

async function accepting(net: Net, options: TlsServerOptions): Promise<Server> {
  const listener = await listenWell(net, options);
  return {
    addr: listener.addr as Server["addr"],
    accept: () => listener.accept(),
    [Symbol.dispose]: () => listener.close(),
  };
}

async function starting(net: Net, options: TlsServerOptions): Promise<Server> {
  const listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
  const role: StartTlsServerOptions = { role: "server", ...options };
  return {
    addr: listener.addr as Server["addr"],
    accept: async () => await net.startTls(await listener.accept(), role),
    [Symbol.dispose]: () => listener.close(),
  };
}
