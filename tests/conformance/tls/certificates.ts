/**
 * Certificates of servers: which ones a client takes, and for which names.
 *
 * @module
 */
import type { TlsClientOptions, TlsConn, TlsVersion } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import {
  type Certificates,
  certificates,
  type Identity,
} from "../../certificates.ts";
import { bytes, readText } from "../bytes.ts";
import type { Case, Net } from "../case.ts";
import {
  assertEnds,
  assertFirst,
  assertTalk,
  connectWell,
  listenWell,
  type Telling,
  told,
  withCertificates,
} from "./pair.ts";
import { only, TlsPeerServer } from "./peer.ts";

const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;

/** A server's certificate, and the name that a client asks for. */
type Asked = readonly [which: keyof Certificates, name: string];

const GOOD: readonly Asked[] = [
  ["server", "localhost"],
  ["server", "LOCALHOST"],
  ["server", "127.0.0.1"],
  ["server", "::1"],
  ["rsa", "localhost"],
  ["rsaPkcs1", "localhost"],
  ["ecSec1", "localhost"],
  ["chained", "localhost"],
  ["a", "a.example.test"],
  ["a", "A.example.test."],
  ["wild", "anything.example.test"],
  ["wild", "_under_score.example.test"],
  ["otherIp", "127.0.0.2"],
];

const BAD: readonly Asked[] = [
  ["expired", "localhost"],
  ["notYetValid", "localhost"],
  ["wrongName", "localhost"],
  ["commonNameOnly", "localhost"],
  ["commonNameAndUri", "localhost"],
  ["commonNameAndIp", "localhost"],
  ["wrongUsage", "localhost"],
  ["selfSigned", "localhost"],
  ["unknownCa", "localhost"],
  ["notACa", "localhost"],
  ["wildTop", "localhost"],
  ["wildPartial", "localhost"],
  ["wildDeep", "a.example.test"],
  ["wild", "example.test"],
  ["wild", "a.b.example.test"],
  ["a", "b.example.test"],
  ["a", "127.0.0.1"],
  ["ipAsName", "127.0.0.1"],
  ["otherIp", "127.0.0.1"],
  ["server", "127.0.0.2"],
  ["server", "::2"],
];

