/**
 * Servers that have several certificates, and choose.
 *
 * @module
 */
import type { TlsClientHello, TlsKeyPair } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { certificates } from "../../certificates.ts";
import { readText } from "../bytes.ts";
import type { Case } from "../case.ts";
import {
  assertEnds,
  assertServesTls,
  assertTalk,
  connectWell,
  listenWell,
  withCertificates,
} from "./pair.ts";
import { only, TlsPeer } from "./peer.ts";
import { assertShows, garbage, listenOnly } from "./shown.ts";

/** Cases of `serverNames` and `chooseCertificate`. */
export const tlsNames: readonly Case[] = withCertificates([
  {
    name: "serverNames of TLS show each client the certificate for its name",
    async run(net) {
      const { a, b, wild, server } = await certificates();
      using listener = await listenWell(net, {
        serverNames: {
          "*.example.test": wild,
          "a.example.test": a,
          "B.Example.Test": b,
        },
      });
      await assertShows(net, listener, {
        "a.example.test": a,
        "A.EXAMPLE.test": a,
        "b.example.test": b,
        "c.example.test": wild,
        "localhost": server,
        "127.0.0.1": server,
      });
    },
  },
  {
    name: "serverNames of TLS are for clients of TLS 1.2 too",
    async run(net) {
      const { a, b, ca } = await certificates();
      using listener = await listenWell(net, {
        serverNames: { "a.example.test": a, "b.example.test": b },
      });
      for (const servername of ["a.example.test", "b.example.test"]) {
        using peer = TlsPeer.connect(listener, {
          servername,
          ca,
          ...only("TLSv1.2"),
        });
        using conn = await listener.accept();
        // The peer takes no other one.
        await peer.secured;
        assertEquals((await conn.handshake()).serverName, servername);
      }
    },
  },
  {
    name: "a TLS server that has no certificate for a name refuses it",
    async run(net) {
      const { a, wild } = await certificates();
      using listener = await listenOnly(net, {
        serverNames: { "a.example.test": a, "*.example.test": wild },
      });
      const unknown = [
        "localhost",
        "127.0.0.1",
        "example.test",
        "x.y.example.test",
      ];
      for (const serverName of unknown) {
        using client = await connectWell(net, listener, { serverName });
        using server = await listener.accept();
        await Promise.all([
          assertEnds(client.handshake(), "InvalidData"),
          assertEnds(server.handshake(), "InvalidData"),
          assertEnds(server.read(new Uint8Array(1)), "InvalidData"),
        ]);
      }
      await assertShows(net, listener, { "a.example.test": a });
    },
  },
  {
    name:
      "chooseCertificate of TLS is told what the client asks for, and waited for",
    async run(net) {
      const { a, server } = await certificates();
      const heard: TlsClientHello[] = [];
      using listener = await listenOnly(net, {
        alpnProtocols: ["h2"],
        async chooseCertificate(hello) {
          heard.push(hello);
          await new Promise((resolve) => setTimeout(resolve, 0));
          return hello.serverName === "a.example.test" ? a : server;
        },
      });
      await assertShows(net, listener, {
        "A.example.test": a,
        "127.0.0.1": server,
      });
      using client = await connectWell(net, listener, {
        alpnProtocols: ["h3", "h2"],
      });
      using conn = await listener.accept();
      await assertTalk(client, conn);
      assertEquals(
        heard.map(({ serverName, alpnProtocols }) => ({
          serverName,
          alpnProtocols: [...alpnProtocols],
        })),
        [
          { serverName: "a.example.test", alpnProtocols: [] },
          { serverName: null, alpnProtocols: [] },
          { serverName: "localhost", alpnProtocols: ["h3", "h2"] },
        ],
      );
    },
  },
  {
    name:
      "chooseCertificate of TLS is asked where serverNames has none, and may have none either",
    async run(net) {
      const { a, b, server } = await certificates();
      const asked: (string | null)[] = [];
      using listener = await listenWell(net, {
        serverNames: { "a.example.test": a },
        chooseCertificate({ serverName }) {
          asked.push(serverName);
          return serverName === "b.example.test" ? b : undefined;
        },
      });
      await assertShows(net, listener, {
        "a.example.test": a,
        "b.example.test": b,
        "localhost": server,
      });
      assertEquals(asked, ["b.example.test", "localhost"]);
    },
  },
  {
    name:
      "chooseCertificate of TLS refuses clients by throwing, or by what is no pair",
    async run(net) {
      const { a, server } = await certificates();
      const refusing: Record<string, () => unknown> = {
        throws: () => {
          throw new Error("not you");
        },
        rejects: () => Promise.reject(new Error("not you")),
        "gives nothing": () => undefined,
        "gives null": () => null,
        "gives text": () => "a certificate",
        "gives half a pair": () => ({ cert: a.cert }),
        "gives a key of another": () => ({ cert: a.cert, key: server.key }),
        "gives garbage": () => garbage,
      };
      for (const [how, choose] of Object.entries(refusing)) {
        let fails = true;
        using listener = await listenOnly(net, {
          chooseCertificate: () =>
            (fails ? choose() : server) as TlsKeyPair | undefined,
        });
        using client = await connectWell(net, listener);
        using conn = await listener.accept();
        const outcomes = await Promise.allSettled([
          assertEnds(client.handshake(), "InvalidData"),
          assertEnds(conn.handshake(), "InvalidData"),
          assertEnds(conn.read(new Uint8Array(1)), "InvalidData"),
        ]);
        for (const outcome of outcomes) {
          assertEquals(outcome.status, "fulfilled", how);
        }
        fails = false;
        await assertServesTls(net, listener);
      }
    },
  },
  {
    name:
      "a TLS client that chooseCertificate keeps waiting holds up no other, and times out",
    async run(net) {
      const { server } = await certificates();
      using listener = await listenOnly(net, {
        handshakeTimeoutMs: 300,
        chooseCertificate: ({ serverName }) =>
          serverName === "localhost" ? server : new Promise(() => {}),
      });
      using client = await connectWell(net, listener, {
        serverName: "slow.example.test",
      });
      using conn = await listener.accept();
      const slow = Promise.all([
        assertEnds(conn.handshake(), "TimedOut"),
        assertEnds(client.handshake(), ["ConnectionReset", "UnexpectedEof"]),
      ]);
      await assertServesTls(net, listener);
      await slow;
    },
  },
  ...[true, false].map((answers): Case => ({
    name: `close() while chooseCertificate is waited for is ${
      answers ? "a clean end once it" : "no clean end unless it"
    } answers`,
    async run(net) {
      const { server } = await certificates();
      const { promise, resolve } = deferred<TlsKeyPair>();
      const { promise: asked, resolve: ask } = deferred<void>();
      using listener = await listenOnly(net, {
        chooseCertificate() {
          ask();
          return promise;
        },
      });
      using client = await connectWell(net, listener);
      using conn = await listener.accept();
      await asked;
      const outcome = assertEnds(conn.handshake(), "Interrupted");
      conn.close();
      await outcome;
      if (answers) {
        resolve(server);
        await client.handshake();
        assertEquals(await readText(client), null);
      } else {
        await assertEnds(client.handshake(), [
          "UnexpectedEof",
          "ConnectionReset",
        ]);
        resolve(server);
      }
    },
  })),
]);

function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
} {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => resolve = done);
  return { promise, resolve };
}
