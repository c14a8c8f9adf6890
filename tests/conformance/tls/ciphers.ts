/**
 * Which cipher suites an end uses: forward secret AEAD ones unless it is told, and
 * then those it is told.
 *
 * @module
 */
import type { Listener, TlsInfo } from "@anyport/sockets";
import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { certificates } from "../../certificates.ts";
import { materials } from "../../materials.ts";
import { type Capability, type Case, type Net, pair } from "../case.ts";
import { opensslClient, OpensslServer } from "./openssl_peer.ts";
import {
  assertServesTls,
  assertTalk,
  clientOf,
  connectWell,
  listenWell,
  tlsPair,
  withCertificates,
} from "./pair.ts";
import { startBoth } from "./start_pair.ts";
import { offeredBy, suiteWith } from "./suites.ts";

/** What is used unless `ciphers` says otherwise, as numbered by IANA. */
const SUITES13 = {
  "TLS_AES_256_GCM_SHA384": 0x1302,
  "TLS_CHACHA20_POLY1305_SHA256": 0x1303,
  "TLS_AES_128_GCM_SHA256": 0x1301,
};
const SUITES12 = {
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": 0xc02b,
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": 0xc02f,
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": 0xc02c,
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": 0xc030,
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": 0xcca9,
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": 0xcca8,
};
const DEFAULTS = { ...SUITES13, ...SUITES12 };
const ALL = Object.keys(DEFAULTS);
const NAMES12 = Object.keys(SUITES12);

/** Not a suite, but says that renegotiation is secure (RFC 5746 §3.3). */
const SCSV = 0x00ff;

/** Outside of the default: what OpenSSL calls them. */
const OUTSIDE: Record<string, readonly [openssl: string, Capability]> = {
  "TLS_RSA_WITH_AES_128_GCM_SHA256": ["AES128-GCM-SHA256", "cipherChoice"],
  "TLS_RSA_WITH_AES_256_CBC_SHA": ["AES256-SHA", "cipherChoice"],
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": [
    "ECDHE-RSA-AES128-SHA",
    "cipherChoice",
  ],
  "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256": [
    "DHE-RSA-AES128-GCM-SHA256",
    "dheSuites",
  ],
};
const WEAK = Object.values(OUTSIDE).map(([name]) => name);

const CHACHA = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";
const AES = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

