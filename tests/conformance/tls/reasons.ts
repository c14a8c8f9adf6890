/**
 * `reason` and `alert` of an error of TLS: the same cause, the same words, on every
 * runtime. OpenSSL's command is the peer where it can be.
 *
 * @module
 */
import type {
  errors,
  TlsClientOptions,
  TlsListenerOptions,
} from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificates, certificates } from "../../certificates.ts";
import { bytes } from "../bytes.ts";
import type { Case } from "../case.ts";
import { opensslClient, OpensslServer } from "./openssl_peer.ts";
import { RawPeer, RawServer } from "../raw_peer.ts";
import {
  assertEnds,
  connectWell,
  type Ending,
  listenWell,
  tlsPair,
  told,
  withCertificates,
} from "./pair.ts";

const VERSIONS = ["-tls1_2", "-tls1_3"] as const;
type Version = (typeof VERSIONS)[number];

/** What an error is to say. */
interface Said {
  readonly reason: errors.TlsReason | undefined;
  readonly alert?: string;
  readonly ending?: Ending;
}

/** What a server shows that a client of the library refuses. */
const SERVERS = {
  expired: "untrusted-certificate",
  notYetValid: "untrusted-certificate",
  selfSigned: "untrusted-certificate",
  unknownCa: "untrusted-certificate",
  wrongUsage: "untrusted-certificate",
  notACa: "untrusted-certificate",
  authority: "untrusted-certificate",
  wrongName: "name-mismatch",
  commonNameOnly: "name-mismatch",
} as const;

/** What a client shows that a server of the library refuses. */
const CLIENTS = {
  none: "certificate-required",
  clientUntrusted: "untrusted-certificate",
  clientSelfSigned: "untrusted-certificate",
  clientExpired: "untrusted-certificate",
  clientWrongUsage: "untrusted-certificate",
} as const;

/** A server of OpenSSL's that is refused, or refuses. */
interface ServerCause extends Said {
  readonly what: string;
  readonly flags: readonly string[];
  readonly client?: (certs: Certificates) => TlsClientOptions;
  readonly versions?: readonly Version[];
  /** Whether only the first read tells. */
  readonly isLate?: boolean;
}

const PEER_ALERT = "peer-alert";
const VERIFY = ["-Verify", "1", "-verify_return_error"];

const SERVER_CAUSES: readonly ServerCause[] = [
  {
    what: "has none of its protocols",
    flags: ["-alpn", "h2"],
    client: () => ({ alpnProtocols: ["imap"] }),
    reason: PEER_ALERT,
    alert: "no_application_protocol",
  },
  {
    what: "asks for a certificate in vain",
    flags: VERIFY,
    versions: ["-tls1_2"],
    reason: PEER_ALERT,
    alert: "handshake_failure",
  },
  {
    what: "asks for a certificate in vain",
    flags: VERIFY,
    versions: ["-tls1_3"],
    isLate: true,
    reason: PEER_ALERT,
    alert: "certificate_required",
  },
  {
    what: "does not trust its certificate",
    flags: VERIFY,
    client: (certs) => certs.clientUntrusted,
    isLate: true,
    reason: PEER_ALERT,
    alert: "unknown_ca",
  },
  {
    what: "speaks an older version",
    flags: [],
    versions: ["-tls1_2"],
    client: () => ({ minVersion: "TLSv1.3" }),
    reason: PEER_ALERT,
    alert: "protocol_version",
  },
  {
    what: "has none of its ciphers",
    flags: ["-cipher", "AES128-SHA:@SECLEVEL=0"],
    versions: ["-tls1_2"],
    reason: PEER_ALERT,
    alert: "handshake_failure",
  },
];

/** A client of OpenSSL's that is refused, or refuses. */
interface ClientCause extends Said {
  readonly what: string;
  readonly flags: readonly string[];
  readonly server?: (certs: Certificates) => TlsListenerOptions;
  readonly versions?: readonly Version[];
  readonly isLate?: boolean;
}

const BY_NAME = ({ a }: Certificates): TlsListenerOptions => ({
  cert: undefined,
  key: undefined,
  serverNames: { "a.example.test": a },
});

