import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { TlsKeyPair, TlsServerOptions } from "../../../src/api/tls.ts";
import { socketError } from "../../../src/core/errno.ts";
import { planServer } from "../../../src/core/options/tls.ts";
import type { Begin, TlsBackend } from "../../../src/core/tls/backend.ts";
import { TlsStreamConn } from "../../../src/core/tls/conn.ts";
import { TlsConnBackend } from "../../../src/core/tls/conn_backend.ts";
import { Acceptor, HandshakeLimiter } from "../../../src/core/tls/server.ts";
import { ADDRESS, FakeBackend } from "../fake_backend.ts";
import { extension, message, records, text, vector } from "./written_hello.ts";

function pair(name: string): TlsKeyPair {
  return { cert: `-----BEGIN ${name}`, key: `-----BEGIN ${name} KEY` };
}

/** Records with which certificate each handshake begins, and the bytes that it gets. */
function fakeTls(listensFirst = false) {
  const begun: [cert: string, early: Uint8Array][] = [];
  const tls: TlsBackend = {
    check: (_operation, given) => given,
    client: () => {
      throw new Error("a client was made");
    },
    server: (_plan, { cert }): Begin => {
      if (cert.includes("BAD")) {
        throw socketError("EBADMSG", "handshake", undefined);
      }
      return (_transport, _events, early) => {
        begun.push([cert.slice(11), early[0]]);
        return {
          demand() {},
          pause() {},
          send: () => 0,
          end: () => Promise.resolve(),
          close() {},
          abandon() {},
        };
      };
    },
    listensFirst,
    unsupported: () => undefined,
  };
  return { tls, begun };
}

/** Writes a ClientHello. */
function hello(
  { name, alpn = [], versions = [3, 4, 3, 3] }: {
    name?: string;
    alpn?: string[];
    versions?: number[];
  } = {},
): Uint8Array<ArrayBuffer> {
  return records(
    message([
      ...name === undefined
        ? []
        : extension(0, vector(2, [0, ...vector(2, text(name))])),
      ...alpn.length === 0 ? [] : extension(
        16,
        vector(2, alpn.flatMap((one) => vector(1, text(one)))),
      ),
      ...extension(43, vector(1, versions)),
    ]),
    1e4,
  );
}

/** Accepts a client that has sent these bytes. */
async function accept(
  options: TlsServerOptions,
  bytes: Uint8Array<ArrayBuffer>,
  listensFirst = true,
) {
  const { tls, begun } = fakeTls(listensFirst);
  const acceptor = new Acceptor(planServer(options), tls, "listenTls");
  const backend = new FakeBackend();
  const conn = new TlsConnBackend(backend, undefined, Infinity);
  new TlsStreamConn(conn);
  const refused = conn.handshake.catch((error) => error);
  const accepting = acceptor.accept(conn, undefined);
  backend.reads.push(bytes, true);
  await accepting;
  return { begun, backend, refused, conn };
}

/** The alert, the code and the reason with which a client is refused. */
async function refusal(...args: Parameters<typeof accept>) {
  const { backend, refused, begun } = await accept(...args);
  assertEquals(begun, []);
  const { code, reason } = await refused as errors.SocketError;
  // The connection is closed after the peer's FIN.
  backend.reads.end(null);
  await backend.closed;
  const alert = [...backend.sent[0]];
  assertEquals(alert.slice(0, 6), [21, 3, 3, 0, 2, 2]);
  return [alert[6], code, reason];
}

Deno.test("Acceptor.accept() begins with the certificate for the server name, or the default", async () => {
  const options: TlsServerOptions = {
    ...pair("DEFAULT"),
    serverNames: { "a.test": pair("A"), "*.b.test": pair("B") },
  };
  const names = { "a.test": "A", "x.b.test": "B", "c.test": "DEFAULT" };
  for (const [name, cert] of Object.entries(names)) {
    const bytes = hello({ name });
    const { begun } = await accept(options, bytes, false);
    assertEquals(begun, [[cert, bytes]]);
  }
  const { begun } = await accept(options, hello(), false);
  assertEquals(begun[0][0], "DEFAULT");
});

