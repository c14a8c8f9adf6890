/**
 * OpenSSL's client and server with Anyport, in every combination of version,
 * ALPN, SNI and client certificate: who is let in, and what both have learned.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Report } from "./tls_agent.ts";
import {
  type Bench,
  inLanes,
  type Name,
  SKIP,
  type TlsCase,
} from "./tls_bench.ts";
import {
  clientPrinted,
  PING,
  ping,
  sClient,
  serverPrinted,
  sServer,
  type VersionFlag,
  VERSIONS,
} from "./tls_openssl.ts";

/** What the client offers; the server has "echo" and "h2". */
const ALPN = {
  "no ALPN": [],
  "a protocol in common": ["http/1.1", "h2"],
  "none in common": ["http/1.1"],
};
/** The name that the client asks for, and whose certificate it is to see. */
const NAMES = {
  "the server's name": ["localhost", "server"],
  "no name": [null, "server"],
  "another name": ["a.example.test", "a"],
} as const;
const CLIENTS = {
  "no certificate": null,
  "a good certificate": "client",
  "an untrusted certificate": "clientUntrusted",
} as const;

const CLIENT_AUTH = {
  none: "not asked for",
  request: "asked for",
  require: "required",
};

interface Combination {
  readonly alpn: keyof typeof ALPN;
  readonly name: keyof typeof NAMES;
  readonly client: keyof typeof CLIENTS;
}

const COMBINATIONS: Combination[] = keys(ALPN).flatMap((alpn) =>
  keys(NAMES).flatMap((name) =>
    keys(CLIENTS).map((client) => ({ alpn, name, client }))
  )
);

/** What is common to the combinations of a test. */
interface Setting {
  readonly version: VersionFlag;
  readonly clientAuth: keyof typeof CLIENT_AUTH;
}

/** A test for each version and each way to ask for certificates. */
export const combinations: TlsCase[] = keys(VERSIONS).flatMap((version) =>
  keys(CLIENT_AUTH).flatMap((clientAuth) =>
    ([
      ["openssl s_client", "server", asServer],
      ["openssl s_server", "client", asClient],
    ] as const).map(([peer, role, meet]) => ({
      name: `${peer} ${version} ↔ ${role}, client certificate ` +
        `${CLIENT_AUTH[clientAuth]}: every ALPN, name and certificate`,
      skip: SKIP.openssl,
      async run(bench: Bench) {
        const setting = { version, clientAuth };
        const outcomes = await inLanes(
          COMBINATIONS,
          (combination) => meet(bench, setting, combination),
        );
        const expected = COMBINATIONS.map((combination) => {
          const learned = expectedOf(setting, combination, role);
          if (learned === null) return REFUSED;
          const { client, server } = learned;
          return role === "server"
            ? { openssl: client, anyport: server }
            : { openssl: server, anyport: client };
        });
        // Of so many, only those that went wrong are of interest.
        const wrong = COMBINATIONS.filter((_, at) =>
          !equal(outcomes[at], expected[at])
        );
        assertEquals(recordOf(wrong, outcomes), recordOf(wrong, expected));
      },
    }))
  )
);

/** How it is told that a connection did not come about. */
const REFUSED = { openssl: "no", anyport: "InvalidData EPROTO" };

/** What the ends are to learn; `null` where the client is to be refused. */
function expectedOf(
  { version, clientAuth }: Setting,
  { alpn: offered, name, client }: Combination,
  role: "server" | "client",
) {
  const isGood = CLIENTS[client] === "client";
  // s_server knows no ALPN with its second certificate (seen with 3.0).
  const forgets = role === "client" && name === "another name";
  const alpn = forgets ? "no ALPN" : offered;
  if (alpn === "none in common" || (clientAuth === "require" && !isGood)) {
    return null;
  }
  const [serverName, certificate] = NAMES[name];
  const common = {
    version: VERSIONS[version],
    cipher: "the same",
    alpn: alpn === "no ALPN" ? null : "h2",
    serverName,
  };
  return {
    client: { ...common, certificate, verified: true },
    server: {
      ...common,
      certificate: clientAuth === "none" ? null : CLIENTS[client],
      verified: isGood && clientAuth !== "none",
    },
  };
}