const CLIENT_CAUSES: readonly ClientCause[] = [
  {
    what: "has none of its protocols",
    flags: ["-alpn", "imap"],
    server: () => ({ alpnProtocols: ["h2"] }),
    reason: "no-application-protocol",
  },
  {
    what: "has none of its ciphers",
    flags: ["-cipher", "AES128-SHA:@SECLEVEL=0"],
    versions: ["-tls1_2"],
    reason: "no-shared-parameters",
  },
  {
    what: "has none of its ciphers",
    flags: ["-ciphersuites", "TLS_AES_128_CCM_SHA256"],
    versions: ["-tls1_3"],
    reason: "no-shared-parameters",
  },
  {
    what: "verifies none of its signatures",
    flags: ["-sigalgs", "RSA+SHA256"],
    reason: "no-shared-parameters",
  },
  {
    what: "speaks an older version",
    flags: [],
    versions: ["-tls1_2"],
    server: () => ({ minVersion: "TLSv1.3" }),
    reason: "protocol-version",
  },
  {
    what: "names a server that it is not",
    flags: ["-servername", "b.example.test"],
    server: BY_NAME,
    reason: "unrecognized-name",
  },
  {
    what: "names no server where it has to",
    flags: ["-noservername"],
    server: BY_NAME,
    reason: "unrecognized-name",
  },
  {
    what: "names what is no host",
    flags: ["-servername", "b..test"],
    reason: "unrecognized-name",
  },
  {
    what: "does not trust its certificate",
    flags: ["-verify_return_error"],
    // With TLS 1.3 its alert is not one that BoringSSL can read.
    versions: ["-tls1_2"],
    isLate: true,
    reason: PEER_ALERT,
    alert: "unknown_ca",
  },
];

/** What a peer sends first, and what both ends say of that. */
const SENT: Record<string, Said & { readonly bytes: Uint8Array }> = {
  "plain HTTP": {
    bytes: bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    reason: "not-tls",
  },
  "an answer in plain HTTP": {
    bytes: bytes("HTTP/1.1 400 Bad Request\r\n\r\n"),
    reason: "not-tls",
  },
  "a greeting of SMTP": {
    bytes: bytes("220 localhost ESMTP ready\r\n"),
    reason: "not-tls",
  },
  zeros: { bytes: new Uint8Array(1000), reason: "not-tls" },
  "a message that is no hello": {
    bytes: new Uint8Array([22, 3, 3, 0, 4, 20, 0, 0, 0]),
    reason: "bad-record",
  },
};

/** Alerts (RFC 8446 §6) in the clear, as a server sends them for an answer. */
const ALERTS: Record<string, number> = {
  handshake_failure: 40,
  bad_certificate: 42,
  certificate_expired: 45,
  unknown_ca: 48,
  access_denied: 49,
  decode_error: 50,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  unrecognized_name: 112,
  no_application_protocol: 120,
};