Deno.test("Acceptor.accept() begins at once when the engine itself reads the ClientHello", () => {
  const { tls, begun } = fakeTls();
  const acceptor = new Acceptor(planServer(pair("A")), tls, "listenTls");
  const conn = new TlsConnBackend(new FakeBackend(), undefined, Infinity);
  acceptor.accept(conn, undefined);
  assertEquals(begun, [["A", undefined as never]]);
});

Deno.test("Acceptor.accept() refuses a client for which there is no certificate: unrecognized_name", async () => {
  const options = { serverNames: { "a.test": pair("A") } };
  for (const bytes of [hello({ name: "b.test" }), hello()]) {
    assertEquals(await refusal(options, bytes), [
      112,
      "EPROTO",
      "unrecognized-name",
    ]);
  }
});

Deno.test("Acceptor.accept() refuses a server name that is no host name, unless it is allowed", async () => {
  const bytes = hello({ name: "a b" });
  assertEquals(await refusal(pair("A"), bytes), [
    112,
    "EPROTO",
    "unrecognized-name",
  ]);
  const options = { ...pair("A"), allowAnyServerName: true };
  assertEquals((await accept(options, bytes)).begun.length, 1);
});

Deno.test("Acceptor.accept() refuses a client without the version: protocol_version", async () => {
  const old = hello({ versions: [3, 3] });
  const options = { ...pair("A"), minVersion: "TLSv1.3" } as const;
  assertEquals(await refusal(options, old), [
    70,
    "EPROTO",
    "protocol-version",
  ]);
  assertEquals((await accept(pair("A"), old)).begun.length, 1);
  const older = hello({ versions: [3, 2] });
  // The legacy version, behind the heads of the record and of the message.
  older.set([3, 2], 9);
  assertEquals(await refusal(pair("A"), older), [
    70,
    "EPROTO",
    "protocol-version",
  ]);
});

Deno.test("Acceptor.accept() refuses a client without a common protocol: no_application_protocol", async () => {
  const options = { ...pair("A"), alpnProtocols: ["h2"] };
  assertEquals(await refusal(options, hello({ alpn: ["http/1.1"] })), [
    120,
    "EPROTO",
    "no-application-protocol",
  ]);
  for (const alpn of [[], ["http/1.1", "h2"]]) {
    assertEquals((await accept(options, hello({ alpn }))).begun.length, 1);
  }
});

Deno.test("Acceptor.accept() refuses a malformed ClientHello: decode_error", async () => {
  const bytes = records(message([0, 0, 0, 9, 0]), 1e4);
  assertEquals(await refusal(pair("A"), bytes), [50, "EPROTO", "bad-record"]);
});

Deno.test("Acceptor.accept() leaves what is no ClientHello to the default engine, or refuses it as not TLS", async () => {
  const http = new TextEncoder().encode("GET / HTTP/1.1\r\n");
  assertEquals((await accept(pair("A"), http)).begun, [["A", http]]);
  const options = { serverNames: { "a.test": pair("A") } };
  assertEquals(await refusal(options, http), [80, "EPROTO", "not-tls"]);
});

Deno.test("Acceptor.accept() begins with the certificate of chooseCertificate(), or the default", async () => {
  const asked: unknown[] = [];
  const options: TlsServerOptions = {
    ...pair("DEFAULT"),
    serverNames: { "named.test": pair("NAMED") },
    chooseCertificate(client) {
      asked.push({ ...client });
      return client.serverName === "a.test"
        ? Promise.resolve(pair("CHOSEN"))
        : undefined;
    },
  };
  const certs: string[] = [];
  for (const name of ["a.test", "b.test", "named.test"]) {
    const { begun } = await accept(options, hello({ name, alpn: ["h2"] }));
    certs.push(begun[0][0]);
  }
  assertEquals(certs, ["CHOSEN", "DEFAULT", "NAMED"]);
  assertEquals(
    asked,
    ["a.test", "b.test"].map((serverName) => ({
      serverName,
      alpnProtocols: ["h2"],
    })),
  );
});

