/**
 * What `caCerts` make a client and a server trust: CAs, and certificates that have
 * signed themselves.
 *
 * @module
 */
import type { Conn, TlsConn } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { certificates } from "../../certificates.ts";
import type { Case } from "../case.ts";
import {
  assertEnds,
  assertFirst,
  assertTalk,
  connectWell,
  issuerOf,
  listenWell,
  withCertificates,
} from "./pair.ts";

/** Cases of `caCerts`. */
export const tlsTrust: readonly Case[] = withCertificates([
  {
    name: "caCerts of TLS: an intermediate CA is an anchor by itself",
    async run(net) {
      const { chained } = await certificates();
      using listener = await listenWell(net, chained);
      using client = await connectWell(net, listener, {
        caCerts: [issuerOf(chained)],
      });
      using server = await listener.accept();
      await assertTalk(client, server);
      const { peerCertificates, verified } = await client.handshake();
      assertEquals([verified, peerCertificates.length], [true, 2]);
      assertFirst(peerCertificates, chained.cert);
    },
  },
  {
    name: "caCerts of TLS: the path to the anchor is in peerCertificates",
    async run(net) {
      const { chained, ca } = await certificates();
      using listener = await listenWell(net, chained);
      using client = await connectWell(net, listener);
      using server = await listener.accept();
      await assertTalk(client, server);
      const { peerCertificates } = await client.handshake();
      assertFirst(peerCertificates, chained.cert + ca);
      assertEquals(peerCertificates.length, 3);
    },
  },
  {
    name: "caCerts of TLS: an intermediate CA is an anchor for clients too",
    needs: ["clientAnchors"],
    async run(net) {
      const { chained, client: other } = await certificates();
      using listener = await listenWell(net, {
        clientAuth: "request",
        caCerts: [issuerOf(chained)],
      });
      using client = await connectWell(net, listener, other);
      using server = await listener.accept();
      await assertTalk(client, server);
      // It is signed by the root, which is not among them.
      assertEquals((await server.handshake()).verified, false);
    },
  },
  {
    name: "caCerts of TLS: a certificate that is no CA vouches for no other",
    async run(net) {
      const { notACa } = await certificates();
      using listener = await listenWell(net, notACa);
      using client = await connectWell(net, listener, {
        caCerts: [issuerOf(notACa)],
      });
      using server = await listener.accept();
      await assertDistrusted(client, server);
    },
  },
  {
    name:
      "caCerts of TLS: a certificate that another has signed is not trusted by being named",
    async run(net) {
      const { server: leaf } = await certificates();
      using listener = await listenWell(net);
      using client = await connectWell(net, listener, {
        caCerts: [leaf.cert],
      });
      using server = await listener.accept();
      await assertDistrusted(client, server);
    },
  },
  {
    name:
      "caCerts of TLS: a client's certificate that signed itself is trusted by being named",
    async run(net) {
      const { clientSelfSigned } = await certificates();
      using listener = await listenWell(net, {
        clientAuth: "require",
        caCerts: [clientSelfSigned.cert],
      });
      using client = await connectWell(net, listener, clientSelfSigned);
      using server = await listener.accept();
      await assertTalk(client, server);
      assertEquals((await server.handshake()).verified, true);
    },
  },
  {
    name: "caCerts of TLS: a CA's own certificate is no server's",
    async run(net) {
      const { authority, ca } = await certificates();
      for (const caCerts of [[ca], [ca, authority.cert]]) {
        using listener = await listenWell(net, authority);
        using client = await connectWell(net, listener, { caCerts });
        using server = await listener.accept();
        await assertDistrusted(client, server);
      }
    },
  },
  {
    name:
      "serverName of TLS is sent in lower case, and without a dot at its end",
    async run(net) {
      using listener = await listenWell(net);
      using client = await connectWell(net, listener, {
        serverName: "LocalHost.",
      });
      using server = await listener.accept();
      await assertTalk(client, server);
      assertEquals((await client.handshake()).serverName, "localhost");
      assertEquals((await server.handshake()).serverName, "localhost");
    },
  },
]);

/** The client refuses the server, which hears of it in some way. */
async function assertDistrusted(client: TlsConn, server: Conn): Promise<void> {
  await Promise.all([
    assertEnds(client.handshake(), "InvalidData"),
    assertEnds(server.read(new Uint8Array(1)), [
      "InvalidData",
      "UnexpectedEof",
      "ConnectionReset",
    ]),
  ]);
}