/** Cases of TLS: servers' certificates. */
export const tlsCertificates: readonly Case[] = withCertificates([
  ...GOOD.flatMap((asked) =>
    VERSIONS.map((version): Case => ({
      name: nameOf("accepts", asked, version),
      async run(net) {
        const [which, serverName] = asked;
        await visited(net, asked, version, async (connect) => {
          using conn = await connect({ serverName });
          const info = await conn.handshake();
          assertEquals(info.verified, true);
          assertEquals(info.version, version);
          const certs = await certificates();
          assertFirst(info.peerCertificates, (certs[which] as Identity).cert);
          assertEquals(await readText(conn), "welcome");
        });
      },
    }))
  ),
  ...BAD.flatMap((asked) =>
    VERSIONS.map((version): Case => ({
      name: nameOf("refuses", asked, version),
      async run(net) {
        const [, serverName] = asked;
        await visited(net, asked, version, async (connect) => {
          for (const way of ["handshake", "read", "write"] as const) {
            await assertRefuses(await connect({ serverName }), way);
          }
        });
      },
    }))
  ),
  {
    name:
      "a TLS client trusts the roots of the runtime, and no test's, by default",
    async run(net) {
      await visited(
        net,
        ["server", "localhost"],
        "TLSv1.3",
        async (connect) => {
          await assertRefuses(
            await connect({ caCerts: undefined }),
            "handshake",
          );
        },
      );
    },
  },
  {
    name:
      "a TLS client trusts a certificate that signed itself where it is told to",
    async run(net) {
      const { selfSigned } = await certificates();
      await visited(
        net,
        ["selfSigned", "localhost"],
        "TLSv1.3",
        async (connect) => {
          using conn = await connect({ caCerts: [selfSigned.cert] });
          assertEquals((await conn.handshake()).verified, true);
        },
      );
    },
  },
  {
    name: "a TLS client trusts each of several roots, also in one text",
    async run(net) {
      const { ca, otherCa } = await certificates();
      for (const caCerts of [[otherCa, ca], [ca, otherCa], [otherCa + ca]]) {
        for (const which of ["server", "unknownCa"] as const) {
          await visited(
            net,
            [which, "localhost"],
            "TLSv1.3",
            async (connect) => {
              using conn = await connect({ caCerts });
              assertEquals((await conn.handshake()).verified, true);
            },
          );
        }
      }
    },
  },
  ...VERSIONS.map((version): Case => ({
    name:
      `unsafelyDisableHostnameVerification takes any name, and else nothing (${
        version.replace("v", " ")
      })`,
    async run(net) {
      const options = { unsafelyDisableHostnameVerification: true };
      const accepted = ["wrongName", "commonNameOnly", "otherIp"] as const;
      for (const which of accepted) {
        await visited(net, [which, "localhost"], version, async (connect) => {
          using conn = await connect(options);
          assertEquals((await conn.handshake()).verified, true);
          assertEquals(await readText(conn), "welcome");
        });
      }
      const refused = [
        "unknownCa",
        "selfSigned",
        "expired",
        "wrongUsage",
        "notACa",
      ] as const;
      for (const which of refused) {
        await visited(net, [which, "localhost"], version, async (connect) => {
          await assertRefuses(await connect(options), "handshake");
        });
      }
    },
  })),
  {
    name: "a TLS server never hears what a client has for another",
    async run(net) {
      const certs = await certificates();
      for (const which of ["unknownCa", "wrongName", "expired"] as const) {
        using listener = await listenWell(net, certs[which]);
        using client = await connectWell(net, listener);
        using server = await listener.accept();
        const writing = assertEnds(
          client.write(bytes("secret")),
          "InvalidData",
          "write",
        );
        // The client's alert, or its end where the runtime finds out late.
        await assertEnds(readText(server), [
          "InvalidData",
          "UnexpectedEof",
          "ConnectionReset",
        ], "read");
        await writing;
      }
    },
  },
  {
    name: "serverName is what a TLS client asks for, instead of its hostname",
    async run(net) {
      const certs = await certificates();
      using listener = await listenWell(net, certs.a);
      using client = await connectWell(net, listener, {
        serverName: "a.example.test",
      });
      using server = await listener.accept();
      await assertTalk(client, server);
      for (const conn of [client, server]) {
        assertEquals((await conn.handshake()).serverName, "a.example.test");
      }
    },
  },
  {
    name:
      "the hostname is what a TLS client asks for, unless it has a serverName",
    async run(net) {
      using listener = await listenWell(net);
      const { port } = listener.addr as { port: number };
      const { ca, a } = await certificates();
      for (const hostname of ["localhost", "127.0.0.1"]) {
        using client = await net.connectTls({ hostname, port, caCerts: [ca] });
        using server = await listener.accept();
        const expected = hostname === "localhost" ? hostname : null;
        assertEquals((await client.handshake()).serverName, expected);
        assertEquals((await server.handshake()).serverName, expected);
      }
      await listener.reload(a);
      using client = await net.connectTls({
        hostname: "localhost",
        port,
        caCerts: [ca],
      });
      using _server = await listener.accept();
      await assertEnds(client.handshake(), "InvalidData");
    },
  },
]);

function nameOf(verb: string, [which, name]: Asked, version: TlsVersion) {
  return `a TLS client ${verb} the certificate "${which}" for ${name} (${
    version.replace("v", " ")
  })`;
}

async function assertRefuses(conn: TlsConn, way: Telling): Promise<void> {
  try {
    await assertEnds(told(conn, way), "InvalidData", way);
    await assertEnds(told(conn, "read"), "InvalidData", "read");
  } finally {
    conn.close();
  }
}

/** Runs with a server that shows a certificate, and greets the client that takes it. */
async function visited(
  net: Net,
  [which]: Asked,
  version: TlsVersion,
  run: (
    connect: (options: TlsClientOptions) => Promise<TlsConn>,
  ) => Promise<void>,
): Promise<void> {
  const identity = (await certificates())[which] as Identity;
  if (version === "TLSv1.3") {
    using listener = await listenWell(net, {
      ...identity,
      minVersion: "TLSv1.3",
    });
    const serving: Promise<void>[] = [];
    await run(async (options) => {
      const client = await connectWell(net, listener, options);
      serving.push(greet(await listener.accept()));
      return client;
    });
    await Promise.all(serving);
    return;
  }
  using peers = await TlsPeerServer.listen({ ...identity, ...only(version) });
  peers.forEach((peer) => peer.send(bytes("welcome")));
  await run((options) => connectWell(net, peers, options));
}

/** A client that goes away is no concern here; one that talks before is. */
async function greet(conn: TlsConn): Promise<void> {
  try {
    await conn.write(bytes("welcome"));
    assertEquals(await readText(conn), null);
  } catch (error) {
    await assertEnds(Promise.reject(error), [
      "InvalidData",
      "UnexpectedEof",
      "ConnectionReset",
      "BrokenPipe",
    ]);
  } finally {
    conn.close();
  }
}
