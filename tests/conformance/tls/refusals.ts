/**
 * What a peer of TLS is told that is refused, and what becomes of its bytes.
 *
 * @module
 */
import type { TlsConn, TlsVersion } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { type Certificates, certificates } from "../../certificates.ts";
import { bytes, pattern, readAll, readText } from "../bytes.ts";
import type { Case, Net } from "../case.ts";
import {
  assertEnds,
  connectWell,
  type Ending,
  listenWell,
  tlsPair,
  withCertificates,
} from "./pair.ts";
import { only, TlsPeer, TlsPeerServer } from "./peer.ts";
import { ALERT, APPLICATION_DATA, Relay } from "./relay.ts";

/** What a refused end may see: an alert, or that it was cut off. */
const REFUSED: readonly Ending[] = [
  "InvalidData",
  "UnexpectedEof",
  "ConnectionReset",
];

/** Servers that a client refuses, the first one before it has sent its Finished. */
const SERVERS = ["unknownCa", "expired", "wrongName"] as const;
/** Clients that a server refuses, by what they show. */
const CLIENTS = ["none", "clientUntrusted", "clientExpired"] as const;

/** As long as no message of a handshake is. */
const EARLY = pattern(7777);

/** Cases of TLS: refused peers. */
export const tlsRefusals: readonly Case[] = withCertificates([
  ...(["tcp", "unix"] as const).flatMap((over): Case[] => [
    ...SERVERS.map((server): Case => ({
      name:
        `a TLS server that its client refuses sees no clean end (${server}, ${over})`,
      needs: over === "unix" ? ["unix"] : [],
      async run(net) {
        const certs = await certificates();
        using ends = await tlsPair(net, { server: certs[server], over });
        await assertRefuses(ends.client);
        await assertEnds(readText(ends.server), REFUSED);
      },
    })),
    ...CLIENTS.map((client): Case => ({
      name:
        `a TLS client that its server refuses sees no clean end (${client}, ${over})`,
      needs: over === "unix" ? ["unix"] : [],
      async run(net) {
        const certs = await certificates();
        using ends = await tlsPair(net, {
          server: { clientAuth: "require", caCerts: [certs.ca] },
          client: client === "none" ? {} : certs[client],
          over,
        });
        await assertRefuses(ends.server);
        await assertEnds(readText(ends.client), REFUSED);
      },
    })),
  ]),
  ...SERVERS.map((server): Case => ({
    name:
      `a TLS server that its client refuses gets no close_notify (${server}, TLS 1.2)`,
    async run(net) {
      const certs = await certificates();
      using peers = await refusableServer(certs, server);
      using relay = await Relay.listen(peers);
      using conn = await connectWell(net, relay);
      await assertRefuses(conn);
      await relay.untilEnd("up");
      assertNoCloseNotify(relay, "up");
    },
  })),
  ...CLIENTS.map((client): Case => ({
    name:
      `a TLS client that its server refuses gets no close_notify (${client}, TLS 1.2)`,
    async run(net) {
      const certs = await certificates();
      using listener = await listenWell(net, {
        clientAuth: "require",
        caCerts: [certs.ca],
      });
      using relay = await Relay.listen(listener);
      using _peer = TlsPeer.connect(relay, {
        ca: certs.ca,
        ...client !== "none" && certs[client],
        ...only("TLSv1.2"),
      });
      using conn = await listener.accept();
      await assertRefuses(conn);
      await relay.untilEnd("down");
      assertNoCloseNotify(relay, "down");
      // Before there are keys, the reason can be told in the clear.
      if (client === "none") assertLastIsAlert(relay, "down");
    },
  })),
  ...(["unknownCa", "expired"] as const).map((server): Case => ({
    name:
      `a TLS server that its client refuses gets an alert (${server}, TLS 1.2)`,
    needs: ["tlsClientAlerts"],
    async run(net) {
      const relay = await untilRefused(net, server, "TLSv1.2");
      assertLastIsAlert(relay, "up");
    },
  })),
  ...(["unknownCa", "expired"] as const).map((server): Case => ({
    name:
      `a TLS server that its client refuses gets no alert in the clear (${server}, TLS 1.3)`,
    async run(net) {
      const relay = await untilRefused(net, server, "TLSv1.3");
      const alerts = relay.records("up").filter(({ type, length }) =>
        type === ALERT && length === 2
      );
      assertEquals(alerts, []);
    },
  })),
  ...([["server", true], ["wrongName", false]] as const).map((
    [server, trusted],
  ): Case => ({
    name:
      `a TLS client gives what comes together with the end of the handshake ${
        trusted ? "to reads" : "to no read, if it refuses the server"
      }`,
    async run(net) {
      const certs = await certificates();
      using peers = await refusableServer(certs, server);
      peers.forEach((peer) => peer.send(EARLY).then(() => peer.end()));
      using relay = await Relay.listen(peers);
      using conn = await connectWell(net, relay);
      // The server's Finished follows on the client's, which comes after its hello.
      // Who looks at names before its own has ended already.
      await relay.untilRecord("up", (_record, at) => at > 0);
      relay.hold(["down"]);
      await relay.untilRecord("down", ({ type }) => type === APPLICATION_DATA);
      relay.release();
      if (trusted) assertEquals(await readAll(conn), EARLY);
      else await assertRefuses(conn);
    },
  })),
  ...([["client", true], ["clientUntrusted", false]] as const).map((
    [client, trusted],
  ): Case => ({
    name:
      `a TLS server gives what comes together with the end of the handshake ${
        trusted ? "to reads" : "to no read, if it refuses the client"
      }`,
    async run(net) {
      const certs = await certificates();
      using listener = await listenWell(net, {
        clientAuth: "require",
        caCerts: [certs.ca],
      });
      using relay = await Relay.listen(listener);
      using peer = TlsPeer.connect(relay, {
        ca: certs.ca,
        ...certs[client],
        ...only("TLSv1.3"),
      });
      using conn = await listener.accept();
      // A client has sent everything of the handshake when it hears of its end.
      await relay.untilRecord("down", () => true);
      relay.hold(["up"]);
      await peer.secured;
      await peer.send(EARLY);
      await relay.untilRecord("up", ({ length }) => length > EARLY.length);
      relay.release();
      if (trusted) {
        const p = new Uint8Array(EARLY.length);
        for (let at = 0; at < p.length;) {
          at += (await conn.read(p.subarray(at)))!;
        }
        assertEquals(p, EARLY);
      } else await assertRefuses(conn);
    },
  })),
]);