/** Cases of TLS: why it failed. */
export const tlsReasons: readonly Case[] = withCertificates([
  ...VERSIONS.flatMap((version): Case[] => [
    ...Object.entries(SERVERS).map(([shown, reason]): Case => ({
      name: `a TLS client says "${reason}" of a server that shows "${shown}" (${
        version.slice(1)
      })`,
      async run(net) {
        const certs = await certificates();
        await using peer = await OpensslServer.listen(
          certs[shown as keyof typeof SERVERS],
          version,
        );
        using conn = await connectWell(net, peer);
        await assertSays(conn.handshake(), { reason });
        await assertSays(told(conn, "read"), { reason });
        await assertSays(told(conn, "write"), { reason });
      },
    })),
    ...Object.entries(CLIENTS).map(([shown, reason]): Case => ({
      name: `a TLS server says "${reason}" of a client that shows "${shown}" (${
        version.slice(1)
      })`,
      async run(net) {
        const certs = await certificates();
        using listener = await listenWell(net, {
          clientAuth: "require",
          caCerts: [certs.ca],
        });
        using files = identityFiles(
          shown === "none" ? undefined : certs[shown as "client"],
        );
        const visit = opensslClient(listener, version, ...files.flags);
        using conn = await listener.accept();
        await assertSays(conn.handshake(), { reason });
        await assertSays(told(conn, "read"), { reason });
        conn.close();
        await visit;
      },
    })),
  ]),
  ...SERVER_CAUSES.flatMap(
    ({ what, flags, client, versions = VERSIONS, isLate, ...said }) =>
      versions.map((version): Case => ({
        name: `a TLS client says "${said.alert}" of a server that ${what} (${
          version.slice(1)
        })`,
        async run(net) {
          const certs = await certificates();
          await using peer = await OpensslServer.listen(
            certs.server,
            version,
            ...flags,
          );
          using conn = await connectWell(net, peer, client?.(certs));
          if (isLate) await assertSays(told(conn, "readChunk"), said);
          else await assertSays(conn.handshake(), said);
        },
      })),
  ),
  ...CLIENT_CAUSES.flatMap(
    ({ what, flags, server, versions = VERSIONS, isLate, ...said }) =>
      versions.map((version): Case => ({
        name: `a TLS server says "${
          said.alert ?? said.reason
        }" of a client that ${what} (${version.slice(1)})`,
        async run(net) {
          const certs = await certificates();
          using listener = await listenWell(net, server?.(certs));
          const visit = opensslClient(listener, version, ...flags);
          using conn = await listener.accept();
          if (isLate) await assertSays(told(conn, "readChunk"), said);
          else await assertSays(conn.handshake(), said);
          conn.close();
          await visit;
        },
      })),
  ),
  ...Object.entries(SENT).map(([what, { bytes, ...said }]): Case => ({
    name: `both ends of TLS say "${said.reason}" of ${what}`,
    async run(net) {
      using listener = await listenWell(net);
      using client = await RawPeer.connect(listener);
      using accepted = await listener.accept();
      using server = await RawServer.listen();
      using conn = await connectWell(net, server);
      using answering = await server.accept();
      const outcomes = [accepted, conn].map((one) =>
        assertSays(one.handshake(), said)
      );
      await client.send(bytes);
      await answering.send(bytes);
      await Promise.all(outcomes);
    },
  })),
  ...Object.entries(ALERTS).map(([alert, code]): Case => ({
    name: `a TLS client says "peer-alert" and "${alert}" of alert ${code}`,
    async run(net) {
      using server = await RawServer.listen();
      using conn = await connectWell(net, server);
      using peer = await server.accept();
      const outcome = assertSays(conn.handshake(), {
        reason: PEER_ALERT,
        alert,
      });
      await peer.send(new Uint8Array([21, 3, 3, 0, 2, 2, code]));
      await outcome;
    },
  })),
  {
    name: 'both ends of TLS say "truncated" of a peer that ends in the middle',
    async run(net) {
      using listener = await listenWell(net);
      using client = await RawPeer.connect(listener);
      using accepted = await listener.accept();
      using server = await RawServer.listen();
      using conn = await connectWell(net, server);
      using answering = await server.accept();
      for (const peer of [client, answering]) {
        await peer.send(new Uint8Array([22, 3, 3]));
        await peer.end();
      }
      const said = { reason: "truncated", ending: "UnexpectedEof" } as const;
      for (const one of [accepted, conn]) {
        await assertSays(one.handshake(), said);
        await assertSays(told(one, "read"), said);
      }
    },
  },
  {
    name: 'both ends of TLS say "timeout" of a peer that is silent',
    async run(net) {
      using listener = await listenWell(net, { handshakeTimeoutMs: 20 });
      using _silent = await RawPeer.connect(listener);
      using accepted = await listener.accept();
      using server = await RawServer.listen();
      using conn = await connectWell(net, server, { handshakeTimeoutMs: 20 });
      using _peer = await server.accept();
      const said = { reason: "timeout", ending: "TimedOut" } as const;
      await assertSays(accepted.handshake(), said);
      await assertSays(conn.handshake(), said);
    },
  },
  {
    name: "a TLS server gives no reason for what is its own fault",
    async run(net) {
      using ends = await tlsPair(net, {
        server: {
          chooseCertificate: () => {
            throw new Error("the disk is gone");
          },
        },
      });
      await assertSays(ends.server.handshake(), { reason: undefined });
      await assertSays(ends.client.handshake(), {
        reason: PEER_ALERT,
        alert: "internal_error",
      });
    },
  },
  {
    name: "an error of TLS that no TLS has caused gives no reason",
    async run(net) {
      using server = await RawServer.listen();
      using conn = await connectWell(net, server);
      using peer = await server.accept();
      const outcome = assertSays(conn.handshake(), {
        reason: undefined,
        ending: "ConnectionReset",
      });
      await peer.reset();
      await outcome;
    },
  },
]);

/** Fails unless the promise rejects with an error that says so, and no more. */
async function assertSays(
  promise: Promise<unknown>,
  { reason, alert, ending = "InvalidData" }: Said,
): Promise<void> {
  const error: errors.SocketError = await assertEnds(promise, ending);
  if (error.reason !== reason || error.alert !== alert) {
    throw new Error(`It says ${error.reason}, ${error.alert}`, {
      cause: error,
    });
  }
  // Left out, and not undefined, where there is nothing to say.
  assertEquals(
    [Object.hasOwn(error, "reason"), Object.hasOwn(error, "alert")],
    [reason !== undefined, alert !== undefined],
  );
}

/** Files with what a client shows, and the flags that name them. */
function identityFiles(
  identity: { readonly cert: string; readonly key: string } | undefined,
): Disposable & { readonly flags: readonly string[] } {
  if (identity === undefined) {
    return { flags: [], [Symbol.dispose]() {} };
  }
  const directory = mkdtempSync(join(tmpdir(), "anyport-client-"));
  const [cert, key] = ["cert.pem", "key.pem"].map((name) =>
    join(directory, name)
  );
  writeFileSync(cert, identity.cert);
  writeFileSync(key, identity.key);
  return {
    flags: ["-cert", cert, "-key", key],
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
