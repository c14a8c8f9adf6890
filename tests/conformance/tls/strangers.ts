/**
 * What strangers send before they are known: names of servers and of protocols.
 *
 * @module
 */
import type { errors, TlsListener, TlsListenerOptions } from "@anyport/sockets";
import { assert, assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { certificates } from "../../certificates.ts";
import { runtimeName } from "../capabilities.ts";
import type { Case, Net } from "../case.ts";
import {
  alert,
  clientHello,
  extension,
  type HelloParts,
  hostName,
  latin1,
  namesOf,
  vector,
} from "./client_hello.ts";
import { RawPeer, type Seen } from "../raw_peer.ts";
import {
  assertEnds,
  assertServesTls,
  connectWell,
  listenWell,
  withCertificates,
} from "./pair.ts";
import { TlsPeer } from "./peer.ts";
import { listenOnly } from "./shown.ts";

const UNEXPECTED_MESSAGE = 10;
const ILLEGAL_PARAMETER = 47;
const DECODE_ERROR = 50;
const NO_APPLICATION_PROTOCOL = 120;
const UNRECOGNIZED_NAME = 112;

/** Server names that no host has. */
const NO_HOSTS: Record<string, string> = {
  "a path": "../../etc/passwd",
  "a NUL": "localhost\0.evil.test",
  "nothing": "",
  "a dot": ".",
  "two dots at its end": "localhost..",
  "an empty label": "a..test",
  "__proto__": "__proto__",
  "an IPv4 address": "127.0.0.1",
  "an IPv4 address with a dot": "127.0.0.1.",
  "an IPv4 address of old": "0x7f.1",
  "an IPv6 address": "::1",
  "an IPv6 address in brackets": "[::1]",
  "300 letters": "x".repeat(300),
  "300 letters in labels": "abcde.".repeat(50) + "test",
  "a label of 64 letters": `${"x".repeat(64)}.test`,
  "a wildcard": "*.example.test",
  "a space": "a b",
  "a line": "x\r\n2026-01-01 INFO admin logged in \x1b[2J",
  "bytes above 127": "b\xfccher.test",
  "a hyphen at its end": "a-.test",
};

/** Names of hosts, and as they are told. */
const HOSTS: Record<string, string> = {
  "localhost": "localhost",
  "A.Example.TEST": "a.example.test",
  "a.example.test.": "a.example.test",
  "my_host.test": "my_host.test",
  "_service.test": "_service.test",
  "constructor": "constructor",
  "1.2.3.test": "1.2.3.test",
  "xn--bcher-kva.test": "xn--bcher-kva.test",
  [`${"x".repeat(63)}.test`]: `${"x".repeat(63)}.test`,
};

/** Messages that break the protocol, and the alert for each. */
const MALFORMED: Record<string, [HelloParts, alert: number]> = {
  "names a server in two extensions": [
    { more: extension(0, namesOf("other.test")) },
    ILLEGAL_PARAMETER,
  ],
  "has an unknown extension twice": [
    { more: [...extension(0x1234, []), ...extension(0x1234, [])] },
    ILLEGAL_PARAMETER,
  ],
  "names two servers": [
    { names: namesOf("localhost", "other.test") },
    DECODE_ERROR,
  ],
  "names a server twice": [
    { names: namesOf("localhost", "localhost") },
    DECODE_ERROR,
  ],
  "has an empty list of names": [{ names: vector(2, []) }, DECODE_ERROR],
  "has bytes behind its names": [
    { names: [...namesOf("localhost"), 0] },
    DECODE_ERROR,
  ],
  "has a name that is longer than its list": [
    { names: vector(2, [0, 0, 99, ...latin1("localhost")]) },
    DECODE_ERROR,
  ],
  "has a name of another kind": [
    { names: vector(2, [7, ...hostName("localhost").slice(1)]) },
    DECODE_ERROR,
  ],
  "has bytes behind its extensions": [{ behind: [0, 0] }, DECODE_ERROR],
  "has bytes behind its protocols": [
    { more: extension(16, [...vector(2, vector(1, latin1("h2"))), 0]) },
    DECODE_ERROR,
  ],
  "has an empty list of protocols": [
    { more: extension(16, vector(2, [])) },
    DECODE_ERROR,
  ],
  "has a protocol without a name": [
    { more: extension(16, vector(2, vector(1, []))) },
    DECODE_ERROR,
  ],
};

/** What makes a server read a ClientHello before it decides. */
const READERS: Record<string, () => Promise<TlsListenerOptions>> = {
  maxHandshakes: async () => ({
    ...(await certificates()).server,
    maxHandshakes: 5,
  }),
  serverNames: async () => {
    const { a, server } = await certificates();
    return { ...server, serverNames: { "a.example.test": a } };
  },
  chooseCertificate: async () => {
    const { server } = await certificates();
    return { chooseCertificate: () => server };
  },
};

/** Cases of names that strangers send. */
export const tlsStrangers: readonly Case[] = withCertificates([
  {
    name:
      "chooseCertificate of TLS is not asked for a name that is no host's, which is refused",
    async run(net) {
      const asked: unknown[] = [];
      using listener = await listenOnly(net, {
        chooseCertificate({ serverName }) {
          asked.push(serverName);
          return undefined;
        },
      });
      for (const [what, name] of Object.entries(NO_HOSTS)) {
        const names = namesOf(name);
        const { error, seen } = await refused(listener, { names });
        assertEquals([...seen.bytes], alert(UNRECOGNIZED_NAME), what);
        assert(error.message.includes("no host name"), error.message);
        assertQuotes(error, name);
      }
      assertEquals(asked, []);
    },
  },
  {
    name: "chooseCertificate of TLS is told host names in lower case",
    async run(net) {
      const asked: unknown[] = [];
      using listener = await listenOnly(net, {
        chooseCertificate({ serverName }) {
          asked.push(serverName);
          return undefined;
        },
      });
      for (const name of Object.keys(HOSTS)) {
        const { error } = await refused(listener, { names: namesOf(name) });
        assert(error.message.includes("no certificate for"), error.message);
      }
      assertEquals(asked, Object.values(HOSTS));
    },
  },
  {
    name:
      "allowAnyServerName of TLS lets chooseCertificate hear a name as it came",
    async run(net) {
      const asked: unknown[] = [];
      using listener = await listenOnly(net, {
        allowAnyServerName: true,
        chooseCertificate({ serverName }) {
          asked.push(serverName);
          return undefined;
        },
      });
      for (const name of Object.values(NO_HOSTS)) {
        const { error } = await refused(listener, { names: namesOf(name) });
        assert(error.message.includes("no certificate for"), error.message);
        assertQuotes(error, name);
      }
      assertEquals(asked, Object.values(NO_HOSTS));
    },
  },
  ...Object.entries(READERS).map(([option, make]): Case => ({
    name: `a TLS server with ${option} refuses malformed ClientHellos by alert`,
    async run(net) {
      using listener = await listenOnly(net, await make());
      for (const [what, [parts, expected]] of Object.entries(MALFORMED)) {
        const { error, seen } = await refused(listener, parts);
        assertEquals([...seen.bytes], alert(expected), what);
        assert(error.message.includes("malformed"), error.message);
      }
      const { seen } = await refusedFor(
        listener,
        new Uint8Array([...withTail(clientHello())]),
      );
      assertEquals([...seen.bytes], alert(UNEXPECTED_MESSAGE));
      await assertServesTls(net, listener);
    },
  })),
  {
    name: "a TLS server without options refuses malformed ClientHellos, too",
    async run(net) {
      using listener = await listenWell(net);
      for (const [what, [parts]] of Object.entries(MALFORMED)) {
        // OpenSSL does not look into extensions that it has no use for.
        if (/unknown|protocol/.test(what)) continue;
        await refused(listener, parts);
      }
      await assertServesTls(net, listener);
    },
  },
  {
    name:
      "a TLS server without options secures no connection for a name that is no host's",
    async run(net) {
      using listener = await listenWell(net);
      for (const servername of ["../../etc/passwd", "__proto__", "a..test"]) {
        // node:tls sends no such name everywhere.
        await using _peer = await connectOpenssl(listener, servername);
        using conn = await listener.accept();
        const error = await assertEnds(conn.handshake(), "InvalidData");
        assert(error.message.includes("no host name"), error.message);
        assertQuotes(error, servername);
        await assertEnds(conn.read(new Uint8Array(1)), "InvalidData");
      }
      await assertServesTls(net, listener);
    },
  },
  {
    name:
      "allowAnyServerName of TLS secures connections for any name that the runtime takes",
    async run(net) {
      for (const options of [{}, { maxHandshakes: 5 }]) {
        using listener = await listenWell(net, {
          allowAnyServerName: true,
          ...options,
        });
        for (const name of ["../../ETC/passwd", "__proto__", "localhost"]) {
          await using _peer = await connectOpenssl(listener, name);
          using conn = await listener.accept();
          const outcome = await conn.handshake().then(
            ({ serverName }) => serverName,
            ({ message }: Error) => message,
          );
          // Deno's TLS refuses what is not made of letters, digits, "-" and "_".
          if (runtimeName === "deno" && name.includes("/")) {
            assert(!outcome?.includes("no host name"), String(outcome));
          } else assertEquals(outcome, name);
        }
      }
    },
  },
  {
    name:
      "TlsInfo.serverName is in lower case without a dot at its end, at both ends",
    async run(net) {
      for (const make of [...Object.values(READERS), () => ({})]) {
        using listener = await listenWell(net, await make());
        for (const serverName of ["LOCALHOST", "localhost.", "LocalHost."]) {
          using client = await connectWell(net, listener, { serverName });
          using server = await listener.accept();
          const infos = await Promise.all([
            client.handshake(),
            server.handshake(),
          ]);
          assertEquals(infos.map((info) => info.serverName), [
            "localhost",
            "localhost",
          ]);
        }
        using peer = TlsPeer.connect(listener, {
          servername: "LocalHost.",
          rejectUnauthorized: false,
        });
        using server = await listener.accept();
        assertEquals((await server.handshake()).serverName, "localhost");
        void peer;
      }
    },
  },
  {
    name:
      "a TLS server shows a stranger's protocols escaped and shortened, and sends an alert",
    async run(net) {
      using listener = await listenWell(net, {
        alpnProtocols: ["h2"],
        maxHandshakes: 5,
      });
      const evil = "h2\r\n2026-01-01 INFO admin logged in\x1b[2J\x9b1m";
      const { error, seen } = await refused(listener, {
        protocols: [evil, ...Array<string>(40).fill("y".repeat(250))],
      });
      assertEquals([...seen.bytes], alert(NO_APPLICATION_PROTOCOL));
      assertQuotes(error, evil);
      assert(error.message.includes("and 40 more"), error.message);
    },
  },
  {
    name: "serverNames of TLS finds no certificate in what objects inherit",
    async run(net) {
      const { a } = await certificates();
      using listener = await listenOnly(net, {
        serverNames: { "a.example.test": a },
      });
      for (const name of ["constructor", "valueof", "__proto__"]) {
        const { seen } = await refused(listener, { names: namesOf(name) });
        assertEquals([...seen.bytes], alert(UNRECOGNIZED_NAME), name);
      }
      await assertShowsOnly(net, listener);
    },
  },
]);

async function assertShowsOnly(net: Net, listener: TlsListener): Promise<void> {
  await assertServesTls(net, listener, { serverName: "a.example.test" });
}

/** The record's length, and what stands in it, with four bytes more. */
function withTail(record: Uint8Array): number[] {
  return [22, 3, 1, ...vector(2, [...record.subarray(5), 1, 0, 0, 0])];
}

interface Refused {
  readonly error: errors.SocketError;
  readonly seen: Seen;
}

/** A client sends such a message, and is refused. */
function refused(listener: TlsListener, parts: HelloParts): Promise<Refused> {
  return refusedFor(listener, clientHello(parts));
}

async function refusedFor(
  listener: TlsListener,
  sent: Uint8Array,
): Promise<Refused> {
  using peer = await RawPeer.connect(listener);
  using conn = await listener.accept();
  const outcome = assertEnds(conn.handshake(), "InvalidData", "handshake");
  await peer.send(sent);
  await peer.end();
  const error = await outcome;
  await assertEnds(conn.read(new Uint8Array(1)), "InvalidData", "read");
  return { error, seen: await peer.readToEnd() };
}

/** A client that sends any name. */
async function connectOpenssl(
  { addr }: TlsListener,
  servername: string,
): Promise<AsyncDisposable> {
  const { port } = addr as { port: number };
  const child = spawn("openssl", [
    "s_client",
    "-connect",
    `127.0.0.1:${port}`,
    "-servername",
    servername,
  ], { stdio: ["pipe", "ignore", "ignore"] });
  const exited = once(child, "exit");
  await once(child, "spawn");
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** A message shows a stranger's text on one line, in quotes, and not all of a long one. */
function assertQuotes({ message }: Error, text: string): void {
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x1f\x7f-\x9f]/.test(message), JSON.stringify(message));
  assert(message.length < 400, message);
  const start = JSON.stringify(text).slice(0, 10);
  assert(message.includes(start.replace(/"$/, "")), message);
  if (text.length > 64) {
    assert(message.includes(`(${text.length} char`), message);
  }
}