/** A server of TLS 1.2 that shows that certificate. */
function refusableServer(
  certs: Certificates,
  name: "server" | (typeof SERVERS)[number],
): Promise<TlsPeerServer> {
  return TlsPeerServer.listen({ ...certs[name], ...only("TLSv1.2") });
}

/** Everything that the connection is asked rejects with why the peer is refused. */
async function assertRefuses(conn: TlsConn): Promise<void> {
  await Promise.all([
    assertEnds(conn.handshake(), "InvalidData", "handshake"),
    assertEnds(conn.read(new Uint8Array(10)), "InvalidData", "read"),
    assertEnds(conn.readChunk(), "InvalidData", "read"),
    assertEnds(conn.write(bytes("for another")), "InvalidData", "write"),
  ]);
  await assertEnds(conn.readChunk(), "InvalidData", "read");
  assertEquals([conn.bytesRead, conn.bytesWritten], [0, 0]);
}

/** What is encrypted could be one; in the clear it would be a warning. */
function assertNoCloseNotify(relay: Relay, sent: "up" | "down"): void {
  const alerts = relay.records(sent).filter(({ type }) => type === ALERT);
  assertEquals(alerts.filter(({ length }) => length !== 2), []);
}

/** Lets a client refuse a server, to the end of what it sends. */
async function untilRefused(
  net: Net,
  server: "unknownCa" | "expired",
  version: TlsVersion,
): Promise<Relay> {
  const certs = await certificates();
  using peers = await TlsPeerServer.listen({
    ...certs[server],
    ...only(version),
  });
  using relay = await Relay.listen(peers);
  using conn = await connectWell(net, relay);
  await assertRefuses(conn);
  await relay.untilEnd("up");
  return relay;
}

function assertLastIsAlert(relay: Relay, sent: "up" | "down"): void {
  assertEquals(relay.records(sent).at(-1), { type: ALERT, length: 2 });
}
