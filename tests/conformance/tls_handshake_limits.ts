/**
 * How long the handshake of TLS may take, and how many may be under way.
 *
 * @module
 */
import type { TlsConn } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { bytes } from "./bytes.ts";
import type { Case } from "./case.ts";
import { RawPeer, RawServer } from "./raw_peer.ts";
import {
  assertEnds,
  assertServesTls,
  assertTalk,
  connectWell,
  listenWell,
  tlsPair,
  told,
  withCertificates,
} from "./tls_pair.ts";

const WAYS = ["handshake", "read", "readChunk", "write"] as const;

/** Cases of `handshakeTimeoutMs` and `maxHandshakes`. */
export const tlsHandshakeLimits: readonly Case[] = withCertificates([
  {
    name: "a TLS client that says nothing times out, and others are served",
    async run(net) {
      using listener = await listenWell(net, { handshakeTimeoutMs: 300 });
      using silent = await RawPeer.connect(listener);
      using conn = await listener.accept();
      const outcomes = assertTimesOut(conn);
      await assertServesTls(net, listener);
      await outcomes;
      assertEquals((await silent.readToEnd()).bytes.byteLength, 0);
    },
  },
  {
    name: "a TLS client that stops in the midst of its first message times out",
    async run(net) {
      using listener = await listenWell(net, { handshakeTimeoutMs: 100 });
      for (const start of [[22], [22, 3, 1, 2, 0], [22, 3, 1, 2, 0, 1, 0]]) {
        using silent = await RawPeer.connect(listener);
        using conn = await listener.accept();
        await silent.send(new Uint8Array(start));
        await assertTimesOut(conn);
        await silent.readToEnd();
      }
    },
  },
  {
    name: "a TLS server that says nothing times out",
    async run(net) {
      using server = await RawServer.listen();
      using conn = await connectWell(net, server, { handshakeTimeoutMs: 100 });
      await assertTimesOut(conn);
      using peer = await server.accept();
      await peer.readToEnd();
    },
  },
  {
    name: "a TLS handshake that timed out has failed for what comes later too",
    async run(net) {
      using server = await RawServer.listen();
      using conn = await connectWell(net, server, { handshakeTimeoutMs: 0 });
      await assertEnds(conn.handshake(), "TimedOut", "handshake");
      await assertTimesOut(conn);
    },
  },
  {
    name: "handshakeTimeoutMs does not end a TLS connection that is secured",
    async run(net) {
      const options = { handshakeTimeoutMs: 300 };
      using ends = await tlsPair(net, { server: options, client: options });
      await Promise.all([ends.client.handshake(), ends.server.handshake()]);
      await assertEnds(
        ends.client.read(new Uint8Array(1), { timeoutMs: 500 }),
        "TimedOut",
      );
      await assertTalk(ends.client, ends.server);
    },
  },
  {
    name: "maxHandshakes lets so many TLS handshakes begin, and then the next",
    async run(net) {
      using listener = await listenWell(net, { maxHandshakes: 2 });
      using one = await RawPeer.connect(listener);
      using first = await listener.accept();
      using _other = await RawPeer.connect(listener);
      using _second = await listener.accept();
      using client = await connectWell(net, listener);
      using third = await listener.accept();
      await assertEnds(client.handshake({ timeoutMs: 50 }), "TimedOut");
      const failing = assertEnds(first.handshake(), "UnexpectedEof");
      await one.end();
      await failing;
      await assertTalk(client, third);
      // Those that are done take no place.
      await assertServesTls(net, listener);
    },
  },
  {
    name:
      "maxHandshakes gives the place of a closed TLS connection to the next",
    async run(net) {
      using listener = await listenWell(net, { maxHandshakes: 1 });
      using _one = await RawPeer.connect(listener);
      using first = await listener.accept();
      using _other = await RawPeer.connect(listener);
      using gone = await listener.accept();
      using client = await connectWell(net, listener);
      using third = await listener.accept();
      // Closed while it waits for a place: it is to take none.
      const closed = assertEnds(gone.handshake(), "Interrupted");
      gone.close();
      await closed;
      await assertEnds(client.handshake({ timeoutMs: 50 }), "TimedOut");
      first.close();
      await assertTalk(client, third);
    },
  },
  {
    name:
      "maxHandshakes gives the place of a TLS client that times out to the next",
    async run(net) {
      using listener = await listenWell(net, {
        maxHandshakes: 1,
        handshakeTimeoutMs: 1500,
      });
      using _one = await RawPeer.connect(listener);
      using first = await listener.accept();
      await assertEnds(first.handshake({ timeoutMs: 700 }), "TimedOut");
      using client = await connectWell(net, listener);
      using second = await listener.accept();
      await assertTimesOut(first);
      await assertTalk(client, second);
    },
  },
  {
    name: "the time of a TLS handshake runs while it waits for its place",
    async run(net) {
      using listener = await listenWell(net, {
        maxHandshakes: 1,
        handshakeTimeoutMs: 200,
      });
      using _one = await RawPeer.connect(listener);
      using first = await listener.accept();
      using _other = await RawPeer.connect(listener);
      using second = await listener.accept();
      await Promise.all([assertTimesOut(first), assertTimesOut(second)]);
    },
  },
  {
    name:
      "maxHandshakes gives the place of a TLS client that failed to the next",
    async run(net) {
      using listener = await listenWell(net, { maxHandshakes: 1 });
      for (let i = 0; i < 3; i++) {
        using peer = await RawPeer.connect(listener);
        using conn = await listener.accept();
        await peer.send(bytes("no TLS at all\r\n"));
        await assertEnds(conn.handshake(), "InvalidData");
        await peer.end();
      }
      await assertServesTls(net, listener);
    },
  },
  {
    name: "maxHandshakes lets many TLS clients in, few at a time",
    async run(net) {
      using listener = await listenWell(net, {
        maxHandshakes: 3,
        backlog: 40,
      });
      await Promise.all(
        Array.from({ length: 40 }, () => assertServesAny(listener)),
      );
      async function assertServesAny(to: typeof listener): Promise<void> {
        using client = await connectWell(net, to);
        using server = await to.accept();
        await Promise.all([client.handshake(), server.handshake()]);
        // Which client it is may be another one.
        await client.write(bytes("x"));
        assertEquals(await server.read(new Uint8Array(9)), 1);
      }
    },
  },
]);

async function assertTimesOut(conn: TlsConn): Promise<void> {
  await Promise.all(
    WAYS.map(async (way) => {
      const error = await assertEnds(told(conn, way), "TimedOut");
      assertEquals(error.operation, way === "readChunk" ? "read" : way);
    }),
  );
}
