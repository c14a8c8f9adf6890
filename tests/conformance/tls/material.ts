/**
 * Which certificates and keys are taken of an end's own: what is taken works, and
 * what could not is refused at once, by name.
 *
 * @module
 */
import type { TlsKeyPair } from "@anyport/sockets";
import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { certificates, type Identity } from "../../certificates.ts";
import {
  converted,
  type Kind,
  type Materials,
  materials,
} from "../../materials.ts";
import { type Capability, type Case, type Net, pair } from "../case.ts";
import { opensslClient, OpensslServer } from "./openssl_peer.ts";
import {
  assertServesTls,
  assertTalk,
  connectWell,
  listenWell,
  tlsPair,
  withCertificates,
} from "./pair.ts";
import { assertShows, listenOnly } from "./shown.ts";
import { startBoth } from "./start_pair.ts";

/** What is refused, and what the error says of it. */
type Unusable = readonly [what: string, make: Made, ...says: string[]];
type Made = (all: Materials) => Identity | Promise<Identity>;

const of = (kind: Kind): Made => (all) => all[kind];
const BEGIN = /-----BEGIN [^-]+-----\n/;

const UNUSABLE: readonly Unusable[] = [
  ["an RSA key of 1024 bits", of("rsa1024"), "cert", "RSA", "1024 bits"],
  ["an RSA key of 8,200 bits", ({ rsa8200 }) => rsa8200, "cert", "8200 bits"],
  ["the curve secp256k1", of("secp256k1"), "cert", "secp256k1"],
  ["the curve P-224", of("p224"), "cert", "P-224"],
  ["a curve by its parameters", of("explicitCurve"), "cert", "explicit"],
  ["an Ed448 key", of("ed448"), "cert", "Ed448"],
  ["version 1", ({ version1 }) => version1, "cert", "version 1"],
  ["a SHA-1 signature", of("sha1"), "cert", "SHA-1"],
  ["an intermediate signed with SHA-1", of("belowSha1"), "cert", "SHA-1"],
  [
    "an unknown critical extension",
    of("unknownCritical"),
    "cert",
    "critical",
    "1.2.3.4",
  ],
  ["a keyUsage without signatures", of("noSignatures"), "cert", "keyUsage"],
  ["broken names", of("brokenNames"), "cert", "subjectAltName"],
  [
    "a second certificate that is none",
    ({ p256: { cert, key } }) => ({ cert: cert + pem("CERTIFICATE"), key }),
    "cert",
  ],
  [
    "bytes behind the certificate",
    ({ p256: { cert, key } }) => ({ cert: lengthened(cert), key }),
    "cert",
  ],
  [
    "bytes behind the key",
    ({ p256: { cert, key } }) => ({ cert, key: lengthened(key) }),
    "key",
  ],
  [
    "a certificate with trust settings",
    async ({ p256: { cert, key } }) => ({
      cert: await converted(cert, "x509 -trustout -addtrust serverAuth"),
      key,
    }),
    "cert",
    "TRUSTED CERTIFICATE",
  ],
  [
    "an encrypted key",
    async ({ p256: { cert, key } }) => ({
      cert,
      key: await converted(key, "pkcs8 -topk8 -passout pass:word"),
    }),
    "key",
    "passphrase",
  ],
  [
    "a key encrypted in the old form",
    async ({ rsa2048: { cert, key } }) => ({
      cert,
      key: await converted(
        key,
        "rsa -aes128 -traditional -passout pass:word",
      ),
    }),
    "key",
    "passphrase",
  ],
  [
    "a certificate whose base64 is cut short",
    ({ p256: { cert, key } }) => ({
      cert: cert.replace(/.\n-----END/, "\n-----END"),
      key,
    }),
    "cert",
    "base64",
  ],
  [
    "a certificate without its end",
    ({ p256: { cert, key } }) => ({
      cert: cert.slice(0, cert.indexOf("-----END")),
      key,
    }),
    "cert",
    "END",
  ],
  [
    "no certificate but a request",
    ({ p256: { cert, key } }) => ({
      cert: cert.replaceAll(" CERTIFICATE", " CERTIFICATE REQUEST"),
      key,
    }),
    "cert",
    "CERTIFICATE REQUEST",
  ],
  [
    "a key under another label",
    ({ p256: { cert, key } }) => ({
      cert,
      key: key.replaceAll(" PRIVATE", " RSA PRIVATE"),
    }),
    "key",
  ],
  [
    "another certificate's key",
    ({ p256: { cert }, p384: { key } }) => ({ cert, key }),
    "key",
    "certificate's",
  ],
];

