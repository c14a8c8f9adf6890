/**
 * Options of TLS that make no sense: refused by every runtime, before anything is
 * opened.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createServer } from "node:net";
import { once } from "node:events";
import { certificates, type Identity } from "../../certificates.ts";
import { type Case, pair } from "../case.ts";
import {
  assertServesTls,
  assertTalk,
  listenWell,
  serverOf,
  withCertificates,
} from "./pair.ts";

type Options = Record<string, unknown>;
/** Options, what they are refused with, and what of them the message names. */
type Wrong = readonly [
  options: Options,
  kind: typeof TypeError | typeof RangeError,
  named: string,
];

/** What both ends refuse. */
const COMMON: readonly Wrong[] = [
  [{ alpnProtocols: "h2" }, TypeError, 'alpnProtocols "h2"'],
  [{ alpnProtocols: null }, TypeError, "alpnProtocols null"],
  [{ alpnProtocols: {} }, TypeError, "alpnProtocols"],
  [{ alpnProtocols: [""] }, TypeError, '"" in alpnProtocols'],
  [{ alpnProtocols: ["h2", ""] }, TypeError, '"" in alpnProtocols'],
  [{ alpnProtocols: [5] }, TypeError, "5 in alpnProtocols"],
  [{ alpnProtocols: [null] }, TypeError, "null in alpnProtocols"],
  [{ alpnProtocols: ["é"] }, TypeError, '"é" in alpnProtocols'],
  [{ alpnProtocols: ["a\0"] }, TypeError, "in alpnProtocols"],
  [{ alpnProtocols: ["x".repeat(256)] }, TypeError, "in alpnProtocols"],
  [
    { alpnProtocols: Array(300).fill("x".repeat(255)) },
    RangeError,
    "76800 bytes",
  ],
  [{ minVersion: "TLSv1.1" }, TypeError, 'minVersion "TLSv1.1"'],
  [{ minVersion: "tlsv1.3" }, TypeError, 'minVersion "tlsv1.3"'],
  [{ minVersion: 1.3 }, TypeError, "minVersion 1.3"],
  [{ minVersion: null }, TypeError, "minVersion null"],
  [{ handshakeTimeoutMs: -1 }, RangeError, "handshakeTimeoutMs -1"],
  [{ handshakeTimeoutMs: NaN }, RangeError, "handshakeTimeoutMs NaN"],
  [
    { handshakeTimeoutMs: 2 ** 31 },
    RangeError,
    "handshakeTimeoutMs 2147483648",
  ],
  [{ handshakeTimeoutMs: "5" }, TypeError, 'handshakeTimeoutMs "5"'],
  [{ handshakeTimeoutMs: null }, TypeError, "handshakeTimeoutMs null"],
  [{ caCerts: "text" }, TypeError, 'caCerts "text"'],
  [{ caCerts: null }, TypeError, "caCerts null"],
  [{ caCerts: [] }, TypeError, "caCerts without any"],
  [{ caCerts: ["no PEM"] }, TypeError, "one of caCerts"],
  [{ caCerts: [5] }, TypeError, "one of caCerts"],
  [{ ciphers: "TLS_AES_128_GCM_SHA256" }, TypeError, "ciphers"],
  [{ ciphers: null }, TypeError, "ciphers null"],
  [{ ciphers: {} }, TypeError, "ciphers"],
  [{ ciphers: [] }, TypeError, "ciphers without any"],
  [{ ciphers: [5] }, TypeError, "5 in ciphers"],
  [{ ciphers: [""] }, TypeError, '"" in ciphers'],
  [{ ciphers: ["DEFAULT"] }, TypeError, '"DEFAULT" in ciphers'],
  [{ ciphers: ["TLS_RSA_WITH_NULL_SHA"] }, TypeError, "in ciphers"],
  [{ ciphers: ["constructor"] }, TypeError, "in ciphers"],
  [
    { ciphers: ["ECDHE-RSA-AES128-GCM-SHA256"] },
    TypeError,
    '"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"',
  ],
  [
    { ciphers: ["tls_aes_128_gcm_sha256"] },
    TypeError,
    '"TLS_AES_128_GCM_SHA256"',
  ],
  [
    {
      ciphers: ["TLS_RSA_WITH_AES_128_GCM_SHA256"],
      minVersion: "TLSv1.3",
    },
    TypeError,
    "ciphers without a suite of TLS 1.3",
  ],
  [{ cert: 5, key: 5 }, TypeError, "this cert"],
  [{ cert: "no PEM", key: "no PEM" }, TypeError, "this cert"],
  [{ cert: new Uint8Array(5), key: new Uint8Array(5) }, TypeError, "this cert"],
];
const OF_CLIENTS: readonly Wrong[] = [
  [{ serverName: "" }, TypeError, '""'],
  [{ serverName: "a b" }, TypeError, '"a b"'],
  [{ serverName: "a\0b" }, TypeError, "a"],
  [{ serverName: "1.2.3" }, TypeError, '"1.2.3"'],
  [{ serverName: 5 }, TypeError, "5"],
  [{ serverName: null }, TypeError, "null"],
  [
    { unsafelyDisableHostnameVerification: "yes" },
    TypeError,
    'unsafelyDisableHostnameVerification "yes"',
  ],
  [
    { unsafelyDisableHostnameVerification: 1 },
    TypeError,
    "unsafelyDisableHostnameVerification 1",
  ],
  [{ cert: pemOf("CERTIFICATE") }, TypeError, "this key for the client"],
  [{ key: pemOf("PRIVATE KEY") }, TypeError, "this cert for the client"],
];
const OF_SERVERS: readonly Wrong[] = [
  [{ cert: undefined, key: undefined }, TypeError, "without a certificate"],
  [{ cert: undefined }, TypeError, "this cert for the server"],
  [{ key: undefined }, TypeError, "this key for the server"],
  [{ clientAuth: "requires" }, TypeError, 'clientAuth "requires"'],
  [{ clientAuth: true }, TypeError, "clientAuth true"],
  [{ clientAuth: null }, TypeError, "clientAuth null"],
  [{ clientAuth: "require" }, TypeError, '"require" without caCerts'],
  [{ clientAuth: "request" }, TypeError, '"request" without caCerts'],
  [{ sessionTickets: "no" }, TypeError, 'sessionTickets "no"'],
  [{ helloTimeoutMs: -1 }, RangeError, "helloTimeoutMs -1"],
  [{ helloTimeoutMs: NaN }, RangeError, "helloTimeoutMs NaN"],
  [{ helloTimeoutMs: 2 ** 31 }, RangeError, "helloTimeoutMs 2147483648"],
  [{ helloTimeoutMs: "5" }, TypeError, 'helloTimeoutMs "5"'],
  [{ helloTimeoutMs: null }, TypeError, "helloTimeoutMs null"],
  [{ allowAnyServerName: "yes" }, TypeError, 'allowAnyServerName "yes"'],
  [{ allowAnyServerName: null }, TypeError, "allowAnyServerName null"],
  [{ serverNames: 5 }, TypeError, "serverNames 5"],
  [{ serverNames: null }, TypeError, "serverNames null"],
  [{ serverNames: { "a b": {} } }, TypeError, '"a b"'],
  [{ serverNames: { "": {} } }, TypeError, '""'],
  [{ serverNames: { "127.0.0.1": {} } }, TypeError, '"127.0.0.1"'],
  [{ serverNames: { "::1": {} } }, TypeError, '"::1"'],
  [{ serverNames: { "a.*.test": {} } }, TypeError, '"a.*.test"'],
  [{ serverNames: { "a.test": {} } }, TypeError, "this cert for a.test"],
  [{ serverNames: { "a.test": null } }, TypeError, "this cert for a.test"],
  [{ serverNames: { "a.test": "x" } }, TypeError, "this cert for a.test"],
  [{ chooseCertificate: "x" }, TypeError, 'chooseCertificate "x"'],
  [{ chooseCertificate: null }, TypeError, "chooseCertificate null"],
];
const OF_LISTENERS: readonly Wrong[] = [
  [{ maxHandshakes: 0 }, RangeError, "maxHandshakes 0"],
  [{ maxHandshakes: -1 }, RangeError, "maxHandshakes -1"],
  [{ maxHandshakes: 1.5 }, RangeError, "maxHandshakes 1.5"],
  [{ maxHandshakes: NaN }, RangeError, "maxHandshakes NaN"],
  [{ maxHandshakes: "5" }, RangeError, 'maxHandshakes "5"'],
  [{ maxHandshakes: null }, RangeError, "maxHandshakes null"],
];