Deno.test("Acceptor.accept() refuses a client when chooseCertificate() throws, or gives no usable certificate", async () => {
  const chooses = [
    () => Promise.reject(new Error("no")),
    () => ({ cert: "x", key: "y" }),
    () => pair("BAD"),
    () => {
      throw new Error("no");
    },
  ];
  for (const chooseCertificate of chooses) {
    const { refused, backend } = await accept({ chooseCertificate }, hello());
    const error = await refused as unknown as errors.SocketError;
    backend.reads.end(null);
    await backend.closed;
    assert(error.message.includes("gave no certificate that can be used"));
    assert(error.cause instanceof Error);
    assertEquals(backend.sent[0][6], 80);
  }
});

Deno.test("Acceptor.accept() rejects EOF when the client ends before its ClientHello, ECONNRESET when it resets", async () => {
  for (
    const [error, code] of [
      [null, "EOF"],
      [socketError("ECONNRESET", "read", ADDRESS), "ECONNRESET"],
    ] as const
  ) {
    const { tls } = fakeTls(true);
    const acceptor = new Acceptor(planServer(pair("A")), tls, "listenTls");
    const backend = new FakeBackend();
    const conn = new TlsConnBackend(backend, undefined, Infinity);
    new TlsStreamConn(conn);
    const accepting = acceptor.accept(conn, undefined);
    backend.reads.push(hello().subarray(0, 20), true);
    backend.reads.end(error);
    await accepting;
    const refused = await conn.handshake.catch((error) => error);
    assertEquals((refused as errors.SocketError).code, code);
    assertEquals(conn.hasHello, false);
    // Ends the wait for the peer's FIN.
    conn.close(true);
  }
});

Deno.test("Acceptor.accept() takes a place in the queue only after the whole ClientHello", async () => {
  const { tls, begun } = fakeTls();
  const acceptor = new Acceptor(planServer(pair("A")), tls, "listenTls");
  const backend = new FakeBackend();
  const conn = new TlsConnBackend(backend, undefined, Infinity);
  const queued: (() => void)[] = [];
  const accepting = acceptor.accept(conn, (enter) => queued.push(enter));
  const bytes = hello();
  backend.reads.push(bytes.subarray(0, 20), true);
  await Promise.resolve();
  assertEquals([queued.length, conn.hasHello], [0, false]);
  backend.reads.push(bytes.subarray(20), true);
  await accepting;
  assertEquals([queued.length, conn.hasHello, begun.length], [1, true, 0]);
  queued[0]();
  assertEquals(begun, [["A", bytes]]);
});

Deno.test("new Acceptor() throws EBADMSG when one of its certificates cannot be used", () => {
  const { tls } = fakeTls();
  for (
    const options of [
      pair("BAD"),
      { ...pair("A"), serverNames: { "a.test": pair("BAD") } },
    ]
  ) {
    assertThrows(
      () => new Acceptor(planServer(options), tls, "listenTls"),
      errors.InvalidData,
    );
  }
});

/** Lets handshakes enter, and records which. */
function limiting(places: number) {
  const limiter = new HandshakeLimiter(places);
  const entered: number[] = [];
  const queue = (id: number) => limiter.queue(() => entered.push(id));
  return { queue, entered };
}

Deno.test("HandshakeLimiter.queue() lets so many in, and the others in the order of arrival", () => {
  const { queue, entered } = limiting(2);
  const leaves = [1, 2, 3, 4].map(queue);
  assertEquals(entered, [1, 2]);
  leaves[1]();
  assertEquals(entered, [1, 2, 3]);
  leaves[1]();
  assertEquals(entered, [1, 2, 3]);
  leaves[0]();
  assertEquals(entered, [1, 2, 3, 4]);
});

Deno.test("HandshakeLimiter.queue() returns a call that cancels the wait, and frees no place", () => {
  const { queue, entered } = limiting(1);
  const leave = queue(1);
  const cancel = queue(2);
  queue(3);
  cancel();
  assertEquals(entered, [1]);
  leave();
  assertEquals(entered, [1, 3]);
});