/** Forms of the same certificate and key that all work. */
const FORMS: Record<string, (p256: Identity) => Identity | Promise<Identity>> =
  {
    "a byte order mark": each((text) => "\ufeff" + text),
    "CRLF": each((text) => text.replaceAll("\n", "\r\n")),
    "CR": each((text) => text.replaceAll("\n", "\r")),
    "blanks at the ends of lines": each((text) =>
      text.replaceAll("\n", " \t\n")
    ),
    "blanks at the beginnings of lines": each((text) =>
      text.replaceAll(/^/gm, "    ")
    ),
    "empty lines around": each((text) => `\n\n${text}\n\n`),
    "no end of the last line": each((text) => text.trimEnd()),
    "text around": each((text) => `subject=CN = x\n${text}and so on - -----\n`),
    "all of the base64 in one line": each((text) =>
      text.replace(BEGIN, "$&>").replaceAll(/([^-])\n(?!-)/g, "$1")
        .replace(">", "")
    ),
    "the key behind the certificate": ({ cert, key }) => both(cert + key),
    "the key before the certificate": ({ cert, key }) => both(key + cert),
    "the label X509 CERTIFICATE": ({ cert, key }) => ({
      cert: cert.replaceAll(" CERT", " X509 CERT"),
      key,
    }),
    "EC PARAMETERS before the key": async ({ cert, key }) => ({
      cert,
      key: "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n" +
        "-----END EC PARAMETERS-----\n" +
        await converted(key, "pkey -traditional"),
    }),
  };

/** Kinds that work, where the runtime can. */
const KINDS: readonly (readonly [Kind, Capability?])[] = [
  ["p256"],
  ["p384"],
  ["p521"],
  ["rsa2048"],
  ["ed25519"],
  ["rsaPss", "rsaPss"],
  ["criticalPolicy", "criticalPolicies"],
];

