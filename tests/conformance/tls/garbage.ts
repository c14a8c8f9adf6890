/**
 * Peers that speak no TLS, or none that both ends speak.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { certificates } from "../../certificates.ts";
import { bytes } from "../bytes.ts";
import type { Case } from "../case.ts";
import { RawPeer, RawServer } from "../raw_peer.ts";
import {
  assertEnds,
  assertServesTls,
  connectWell,
  listenWell,
  type Telling,
  tlsPair,
  told,
  withCertificates,
} from "./pair.ts";
import { only, TlsPeer, TlsPeerServer } from "./peer.ts";

const WAYS: readonly Telling[] = ["handshake", "read", "write"];

/** What is no TLS. */
const GARBAGE: Record<string, Uint8Array> = {
  "plain HTTP": bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "a greeting of SMTP": bytes("220 localhost ESMTP ready\r\n"),
  zeros: new Uint8Array(1000),
  "the head of a record, and then nothing of one": new Uint8Array([
    ...[22, 3, 1, 0, 200],
    ...new Uint8Array(200).fill(0xff),
  ]),
  "a message that is no hello": new Uint8Array([22, 3, 1, 0, 4, 20, 0, 0, 0]),
  "bytes of every kind": Uint8Array.from({ length: 3000 }, (_, i) => i * 89),
};

/** Cases of TLS: no common language. */
export const tlsGarbage: readonly Case[] = withCertificates([
  ...Object.entries(GARBAGE).flatMap(([what, garbage]): Case[] => [
    {
      name: `a TLS server rejects InvalidData for ${what}, and serves others`,
      async run(net) {
        using listener = await listenWell(net);
        for (const way of WAYS) {
          using peer = await RawPeer.connect(listener);
          using conn = await listener.accept();
          const outcome = assertEnds(told(conn, way), "InvalidData", way);
          await peer.send(garbage);
          await outcome;
          await peer.end();
          await peer.readToEnd();
        }
        await assertServesTls(net, listener);
      },
    },
    {
      name: `a TLS client rejects InvalidData for ${what}`,
      async run(net) {
        for (const way of WAYS) {
          using server = await RawServer.listen();
          using conn = await connectWell(net, server);
          using peer = await server.accept();
          const outcome = assertEnds(told(conn, way), "InvalidData", way);
          await peer.send(garbage);
          await outcome;
          await peer.end();
          await peer.readToEnd();
        }
      },
    },
  ]),
  {
    name: "a TLS end whose peer ends at once rejects UnexpectedEof",
    async run(net) {
      for (const way of WAYS) {
        using listener = await listenWell(net);
        using silent = await RawPeer.connect(listener);
        using accepted = await listener.accept();
        await silent.end();
        await assertEnds(told(accepted, way), "UnexpectedEof", way);
        using server = await RawServer.listen();
        using client = await connectWell(net, server);
        using peer = await server.accept();
        await peer.end();
        await assertEnds(told(client, way), "UnexpectedEof", way);
      }
    },
  },
  {
    name: "no common ALPN protocol rejects InvalidData at both ends of TLS 1.3",
    async run(net) {
      for (const way of WAYS) {
        using ends = await tlsPair(net, {
          server: { alpnProtocols: ["h2"], minVersion: "TLSv1.3" },
          client: { alpnProtocols: ["http/1.1", "imap"] },
        });
        const outcomes = [ends.client, ends.server].map((conn) =>
          assertEnds(told(conn, way), "InvalidData", way)
        );
        await Promise.all(outcomes);
      }
    },
  },
  {
    name: "no common ALPN protocol rejects InvalidData at a server of TLS 1.2",
    async run(net) {
      const certs = await certificates();
      using listener = await listenWell(net, { alpnProtocols: ["h2"] });
      using peer = TlsPeer.connect(listener, {
        ca: certs.ca,
        ALPNProtocols: ["http/1.1"],
        ...only("TLSv1.2"),
      });
      using conn = await listener.accept();
      await assertEnds(conn.handshake(), "InvalidData");
      await assertFailed(peer.secured);
      await peer.close();
    },
  },
  {
    name: "no common ALPN protocol rejects InvalidData at a client of TLS 1.2",
    async run(net) {
      const certs = await certificates();
      using peers = await TlsPeerServer.listen({
        ...certs.server,
        ALPNProtocols: ["h2"],
        ...only("TLSv1.2"),
      });
      using conn = await connectWell(net, peers, {
        alpnProtocols: ["http/1.1"],
      });
      const accepting = assertFailed(peers.accept());
      await assertEnds(conn.handshake(), "InvalidData");
      await accepting;
    },
  },
  {
    name: "minVersion of a server refuses a client of TLS 1.2 as InvalidData",
    async run(net) {
      const certs = await certificates();
      using listener = await listenWell(net, { minVersion: "TLSv1.3" });
      for (const way of WAYS) {
        using peer = TlsPeer.connect(listener, {
          ca: certs.ca,
          ...only("TLSv1.2"),
        });
        using conn = await listener.accept();
        await assertEnds(told(conn, way), "InvalidData", way);
        await assertFailed(peer.secured);
        await peer.close();
      }
      await assertServesTls(net, listener);
    },
  },
  {
    name: "minVersion of a client refuses a server of TLS 1.2 as InvalidData",
    async run(net) {
      const certs = await certificates();
      using peers = await TlsPeerServer.listen({
        ...certs.server,
        ...only("TLSv1.2"),
      });
      for (const way of WAYS) {
        using conn = await connectWell(net, peers, { minVersion: "TLSv1.3" });
        const accepting = assertFailed(peers.accept());
        await assertEnds(told(conn, way), "InvalidData", way);
        await accepting;
      }
    },
  },
  {
    name: "versions before TLS 1.2 are not spoken",
    async run(net) {
      using listener = await listenWell(net);
      // A ClientHello of TLS 1.1, with one cipher suite and no extensions.
      const hello = new Uint8Array([
        ...[22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2],
        ...new Uint8Array(32).fill(7),
        ...[0, 0, 2, 0xc0, 0x09, 1, 0],
      ]);
      using peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      await peer.send(hello);
      await assertEnds(conn.handshake(), "InvalidData");
      await peer.end();
      const { bytes: answer } = await peer.readToEnd();
      // An alert that is fatal (RFC 5246 §7.2), where the runtime sends any.
      if (answer.length > 0) assertEquals([answer[0], answer[5]], [21, 2]);
    },
  },
]);

/** Fails if a peer takes its handshake for done. */
async function assertFailed(done: Promise<unknown>): Promise<void> {
  const outcome = await done.then(() => "done", () => "failed");
  assertEquals(outcome, "failed");
}
