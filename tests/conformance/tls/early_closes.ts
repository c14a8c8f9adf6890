/**
 * `close()` and `reset()` of TLS before the handshake is done.
 *
 * @module
 */
import type { TlsConn } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { certificates } from "../../certificates.ts";
import { bytes, readText } from "../bytes.ts";
import { type Case, pair, type Transport } from "../case.ts";
import { RawPeer, RawServer } from "../raw_peer.ts";
import {
  assertEnds,
  assertServesTls,
  clientOf,
  connectWell,
  listenWell,
  serverOf,
  tlsPair,
  withCertificates,
} from "./pair.ts";
import { only, TlsPeer, TlsPeerServer } from "./peer.ts";
import { ALERT, Relay } from "./relay.ts";
import { type Role, ROLES, sidesOf, startBoth } from "./start_pair.ts";

/** What a peer may see that is to know that bytes were lost, or that it was refused. */
const NO_CLEAN_END = ["UnexpectedEof", "ConnectionReset"] as const;

/** Cases of TLS: closed while the handshake is under way. */
export const tlsEarlyCloses: readonly Case[] = withCertificates([
  ...ROLES.flatMap((role) =>
    (["TLSv1.2", "TLSv1.3"] as const).map((version): Case => ({
      name:
        `close() before the TLS handshake is done finishes it and sends close_notify (a ${role}, ${
          version.replace("v", " ")
        })`,
      async run(net) {
        const certs = await certificates();
        if (role === "client") {
          using server = await TlsPeerServer.listen({
            ...certs.server,
            ...only(version),
          });
          using relay = await Relay.listen(server);
          using conn = await connectWell(net, relay);
          await closeAtOnce(conn);
          using peer = await server.accept();
          await assertClosed(peer, relay, "up", version);
        } else {
          using listener = await listenWell(net);
          using relay = await Relay.listen(listener);
          using peer = TlsPeer.connect(relay, {
            ca: certs.ca,
            ...only(version),
          });
          using conn = await listener.accept();
          await closeAtOnce(conn);
          await peer.secured;
          await assertClosed(peer, relay, "down", version);
        }
      },
    }))
  ),
  ...(["tcp", "unix"] as const).flatMap((over): Case[] =>
    ROLES.map((role) => ({
      name:
        `close() before the TLS handshake is done is a clean end for the other end (a ${role}, ${over})`,
      needs: over === "unix" ? ["unix"] : [],
      async run(net) {
        using ends = await tlsPair(net, { over });
        await assertSeesCleanEnd(ends, role);
      },
    }))
  ),
  ...(["tcp", "unix"] as const).flatMap((over) =>
    ROLES.map((role): Case => ({
      name:
        `close() right after startTls() is a clean end for the other end (a ${role}, ${over})`,
      needs: over === "unix" ? ["unix"] : [],
      async run(net) {
        using plain = await pair(net, over as Transport);
        const [client, server] = await startBoth(net, plain, await sidesOf());
        await assertSeesCleanEnd({ client, server }, role);
      },
    }))
  ),
  ...ROLES.map((role): Case => ({
    name:
      `close() before the handshake of TLS within TLS is done is a clean end for the other end (a ${role})`,
    needs: ["tlsWithinTls"],
    async run(net) {
      using outer = await tlsPair(net);
      const [client, server] = await startBoth(net, outer, await sidesOf());
      await assertSeesCleanEnd({ client, server }, role);
    },
  })),
  ...ROLES.map((role): Case => ({
    name:
      `close() over a write that waits for the TLS handshake is no clean end (a ${role})`,
    async run(net) {
      using ends = await tlsPair(net);
      const writing = assertEnds(
        ends[role].write(bytes("lost")),
        "Interrupted",
        "write",
      );
      await closeAtOnce(ends[role]);
      await writing;
      await assertEnds(readText(otherOf(ends, role)), NO_CLEAN_END);
    },
  })),
  ...ROLES.map((role): Case => ({
    name:
      `reset() before the TLS handshake is done is no clean end (a ${role})`,
    async run(net) {
      using ends = await tlsPair(net);
      const handshake = assertEnds(ends[role].handshake(), "Interrupted");
      ends[role].reset();
      await handshake;
      await assertEnds(readText(otherOf(ends, role)), NO_CLEAN_END);
    },
  })),
  {
    name:
      "close() of a TLS client whose server says nothing frees the connection",
    async run(net) {
      using server = await RawServer.listen();
      using conn = await connectWell(net, server, {
        handshakeTimeoutMs: Infinity,
      });
      using peer = await server.accept();
      await closeAtOnce(conn);
      await peer.readToEnd();
    },
  },
  {
    name:
      "close() of a TLS server whose client says nothing frees the connection",
    async run(net) {
      using listener = await listenWell(net, { handshakeTimeoutMs: Infinity });
      using peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      await closeAtOnce(conn);
      assertEquals((await peer.readToEnd()).bytes.byteLength, 0);
    },
  },
  {
    name:
      "close() of a TLS connection whose peer says nothing gives its place to the next",
    async run(net) {
      using listener = await listenWell(net, {
        handshakeTimeoutMs: Infinity,
        maxHandshakes: 1,
      });
      using _peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      await closeAtOnce(conn);
      await assertServesTls(net, listener);
    },
  },
  ...(["unknownCa", "wrongName"] as const).map((name): Case => ({
    name:
      `close() of a TLS client whose server turns out to be another is no clean end (${name})`,
    async run(net) {
      const certs = await certificates();
      using listener = await listenWell(
        net,
        serverOf({
          ...certs,
          server: certs[name],
        }),
      );
      using conn = await net.connectTls({
        ...listener.addr as { hostname: string; port: number },
        ...clientOf(certs),
      });
      await closeAtOnce(conn);
      using peer = await listener.accept();
      await assertEnds(readText(peer), [...NO_CLEAN_END, "InvalidData"]);
    },
  })),
  {
    name:
      "close() of a TLS server whose client turns out to be untrusted is no clean end",
    async run(net) {
      const certs = await certificates();
      using ends = await tlsPair(net, {
        server: { clientAuth: "require", caCerts: [certs.ca] },
        client: certs.clientUntrusted,
      });
      await closeAtOnce(ends.server);
      await assertEnds(readText(ends.client), [
        ...NO_CLEAN_END,
        "InvalidData",
      ]);
    },
  },
]);