/** Cases of an end's own certificate and key. */
export const tlsMaterial: readonly Case[] = withCertificates([
  ...UNUSABLE.flatMap(([what, make, ...says]): Case[] => [{
    name: `${what} is refused by name when it is given, and the old stays`,
    async run(net) {
      const all = await materials();
      const bad = await make(all);
      await assertRefusedEverywhere(net, bad, says);
    },
  }, {
    name:
      `chooseCertificate that gives ${what} refuses the client, and says why`,
    async run(net) {
      const bad = await make(await materials());
      using listener = await listenWell(net, {
        chooseCertificate: () => bad,
      });
      using client = await connectWell(net, listener);
      using server = await listener.accept();
      const error = await assertRejects(
        () => server.handshake(),
        errors.InvalidData,
      );
      assertEquals(error.code, "EPROTO");
      assertUnusable(error.cause, "handshake", says, bad);
      await assertRejects(() => client.handshake(), errors.SocketError);
    },
  }]),
  ...KINDS.map(([kind, needed]): Case => ({
    name: `TLS works with a certificate of the kind ${kind}, at both ends`,
    needs: needed && [needed],
    async run(net) {
      const { [kind]: own, p256 } = await materials();
      for (const version of ["-tls1_2", "-tls1_3"]) {
        using listener = await listenOnly(net, own);
        const [{ cipher }] = await Promise.all([
          opensslClient(listener, version),
          (async () => {
            using server = await listener.accept();
            await server.handshake();
          })(),
        ]);
        assert(cipher !== undefined, version);
        // OpenSSL takes of a client of TLS 1.2 only the curves that it offers.
        if (kind === "p521" && version === "-tls1_2") continue;
        await using peer = await OpensslServer.listen(
          p256,
          ...[version, "-Verify", "1"],
        );
        using client = await net.connectTls({
          port: peer.addr.port,
          caCerts: [(await materials()).ca],
          ...own,
        });
        await client.handshake();
      }
    },
  })),
  ...(["rsaPss", "criticalPolicy"] as const).map((kind): Case => ({
    name: `a certificate of the kind ${kind} works, or is refused by name`,
    async run(net) {
      const { [kind]: own } = await materials();
      const listening = await listenOnly(net, own).catch((error) => error);
      if (listening instanceof Error) {
        const says = { rsaPss: "RSA-PSS", criticalPolicy: "2.5.29.32" }[kind];
        assertUnusable(listening, "listenTls", ["cert", says], own);
        await assertRefusedEverywhere(net, own, ["cert", says]);
        return;
      }
      using listener = listening;
      const [{ cipher }] = await Promise.all([
        opensslClient(listener),
        (async () => {
          using server = await listener.accept();
          await server.handshake();
        })(),
      ]);
      assert(cipher !== undefined);
    },
  })),
  ...Object.entries(FORMS).map(([form, make]): Case => ({
    name: `TLS takes a certificate, a key and roots with ${form}`,
    async run(net) {
      const { p256, ca } = await materials();
      const own = await make(p256);
      // As a root's text it has the same form, but for what is about keys.
      const root = (await make({ cert: ca, key: p256.key })).cert;
      using ends = await tlsPair(net, {
        server: { ...own, clientAuth: "require", caCerts: [root] },
        client: { ...own, caCerts: [root] },
      });
      await assertTalk(ends.client, ends.server);
      assertEquals((await ends.server.handshake()).verified, true);
      await ends.listener.reload({ ...own, caCerts: [root] });
      await assertServesTls(net, ends.listener, { ...own, caCerts: [root] });
    },
  })),
  {
    name: "startTls() takes a certificate and a key in one text",
    async run(net) {
      const { p256: { cert, key }, ca } = await materials();
      using plain = await pair(net);
      const own = both(key + cert);
      const [client, server] = await startBoth(net, plain, {
        client: { ...own, caCerts: [ca], hostname: "localhost" },
        server: {
          ...own,
          role: "server",
          clientAuth: "require",
          caCerts: [ca],
        },
      });
      await assertTalk(client, server);
      client.close();
      server.close();
    },
  },
  {
    name: "caCerts of several certificates in one text are all trusted",
    async run(net) {
      const { ca, p256 } = await materials();
      const certs = await certificates();
      const caCerts = [`roots:\r\n${certs.ca}\r\n${ca}`];
      for (const own of [p256, certs.server]) {
        using listener = await listenWell(net, own);
        await assertServesTls(net, listener, { caCerts });
      }
    },
  },
  {
    name: "caCerts with roots that are no anchors trust the others",
    async run(net) {
      const { ca, p256, version1Root, weakRoot } = await materials();
      const caCerts = [version1Root + ca + weakRoot];
      using ends = await tlsPair(net, {
        server: { ...p256, clientAuth: "require", caCerts },
        client: { ...p256, caCerts },
      });
      await assertTalk(ends.client, ends.server);
      assertEquals((await ends.server.handshake()).verified, true);
    },
  },
  {
    name: "caCerts of which none can be an anchor are refused, and say why",
    async run(net) {
      const { ca, p256, version1Root, weakRoot } = await materials();
      const wrong: readonly (readonly [string[], string])[] = [
        [[version1Root], "version 1"],
        [[weakRoot], "1024 bits"],
        [[version1Root + weakRoot], "version 1"],
      ];
      using listener = await listenWell(net, {
        clientAuth: "require",
        ...p256,
        caCerts: [ca],
      });
      using plain = await pair(net);
      const { client, server } = plain;
      for (const [caCerts, reason] of wrong) {
        const asServer = { ...p256, clientAuth: "require", caCerts } as const;
        const calls = {
          connectTls: () => net.connectTls({ port: 1, caCerts }),
          listenTls: () => listenWell(net, asServer),
          reload: () => listener.reload({ caCerts }),
          startTls: () =>
            net.startTls(client, { hostname: "localhost", caCerts }),
        };
        const says = ["caCerts", reason];
        for (const [operation, call] of Object.entries(calls)) {
          assertUnusable(await rejected(call()), operation, says, p256);
        }
        assertUnusable(
          await rejected(net.startTls(server, { ...asServer, role: "server" })),
          "startTls",
          says,
          p256,
        );
      }
      await assertTalk(client, server);
      await assertServesTls(net, listener, { ...p256, caCerts: [ca] });
    },
  },
  {
    name: "caCerts that cannot be used are refused by name, and the old stay",
    async run(net) {
      const { ca, p256, brokenNames } = await materials();
      const wrong: readonly (readonly [string, ...string[]])[] = [
        [p256.key, "PRIVATE KEY"],
        [ca + pem("CERTIFICATE")],
        [lengthened(ca)],
        // Deno would leave it out, and say so on the console.
        [brokenNames.cert, "subjectAltName"],
        [pem("X509 CRL") + ca, "X509 CRL"],
        [
          await converted(ca, "x509 -trustout -addtrust serverAuth"),
          "TRUSTED CERTIFICATE",
        ],
        [ca.replace("-----END", "-----EN"), "END"],
        [ca.replace(/\n([^-])/, "\n*$1"), "base64"],
      ];
      using listener = await listenWell(net, {
        clientAuth: "require",
        ...p256,
        caCerts: [ca],
      });
      for (const [text, ...says] of wrong) {
        const caCerts = [ca, text];
        says.push("one of caCerts");
        assertUnusable(
          await rejected(net.connectTls({ port: 1, caCerts })),
          "connectTls",
          says,
          p256,
        );
        assertUnusable(
          await rejected(
            listenWell(net, { clientAuth: "require", caCerts }),
          ),
          "listenTls",
          says,
          p256,
        );
        assertUnusable(
          await rejected(listener.reload({ caCerts })),
          "reload",
          says,
          p256,
        );
      }
      await assertServesTls(net, listener, { ...p256, caCerts: [ca] });
    },
  },
]);