/** Certificates and keys that cannot be used. */
type Unusable = (good: Identity, other: Identity) => Identity;
const UNUSABLE: Record<string, Unusable> = {
  "do not fit each other": ({ cert }, { key }) => ({ cert, key }),
  "are garbage": () => ({
    cert: pemOf("CERTIFICATE"),
    key: pemOf("PRIVATE KEY"),
  }),
  "have a garbled certificate": ({ cert, key }) => ({
    cert: cert.replace(/\n[^-\n]{20}/, "\n" + "A".repeat(20)),
    key,
  }),
  "have a garbled key": ({ cert, key }) => ({
    cert,
    key: key.replace(/\n[^-\n]{20}/, "\n" + "A".repeat(20)),
  }),
  "have a key for a certificate": ({ key }) => ({ cert: key, key }),
  "have a certificate for a key": ({ cert }) => ({ cert, key: cert }),
};

/** Cases of TLS: wrong options. */
export const wrongTlsArguments: readonly Case[] = withCertificates([
  ...[...COMMON, ...OF_SERVERS, ...OF_LISTENERS].map((wrong): Case => ({
    name: `listenTls() refuses ${shown(wrong)}, and opens nothing`,
    async run(net) {
      const port = await freePort();
      const options = { ...serverOf(await certificates()), ...wrong[0] };
      const where = { hostname: "127.0.0.1", port };
      await assertRefuses(
        () => net.listenTls({ ...where, ...options } as never),
        wrong,
      );
      (await net.listen(where)).close();
    },
  })),
  ...[...COMMON, ...OF_CLIENTS].map((wrong): Case => ({
    name: `connectTls() refuses ${shown(wrong)}, and opens nothing`,
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const { hostname, port } = listener.addr;
      const accepting = listener.accept({ timeoutMs: 20 }).then(
        () => "connected",
        () => "not connected",
      );
      await assertRefuses(
        () => net.connectTls({ hostname, port, ...wrong[0] } as never),
        wrong,
      );
      assertEquals(await accepting, "not connected");
    },
  })),
  {
    name:
      "startTls() refuses the same options of TLS, and leaves the connection alone",
    async run(net) {
      using plain = await pair(net);
      const { server } = await certificates();
      const good = { role: "server", ...server };
      for (const wrong of [...COMMON, ...OF_SERVERS]) {
        await assertRefuses(
          () => net.startTls(plain.server, { ...good, ...wrong[0] } as never),
          wrong,
        );
      }
      for (const wrong of [...COMMON, ...OF_CLIENTS]) {
        await assertRefuses(
          () => net.startTls(plain.client, wrong[0] as never),
          wrong,
        );
      }
      await assertTalk(plain.client, plain.server);
    },
  },
  {
    name: "listenTls() and connectTls() refuse what is wrong without TLS, too",
    async run(net) {
      const good = serverOf(await certificates());
      for (const port of [NaN, 1.5, -1, 65536, "80", null]) {
        const options = { hostname: "127.0.0.1", port, ...good } as never;
        await assertRejectsArgument(() => net.listenTls(options));
        await assertRejectsArgument(() => net.connectTls(options));
      }
      for (const nothing of [undefined, null, 5]) {
        await assertRejectsArgument(() => net.listenTls(nothing as never));
        await assertRejectsArgument(() => net.connectTls(nothing as never));
      }
    },
  },
  {
    name: "connectTls() to a Unix socket needs a serverName",
    needs: ["unix"],
    async run(net) {
      const error = await assertRejects(
        () => net.connectTls({ path: "/no/such/folder" }),
        TypeError,
      );
      assert(error.message.includes("serverName"), error.message);
    },
  },
  {
    name: "options of TLS at their limits are taken",
    async run(net) {
      const names = Array.from({ length: 255 }, (_, i) => `${i}`.repeat(9));
      for (const handshakeTimeoutMs of [Infinity, 2 ** 31 - 1]) {
        const options = {
          handshakeTimeoutMs,
          alpnProtocols: [...names, "x".repeat(255)],
        };
        using listener = await listenWell(net, {
          ...options,
          maxHandshakes: Infinity,
        });
        await assertServesTls(net, listener, options);
      }
    },
  },
  ...Object.entries(UNUSABLE).flatMap(([what, make]): Case[] => [
    {
      name:
        `listenTls() rejects InvalidData for a cert and a key that ${what}, and opens nothing`,
      async run(net) {
        const { server, a } = await certificates();
        const where = { hostname: "127.0.0.1", port: await freePort() };
        const bad = make(server, a);
        for (const options of [bad, { serverNames: { "a.test": bad } }]) {
          await assertUnusable(() => net.listenTls({ ...where, ...options }));
        }
        (await net.listen(where)).close();
      },
    },
    {
      name:
        `connectTls() rejects InvalidData for a cert and a key that ${what}, and opens nothing`,
      async run(net) {
        const { client, a } = await certificates();
        const where = { hostname: "127.0.0.1", port: await freePort() };
        // It would be refused there.
        await assertUnusable(
          () => net.connectTls({ ...where, ...make(client, a) }),
        );
      },
    },
    {
      name: `startTls() rejects InvalidData for a cert and a key that ${what}`,
      async run(net) {
        const { server, a } = await certificates();
        using plain = await pair(net);
        const bad = make(server, a);
        await assertUnusable(() => net.startTls(plain.client, bad));
        await assertUnusable(
          () => net.startTls(plain.server, { role: "server", ...bad }),
        );
        await assertTalk(plain.client, plain.server);
      },
    },
  ]),
  {
    name: "connectTls() rejects InvalidData for caCerts that are garbage",
    async run(net) {
      const where = { hostname: "127.0.0.1", port: await freePort() };
      await assertUnusable(
        () => net.connectTls({ ...where, caCerts: [pemOf("CERTIFICATE")] }),
      );
    },
  },
]);

/** PEM around what is nothing. */
function pemOf(label: string): string {
  return `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
}

function shown([options]: Wrong): string {
  return JSON.stringify(
    options,
    (_, value) =>
      value === undefined || typeof value === "number" ? `${value}` : value,
  ).slice(0, 60);
}

async function assertRefuses(
  run: () => Promise<unknown>,
  [options, kind, named]: Wrong,
): Promise<void> {
  const error = await assertRejectsArgument(run);
  assert(error instanceof kind, `${JSON.stringify(options)}: ${error}`);
  assert(error.message.includes(named), error.message);
}

async function assertRejectsArgument(
  run: () => Promise<unknown>,
): Promise<Error> {
  const error = await assertRejects(run, Error);
  assert(
    error instanceof TypeError || error instanceof RangeError,
    String(error),
  );
  assert(error.message.startsWith("Cannot "), error.message);
  return error;
}

async function assertUnusable(run: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(run, errors.InvalidData);
  assertEquals(error.code, "EBADMSG");
}

/** A port that no socket listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
