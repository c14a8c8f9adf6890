/**
 * The handshake of TLS: what it tells, and who waits for it.
 *
 * @module
 */
import type { TlsConn, TlsInfo } from "@anyport/sockets";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { certificates } from "../../certificates.ts";
import { bytes, readText } from "../bytes.ts";
import type { Case } from "../case.ts";
import { RawPeer, RawServer } from "../raw_peer.ts";
import {
  assertEnds,
  assertFirst,
  assertTalk,
  connectWell,
  listenWell,
  tlsPair,
  told,
  withCertificates,
} from "./pair.ts";
import { only, TlsPeer, TlsPeerServer } from "./peer.ts";
import { Relay } from "./relay.ts";

/** Cases of `TlsConn.handshake`. */
export const tlsHandshake: readonly Case[] = withCertificates([
  {
    name: "handshake() tells both ends of TLS 1.3 what was agreed on",
    async run(net) {
      const certs = await certificates();
      using ends = await tlsPair(net, {
        server: {
          ...certs.chained,
          alpnProtocols: ["wanted", "known"],
          minVersion: "TLSv1.3",
          clientAuth: "require",
          caCerts: [certs.ca],
        },
        client: { ...certs.client, alpnProtocols: ["other", "known"] },
      });
      const [client, server] = await Promise.all([
        ends.client.handshake(),
        ends.server.handshake(),
      ]);
      for (const info of [client, server]) {
        assertEquals(summaryOf(info), {
          alpnProtocol: "known",
          version: "TLSv1.3",
          serverName: "localhost",
          verified: true,
        });
        assertMatch(info.cipher, /^TLS_(AES|CHACHA20)_\w+_SHA(256|384)$/);
      }
      assertEquals(client.cipher, server.cipher);
      assertFirst(client.peerCertificates, certs.chained.cert);
      assertFirst(server.peerCertificates, certs.client.cert);
      await assertTalk(ends.client, ends.server);
    },
  },
  {
    name: "handshake() tells a client of TLS 1.2 what was agreed on",
    async run(net) {
      const certs = await certificates();
      using peers = await TlsPeerServer.listen({
        ...certs.chained,
        ...only("TLSv1.2"),
        ALPNProtocols: ["known"],
      });
      using conn = await connectWell(net, peers, {
        alpnProtocols: ["other", "known"],
      });
      using peer = await peers.accept();
      const info = await conn.handshake();
      assertEquals(summaryOf(info), {
        alpnProtocol: "known",
        version: "TLSv1.2",
        serverName: "localhost",
        verified: true,
      });
      assertMatch(info.cipher, /^TLS_ECDHE_ECDSA_WITH_\w+$/);
      assertEquals(info.cipher, peer.agreed.cipher);
      assertFirst(info.peerCertificates, certs.chained.cert);
    },
  },
  {
    name: "handshake() tells a server of TLS 1.2 what was agreed on",
    async run(net) {
      const certs = await certificates();
      using listener = await listenWell(net, {
        alpnProtocols: ["wanted", "known"],
        clientAuth: "require",
        caCerts: [certs.ca],
      });
      using peer = TlsPeer.connect(listener, {
        ...certs.client,
        ...only("TLSv1.2"),
        ca: certs.ca,
        ALPNProtocols: ["other", "known"],
      });
      using conn = await listener.accept();
      const info = await conn.handshake();
      await peer.secured;
      assertEquals(summaryOf(info), {
        alpnProtocol: "known",
        version: "TLSv1.2",
        serverName: "localhost",
        verified: true,
      });
      assertMatch(info.cipher, /^TLS_ECDHE_ECDSA_WITH_\w+$/);
      assertEquals(info.cipher, peer.agreed.cipher);
      assertFirst(info.peerCertificates, certs.client.cert);
    },
  },
  {
    name: "handshake() of TLS tells of what no end has named",
    async run(net) {
      using ends = await tlsPair(net, { client: { serverName: "127.0.0.1" } });
      const [client, server] = await Promise.all([
        ends.client.handshake(),
        ends.server.handshake(),
      ]);
      assertEquals([client.alpnProtocol, server.alpnProtocol], [null, null]);
      assertEquals([client.serverName, server.serverName], [null, null]);
      assertEquals([...server.peerCertificates], []);
      assertEquals([client.verified, server.verified], [true, false]);
    },
  },
  {
    name: "ALPN of TLS goes by what the server wants most, where both know it",
    async run(net) {
      using ends = await tlsPair(net, {
        server: { alpnProtocols: ["h2", "http/1.1"] },
        client: { alpnProtocols: ["http/1.1", "h2"] },
      });
      for (const conn of [ends.client, ends.server]) {
        assertEquals((await conn.handshake()).alpnProtocol, "h2");
      }
    },
  },
  {
    name: "ALPN of TLS is not used where only one end names protocols",
    async run(net) {
      for (const which of ["server", "client"] as const) {
        using ends = await tlsPair(net, {
          [which]: { alpnProtocols: ["h2"] },
        });
        for (const conn of [ends.client, ends.server]) {
          assertEquals((await conn.handshake()).alpnProtocol, null);
        }
        await assertTalk(ends.client, ends.server);
      }
    },
  },
  {
    name: "handshake() of TLS may be called again and again",
    async run(net) {
      using ends = await tlsPair(net);
      for (const conn of [ends.client, ends.server]) {
        const [one, other] = await Promise.all([
          conn.handshake(),
          conn.handshake({ timeoutMs: 20_000 }),
        ]);
        assertStrictEquals(one, other);
        assertStrictEquals(await conn.handshake(), one);
      }
      await assertTalk(ends.client, ends.server);
      assertEquals((await ends.client.handshake()).verified, true);
    },
  },
  {
    name: "handshake() of TLS that failed tells so again and again",
    async run(net) {
      const certs = await certificates();
      using ends = await tlsPair(net, { client: { caCerts: [certs.otherCa] } });
      for (let i = 0; i < 3; i++) {
        await assertEnds(ends.client.handshake(), "InvalidData", "handshake");
        await assertEnds(told(ends.client, "read"), "InvalidData", "read");
        await assertEnds(told(ends.client, "write"), "InvalidData", "write");
      }
    },
  },
  {
    name: "handshake() of TLS that is cancelled goes on",
    async run(net) {
      using listener = await listenWell(net);
      using relay = await Relay.listen(listener, { held: true });
      using client = await connectWell(net, relay);
      using server = await listener.accept();
      for (const conn of [client, server]) {
        const timedOut = await assertEnds(
          conn.handshake({ timeoutMs: 5 }),
          "TimedOut",
          "handshake",
        );
        assertMatch(timedOut.message, /^Cannot shake hands with /);
        const controller = new AbortController();
        const { signal } = controller;
        const waiting = conn.handshake({ signal }).catch((error) => error);
        const reason = new Error("changed my mind");
        controller.abort(reason);
        assertStrictEquals(await waiting, reason);
        const late = conn.handshake({ signal }).catch((error) => error);
        assertStrictEquals(await late, reason);
        await assertRejects(
          () => conn.handshake({ timeoutMs: -1 }),
          RangeError,
        );
      }
      relay.release();
      await Promise.all([client.handshake(), server.handshake()]);
      await assertTalk(client, server);
    },
  },
  {
    name: "reads and writes begun before the TLS handshake is done wait for it",
    async run(net) {
      using listener = await listenWell(net);
      using relay = await Relay.listen(listener, { held: true });
      using client = await connectWell(net, relay);
      using server = await listener.accept();
      let settled = 0;
      const count = <T>(promise: Promise<T>) =>
        promise.finally(() => settled++);
      const calls = [client, server].map((conn, i) =>
        Promise.all([
          count(conn.write(bytes(`from ${i}`))),
          count(readText(conn)),
        ])
      );
      await assertEnds(client.handshake({ timeoutMs: 20 }), "TimedOut");
      assertEquals([settled, relay.count("down")], [0, 0]);
      relay.release();
      const outcomes = await Promise.all(calls);
      assertEquals(outcomes, [[6, "from 1"], [6, "from 0"]]);
    },
  },
  {
    name: "closeWrite() begun before the TLS handshake is done waits for it",
    async run(net) {
      using listener = await listenWell(net);
      using relay = await Relay.listen(listener, { held: true });
      using client = await connectWell(net, relay);
      using server = await listener.accept();
      const ending = client.closeWrite();
      await assertEnds(client.handshake({ timeoutMs: 5 }), "TimedOut");
      relay.release();
      await ending;
      assertEquals(await readText(server), null);
      await server.write(bytes("answer"));
      assertEquals(await readText(client), "answer");
    },
  },
  {
    name: "accept() of TLS resolves before a client has said anything",
    async run(net) {
      using listener = await listenWell(net);
      using _silent = await RawPeer.connect(listener);
      using conn = await listener.accept();
      // Others are not held up.
      using client = await connectWell(net, listener);
      using server = await listener.accept();
      await assertTalk(client, server);
      await assertEnds(conn.handshake({ timeoutMs: 5 }), "TimedOut");
    },
  },
  {
    name: "200 TLS handshakes at once are done",
    async run(net) {
      using listener = await listenWell(net, { backlog: 200 });
      const serving = (async () => {
        const echoes: Promise<void>[] = [];
        while (echoes.length < 200) {
          echoes.push(answerOnce(await listener.accept()));
        }
        await Promise.all(echoes);
      })();
      await Promise.all(Array.from({ length: 200 }, async (_, i) => {
        using conn = await connectWell(net, listener);
        await conn.write(bytes(`number ${i}`));
        assertEquals(await readText(conn), `number ${i}`);
        assertEquals(await readText(conn), null);
      }));
      await serving;
    },
  },
  {
    name: "close() and reset() during the TLS handshake reject it Interrupted",
    async run(net) {
      for (const how of ["close", "reset"] as const) {
        using server = await RawServer.listen();
        using listener = await listenWell(net);
        using client = await connectWell(net, server);
        using silent = await RawPeer.connect(listener);
        using accepted = await listener.accept();
        for (const conn of [client, accepted]) {
          const outcomes = Promise.all(
            (["handshake", "read", "readChunk", "write"] as const).map((way) =>
              assertEnds(told(conn, way), "Interrupted")
            ),
          );
          conn[how]();
          await outcomes;
        }
        using peer = await server.accept();
        for (const end of [peer, silent]) await end.readToEnd();
      }
    },
  },
  {
    name: "TLS is spoken over IPv6",
    async run(net) {
      using listener = await listenWell(net, { hostname: "::1", port: 0 });
      using client = await connectWell(net, listener, {
        serverName: undefined,
      });
      using server = await listener.accept();
      await assertTalk(client, server);
      assertEquals((await client.handshake()).serverName, null);
    },
  },
  {
    name: "TLS is spoken over Unix sockets",
    needs: ["unix"],
    async run(net) {
      using ends = await tlsPair(net, { over: "unix" });
      await assertTalk(ends.client, ends.server);
      assertEquals((await ends.server.handshake()).serverName, "localhost");
      assertEquals(ends.server.localAddr, ends.listener.addr);
      assertEquals(ends.client.remoteAddr, ends.listener.addr);
      await ends.client.closeWrite();
      assertEquals(await readText(ends.server), null);
      await ends.server.write(bytes("late"));
      assertEquals(await readText(ends.client), "late");
    },
  },
  {
    name: "the addresses of TLS are those of the connection below",
    async run(net) {
      using ends = await tlsPair(net);
      assertEquals(ends.client.localAddr, ends.server.remoteAddr);
      assertEquals(ends.client.remoteAddr, ends.server.localAddr);
      assertEquals(ends.client.remoteAddr, ends.listener.addr);
      assert(ends.client.localAddr !== undefined);
    },
  },
]);

async function answerOnce(conn: TlsConn): Promise<void> {
  await conn.write(bytes((await readText(conn))!));
  conn.close();
}

/** What is not different each time. */
function summaryOf({ alpnProtocol, version, serverName, verified }: TlsInfo) {
  return { alpnProtocol, version, serverName, verified };
}
