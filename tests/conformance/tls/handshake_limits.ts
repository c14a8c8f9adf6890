/**
 * How long the handshake of TLS may take, and the first message of a client.
 *
 * @module
 */
import type { TlsConn } from "@anyport/sockets";
import { assert, assertEquals } from "@std/assert";
import { certificates } from "../../certificates.ts";
import { bytes } from "../bytes.ts";
import type { Case } from "../case.ts";
import { clientHello } from "./client_hello.ts";
import { RawPeer, RawServer } from "../raw_peer.ts";
import { drip, hold } from "./held.ts";
import {
  assertEnds,
  assertServesTls,
  assertTalk,
  connectWell,
  listenWell,
  tlsPair,
  told,
  withCertificates,
} from "./pair.ts";

const WAYS = ["handshake", "read", "readChunk", "write"] as const;

/** Cases of `handshakeTimeoutMs` and `helloTimeoutMs`. */
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
    name: "a TLS client that sends no whole ClientHello is past helloTimeoutMs",
    async run(net) {
      const hello = clientHello();
      const starts = [0, 1, 5, 6, 60, hello.length - 1];
      for (const options of [{}, { maxHandshakes: 3 }]) {
        using listener = await listenWell(net, {
          helloTimeoutMs: 150,
          ...options,
        });
        await Promise.all(starts.map(async (length) => {
          using peer = await RawPeer.connect(listener);
          using conn = await listener.accept();
          const outcome = assertEnds(conn.handshake(), "TimedOut", "handshake");
          await drip(peer, hello.subarray(0, length));
          const { message } = await outcome;
          assert(message.includes("helloTimeoutMs, 150 ms"), message);
          await assertTimesOut(conn);
          await peer.readToEnd();
        }));
        await assertServesTls(net, listener);
      }
    },
  },
  {
    name: "a ClientHello that is whole leaves the rest of handshakeTimeoutMs",
    async run(net) {
      for (const options of [{}, { maxHandshakes: 3 }]) {
        using listener = await listenWell(net, {
          helloTimeoutMs: 100,
          handshakeTimeoutMs: 400,
          ...options,
        });
        using held = await hold(listener);
        const { message } = await assertEnds(
          held.conn.handshake(),
          "TimedOut",
        );
        assert(message.includes("longer than 400 ms"), message);
      }
    },
  },
  {
    name: "helloTimeoutMs limits startTls() as a server, too",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      using peer = await RawPeer.connect(listener);
      using plain = await listener.accept();
      // What was sent before is no answer to a ClientHello.
      await plain.write(bytes("220 go ahead\r\n"));
      await peer.readSome();
      const { server } = await certificates();
      using conn = await net.startTls(plain, {
        role: "server",
        helloTimeoutMs: 100,
        ...server,
      });
      const { message } = await assertEnds(conn.handshake(), "TimedOut");
      assert(message.includes("helloTimeoutMs, 100 ms"), message);
    },
  },
  {
    name: "helloTimeoutMs limits startTls() within TLS, too",
    needs: ["tlsWithinTls"],
    async run(net) {
      using ends = await tlsPair(net);
      await Promise.all([ends.client.handshake(), ends.server.handshake()]);
      const { server } = await certificates();
      using conn = await net.startTls(ends.server, {
        role: "server",
        helloTimeoutMs: 100,
        ...server,
      });
      const { message } = await assertEnds(conn.handshake(), "TimedOut");
      assert(message.includes("helloTimeoutMs, 100 ms"), message);
    },
  },
  {
    name: "helloTimeoutMs does not end a TLS connection that is secured",
    async run(net) {
      using ends = await tlsPair(net, { server: { helloTimeoutMs: 200 } });
      await Promise.all([ends.client.handshake(), ends.server.handshake()]);
      await assertEnds(
        ends.server.read(new Uint8Array(1), { timeoutMs: 400 }),
        "TimedOut",
      );
      await assertTalk(ends.client, ends.server);
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