async function asServer(
  bench: Bench,
  { version, clientAuth }: Setting,
  { alpn, name, client }: Combination,
) {
  const { material, material: { pem } } = bench;
  const [serverName] = NAMES[name];
  const cert = CLIENTS[client];
  await using listener = await bench.anyport.listen({
    ...pem.server,
    serverNames: { "a.example.test": pem.a },
    alpnProtocols: ["echo", "h2"],
    clientAuth,
    caCerts: [pem.ca],
  });
  await using peer = sClient(listener.port, [
    version,
    ...["-CAfile", material.file("ca"), "-verify_return_error"],
    ...ALPN[alpn].length > 0 ? ["-alpn", ALPN[alpn].join()] : [],
    ...serverName === null
      ? ["-noservername", "-verify_ip", "127.0.0.1"]
      : ["-servername", serverName, "-verify_hostname", serverName],
    ...identity(bench, cert),
  ]);
  const [report, isIn] = await Promise.all([
    listener.accept([["handshake"], ["echo"]]),
    ping(peer).then(async (isIn) => {
      await peer.end();
      return isIn;
    }),
  ]);
  const { novelty: _, cipher, ...printed } = clientPrinted(peer.output);
  return outcome(bench, report, cipher, isIn && { ...printed, serverName });
}

async function asClient(
  bench: Bench,
  { version, clientAuth }: Setting,
  { alpn, name, client }: Combination,
) {
  const { material, material: { pem } } = bench;
  const [serverName] = NAMES[name];
  const cert = CLIENTS[client];
  const { server, port } = await sServer([
    version,
    ...identity(bench, "server"),
    ...["-servername", "a.example.test"],
    ...["-cert2", material.file("a"), "-key2", material.file("a")],
    ...["-alpn", "echo,h2", "-CAfile", material.file("ca")],
    ...{
      none: [],
      request: ["-verify", "1"],
      require: ["-Verify", "1", "-verify_return_error"],
    }[clientAuth],
  ]);
  await using peer = server;
  const [report, isIn] = await Promise.all([
    bench.anyport.connect({
      port,
      caCerts: [pem.ca],
      ...serverName !== null && { serverName },
      ...ALPN[alpn].length > 0 && { alpnProtocols: ALPN[alpn] },
      ...cert !== null && pem[cert],
    }, [["handshake"], ["read", 5], ["write", "ping\n"]]),
    peer.said(/^CIPHER is/m).then(async () => {
      await peer.tell("pong\n");
      return await peer.said(PING) !== null;
    }),
  ]);
  const { cipher, ...printed } = serverPrinted(await peer.end());
  return outcome(
    bench,
    report,
    cipher,
    isIn && {
      ...printed,
      version: VERSIONS[version],
      verified: printed.verified && printed.certificate !== null,
    },
  );
}

/** What both say; of the ciphers only whether both mean the same. */
function outcome(
  { material }: Bench,
  { info, failed }: Report,
  opensslCipher: string | undefined,
  printed: false | object,
) {
  const learned = info && material.named(info);
  const cipher = learned?.cipher === opensslCipher
    ? "the same"
    : `${learned?.cipher} and ${opensslCipher}`;
  return {
    openssl: printed === false ? "no" : { ...printed, cipher },
    anyport: failed === undefined ? { ...learned, cipher } : failed.error,
  };
}

function identity({ material }: Bench, name: Name | null): string[] {
  if (name === null) return [];
  return ["-cert", material.file(name), "-key", material.file(name)];
}

function equal(a: unknown, b: unknown): boolean {
  try {
    assertEquals(a, b);
    return true;
  } catch {
    return false;
  }
}

function recordOf(some: readonly Combination[], outcomes: readonly unknown[]) {
  return Object.fromEntries(some.map((combination) => [
    Object.values(combination).join(", "),
    outcomes[COMBINATIONS.indexOf(combination)],
  ]));
}

function keys<T extends object>(of: T): (keyof T)[] {
  return Object.keys(of) as (keyof T)[];
}