/** Cases of cipher suites. */
export const tlsCiphers: readonly Case[] = withCertificates([
  ...(["listenTls", "startTls", "chooseCertificate", "serverNames"] as const)
    .map((path): Case => ({
      name: `a TLS server uses forward secret AEAD suites alone (${path})`,
      async run(net) {
        using server = await serving(net, path);
        for (const weak of WEAK) {
          const flags = ["-cipher", `${weak}:@SECLEVEL=0`, "-tls1_2"];
          const { cipher } = await server.shake(flags);
          assertEquals(cipher, undefined, weak);
        }
        const { cipher } = await server.shake([
          "-tls1_2",
          ...["-cipher", "AES128-SHA:ECDHE-RSA-CHACHA20-POLY1305"],
        ]);
        assertEquals(cipher, "ECDHE-RSA-CHACHA20-POLY1305");
      },
    })),
  ...[["connectTls"], ["startTls"], ["connectTls", "verifying nothing"]]
    .map(([path, how]): Case => ({
      name: `a TLS client offers forward secret AEAD suites alone (${
        [path, how].filter(Boolean).join(", ")
      })`,
      async run(net) {
        const options = how === undefined
          ? {}
          : { unsafelyDisableHostnameVerification: true };
        const offered = await offeredBy(net, options, path === "startTls");
        const known: number[] = [...Object.values(DEFAULTS), SCSV];
        const others = offered.filter((suite) => !known.includes(suite));
        assertEquals(others, []);
        for (const [name, suite] of Object.entries(DEFAULTS)) {
          assert(offered.includes(suite), name);
        }
      },
    })),
  {
    name: "a TLS client refuses a server that has weak suites alone",
    async run(net) {
      const certs = await certificates();
      for (const weak of WEAK) {
        await using peer = await OpensslServer.listen(
          certs.rsa,
          ...["-tls1_2", "-cipher", `${weak}:@SECLEVEL=0`],
        );
        using client = await connectWell(net, peer);
        const error = await assertRejects(
          () => client.handshake(),
          errors.SocketError,
        );
        assert(
          ["EPROTO", "EOF", "ECONNRESET"].includes(error.code),
          String(error),
        );
      }
    },
  },
  ...(["rsa1024", "sha1", "belowSha1"] as const).map((kind): Case => ({
    name: `a TLS client refuses a server's certificate of the kind ${kind}`,
    async run(net) {
      const { [kind]: weak, ca } = await materials();
      const flags = ["-cipher", "DEFAULT:@SECLEVEL=0"];
      await using peer = await OpensslServer.listen(weak, ...flags);
      using client = await connectWell(net, peer, { caCerts: [ca] });
      const error = await assertRejects(
        () => client.handshake(),
        errors.InvalidData,
      );
      assertEquals(error.code, "EPROTO");
    },
  })),
  {
    name: "ciphers with all the suites that are the default change nothing",
    async run(net) {
      const both = { ciphers: ALL };
      using ends = await tlsPair(net, { server: both, client: both });
      await assertTalk(ends.client, ends.server);
      assertEquals((await ends.client.handshake()).version, "TLSv1.3");
    },
  },
  {
    name: "ciphers without suites of TLS 1.2 refuse TLS 1.2",
    async run(net) {
      using listener = await listenWell(net, {
        ciphers: Object.keys(SUITES13),
      });
      assertEquals(await suiteWith(listener, "-tls1_2"), undefined);
      await assertServesTls(net, listener);
      const offered = await offeredBy(net, {
        ciphers: Object.keys(SUITES13),
      });
      if (offered.some((suite) => suite < 0x1300 || suite >= 0x1400)) {
        // Deno's client offers them beside the version alone.
        await using peer = await OpensslServer.listen(
          (await certificates()).server,
          ...["-tls1_2"],
        );
        using client = await connectWell(net, peer, {
          ciphers: Object.keys(SUITES13),
        });
        await assertRejects(() => client.handshake(), errors.SocketError);
      }
    },
  },
  {
    name: "ciphers without suites of TLS 1.3 keep to TLS 1.2",
    async run(net) {
      const both = { ciphers: NAMES12 };
      using ends = await tlsPair(net, { server: both });
      await assertTalk(ends.client, ends.server);
      assertEquals((await ends.client.handshake()).version, "TLSv1.2");
      assertEquals(await suiteWith(ends.listener, "-tls1_3"), undefined);
    },
  },
  {
    name: "ciphers without suites of TLS 1.3 keep a client to TLS 1.2",
    async run(net) {
      const calling = tlsPair(net, { client: { ciphers: NAMES12 } });
      using ends = await calling;
      await assertTalk(ends.client, ends.server);
      assertEquals((await ends.client.handshake()).version, "TLSv1.2");
    },
  },
  ...(["server", "client"] as const).map((role): Case => ({
    name: `ciphers narrow the suites of TLS 1.2 on a ${role}`,
    needs: ["cipherChoice"],
    async run(net) {
      for (const cipher of [CHACHA, AES]) {
        using ends = await tlsPair(net, { [role]: { ciphers: [cipher] } });
        await assertTalk(ends.client, ends.server);
        await assertAgreed(ends, { version: "TLSv1.2", cipher });
      }
    },
  })),
  {
    name: "ciphers that ends have none of in common fail the handshake",
    needs: ["cipherChoice"],
    async run(net) {
      using ends = await tlsPair(net, {
        server: { ciphers: [CHACHA] },
        client: { ciphers: [AES] },
      });
      for (const end of [ends.client, ends.server]) {
        const error = await assertRejects(
          () => end.handshake(),
          errors.SocketError,
        );
        assert(
          ["EPROTO", "EOF", "ECONNRESET"].includes(error.code),
          `${error}`,
        );
      }
    },
  },
  {
    name: "the order of a server's ciphers decides in TLS 1.2",
    needs: ["cipherChoice"],
    async run(net) {
      for (const order of [[CHACHA, AES], [AES, CHACHA]]) {
        using ends = await tlsPair(net, {
          server: { ciphers: order },
          client: { ciphers: [...order].reverse() },
        });
        await assertTalk(ends.client, ends.server);
        await assertAgreed(ends, { version: "TLSv1.2", cipher: order[0] });
      }
    },
  },
  {
    name: "a client offers ciphers in their order",
    needs: ["cipherChoice"],
    async run(net) {
      for (const ciphers of [[CHACHA, AES], [AES, CHACHA]]) {
        const offered = await offeredBy(net, { ciphers });
        assertEquals(
          offered.filter((suite) => suite !== SCSV),
          ciphers.map((name) => SUITES12[name as keyof typeof SUITES12]),
        );
      }
    },
  },
  {
    name: "ciphers choose and order the suites of TLS 1.3, or are NotSupported",
    async run(net) {
      for (const cipher of Object.keys(SUITES13)) {
        const options = { ciphers: [cipher] };
        const calling = tlsPair(net, { server: options });
        const outcome = await calling.catch((error) => error);
        if (outcome instanceof Error) {
          assertUnsupported(outcome, "listenTls", "TLS 1.3");
          assertUnsupported(
            await rejected(connectWell(net, NOWHERE, options)),
            "connectTls",
            "TLS 1.3",
          );
          continue;
        }
        using ends = outcome;
        await assertTalk(ends.client, ends.server);
        await assertAgreed(ends, { version: "TLSv1.3", cipher });
      }
    },
  },
  {
    name: "a server's order of suites of TLS 1.3 decides",
    needs: ["cipherChoice13"],
    async run(net) {
      const names = [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_128_CCM_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
      ];
      for (const ciphers of [names, [...names].reverse()]) {
        using ends = await tlsPair(net, {
          server: { ciphers },
          client: { ciphers: [...ciphers].reverse() },
        });
        await assertTalk(ends.client, ends.server);
        await assertAgreed(ends, { version: "TLSv1.3", cipher: ciphers[0] });
      }
    },
  },
  ...Object.entries(OUTSIDE).flatMap(([cipher, [openssl, needed]]): Case[] => [
    {
      name: `ciphers allow ${cipher} where it is named`,
      needs: [needed],
      async run(net) {
        // The other RSA certificate's key is for signatures alone.
        const { rsa2048: rsa, ca } = await materials();
        using listener = await listenWell(net, { ...rsa, ciphers: [cipher] });
        const flags = ["-tls1_2", "-cipher", openssl];
        assertEquals(await suiteWith(listener, ...flags), openssl);
        using ends = await tlsPair(net, {
          server: { ...rsa, ciphers: [cipher] },
          client: { ciphers: [cipher], caCerts: [ca] },
        });
        await assertTalk(ends.client, ends.server);
        await assertAgreed(ends, { version: "TLSv1.2", cipher });
      },
    },
    {
      name: `ciphers with ${cipher} work, or are NotSupported by name`,
      async run(net) {
        const options = { ciphers: [...ALL, cipher] };
        const { rsa } = await certificates();
        const outcome = await listenWell(net, { ...rsa, ...options })
          .catch((error) => error);
        if (!(outcome instanceof Error)) {
          using listener = outcome;
          const flags = ["-tls1_2", "-cipher", openssl];
          assertEquals(await suiteWith(listener, ...flags), openssl);
          return;
        }
        assertUnsupported(outcome, "listenTls", cipher);
        assertUnsupported(
          await rejected(connectWell(net, NOWHERE, options)),
          "connectTls",
          cipher,
        );
        using plain = await pair(net);
        assertUnsupported(
          await rejected(
            net.startTls(plain.client, { ...options, hostname: "localhost" }),
          ),
          "startTls",
          cipher,
        );
        await assertTalk(plain.client, plain.server);
      },
    },
  ]),
  {
    name: "ciphers that a runtime cannot leave out are NotSupported by name",
    async run(net) {
      for (const left of NAMES12) {
        const options = { ciphers: ALL.filter((name) => name !== left) };
        const outcome = await listenWell(net, options).catch((error) => error);
        if (outcome instanceof Error) {
          assertUnsupported(outcome, "listenTls", left);
          continue;
        }
        outcome.close();
        const offered = await offeredBy(net, options);
        assert(!offered.includes(SUITES12[left as keyof typeof SUITES12]));
      }
    },
  },
  {
    name: "ciphers and startTls() work together",
    needs: ["cipherChoice"],
    async run(net) {
      const certs = await certificates();
      using plain = await pair(net);
      const [client, server] = await startBoth(net, plain, {
        client: { ...clientOf(certs), ciphers: [CHACHA] },
        server: { role: "server", ...certs.server, ciphers: [AES, CHACHA] },
      });
      await assertTalk(client, server);
      await assertAgreed({ client, server }, {
        version: "TLSv1.2",
        cipher: CHACHA,
      });
      client.close();
      server.close();
    },
  },
]);