/** Every way to give a certificate refuses it at once, and goes on as before. */
async function assertRefusedEverywhere(
  net: Net,
  bad: TlsKeyPair,
  says: readonly string[],
): Promise<void> {
  const { server } = await certificates();
  using listener = await listenWell(net);
  const free = { hostname: "127.0.0.1", port: 0 };
  using plain = await pair(net);
  const tries = {
    listenTls: [
      () => net.listenTls({ ...free, ...bad }),
      () => net.listenTls({ ...free, serverNames: { "a.test": bad } }),
    ],
    connectTls: [() => connectWell(net, listener, bad)],
    startTls: [
      () => net.startTls(plain.client, { ...bad, hostname: "localhost" }),
      () => net.startTls(plain.server, { ...bad, role: "server" }),
    ],
    reload: [
      () => listener.reload(bad),
      () => listener.reload({ serverNames: { "localhost": bad } }),
    ],
  };
  for (const [operation, calls] of Object.entries(tries)) {
    for (const call of calls) {
      assertUnusable(await rejected(call()), operation, says, bad);
    }
  }
  await assertTalk(plain.client, plain.server);
  await assertShows(net, listener, { "localhost": server });
}

/** What a call rejects with; what it resolves to is closed. */
async function rejected(call: Promise<unknown>): Promise<unknown> {
  const [result, error] = await call.then(
    (value) => [value, undefined],
    (error) => [undefined, error],
  );
  (result as { close?(): void } | undefined)?.close?.();
  return error;
}

/** It is EBADMSG, says what of it cannot be used, and shows nothing of a key. */
function assertUnusable(
  error: unknown,
  operation: string,
  says: readonly string[],
  { cert, key }: TlsKeyPair,
): void {
  assert(error instanceof errors.InvalidData, `${operation}: ${error}`);
  assertEquals([error.code, error.operation], ["EBADMSG", operation]);
  for (const word of says) assert(error.message.includes(word), error.message);
  const lines = `${cert}\n${key}`.split(/\s+/)
    .filter((line) => line.length >= 16);
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    assert(at.message.length < 300, at.message);
    for (const line of lines) assert(!at.message.includes(line), at.message);
  }
}

/** PEM of four bytes of DER, which are no such thing. */
function pem(label: string): string {
  return `-----BEGIN ${label}-----\nMAIFAA==\n-----END ${label}-----\n`;
}

/** The last block of a PEM text with two bytes more in it. */
function lengthened(text: string): string {
  const [, body] = /-----\n([^-]+)-----END[^\n]+\n$/.exec(text)!;
  const longer = btoa(atob(body.replaceAll("\n", "")) + "AA");
  return text.replace(body, `${longer}\n`);
}

function each(change: (text: string) => string) {
  return ({ cert, key }: Identity): Identity => ({
    cert: change(cert),
    key: change(key),
  });
}

const both = (text: string): Identity => ({ cert: text, key: text });