/** Closes it, and sees that what waits is told at once. */
async function closeAtOnce(conn: TlsConn): Promise<void> {
  const told = Promise.all([
    assertEnds(conn.handshake(), "Interrupted", "handshake"),
    assertEnds(readText(conn), "Interrupted", "read"),
    assertEnds(conn.readChunk(), "Interrupted", "read"),
  ]);
  conn.close();
  await told;
  await assertEnds(conn.handshake(), "Interrupted", "handshake");
}

type Ends = { readonly client: TlsConn; readonly server: TlsConn };

function otherOf({ client, server }: Ends, role: Role): TlsConn {
  return role === "client" ? server : client;
}

async function assertSeesCleanEnd(ends: Ends, role: Role): Promise<void> {
  const other = otherOf(ends, role);
  await closeAtOnce(ends[role]);
  await other.handshake();
  assertEquals(await readText(other), null);
  other.close();
}

/** The peer has seen an end, and right before it close_notify. */
async function assertClosed(
  peer: TlsPeer,
  relay: Relay,
  sent: "up" | "down",
  version: string,
): Promise<void> {
  assertEquals(await peer.readToEnd(), {
    bytes: new Uint8Array(0),
    ending: "end",
  });
  await relay.untilEnd(sent);
  const last = relay.records(sent).at(-1);
  // In TLS 1.3 two bytes, their type, and a tag of 16.
  assertEquals(
    version === "TLSv1.2" ? last?.type === ALERT : last?.length === 19,
    true,
    `the last record was ${JSON.stringify(last)}`,
  );
}