/** Where nothing is reached, as the options are refused before. */
const NOWHERE: Pick<Listener, "addr"> = {
  addr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
};

/** A server that shows the RSA certificate on one path. */
async function serving(
  net: Net,
  path: "listenTls" | "startTls" | "chooseCertificate" | "serverNames",
) {
  const { rsa } = await certificates();
  const listener = path === "startTls"
    ? await net.listen({ hostname: "127.0.0.1", port: 0 })
    : path === "listenTls"
    ? await listenWell(net, rsa)
    : path === "serverNames"
    ? await listenWell(net, { serverNames: { localhost: rsa } })
    : await listenWell(net, { chooseCertificate: () => rsa });
  return {
    /** One handshake of OpenSSL's with it. */
    async shake(flags: readonly string[]) {
      const [shaken] = await Promise.all([
        opensslClient(listener, "-servername", "localhost", ...flags),
        (async () => {
          const accepted = await listener.accept();
          using conn = path === "startTls"
            ? await net.startTls(accepted, {
              role: "server",
              ...rsa,
            })
            : accepted as Awaited<ReturnType<Net["startTls"]>>;
          await conn.handshake().catch(() => {});
        })(),
      ]);
      return shaken;
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

/** Both ends say the same of what was agreed on. */
async function assertAgreed(
  { client, server }: Record<"client" | "server", {
    handshake(): Promise<TlsInfo>;
  }>,
  expected: Pick<TlsInfo, "version" | "cipher">,
): Promise<void> {
  for (const end of [client, server]) {
    const { version, cipher } = await end.handshake();
    assertEquals({ version, cipher }, expected);
  }
}

function rejected(call: Promise<{ close(): void }>): Promise<unknown> {
  return call.then((made) => made.close(), (error) => error);
}

/** It is ENOTSUP, and names what of `ciphers` cannot be. */
function assertUnsupported(
  error: unknown,
  operation: string,
  named: string,
): void {
  assert(error instanceof errors.NotSupported, String(error));
  assertEquals([error.code, error.operation], ["ENOTSUP", operation]);
  assert(error.message.includes(named), error.message);
}
