import { assertEquals, assertThrows } from "@std/assert";
import type { TlsServerOptions } from "../../../src/api/tls.ts";
import {
  checkAlpn,
  checkCaCerts,
  checkMaxHandshakes,
  checkPair,
  checkServerName,
  pairFor,
  planClient,
  planReload,
  planServer,
  planStart,
} from "../../../src/core/options/tls.ts";

const CERT = "-----BEGIN CERTIFICATE-----";
const KEY = "-----BEGIN PRIVATE KEY-----";
const PAIR = { cert: CERT, key: KEY };
const OTHER = { cert: `${CERT} 2`, key: `${KEY} 2` };

const server = (options: unknown) => planServer(options as TlsServerOptions);
const client = (options: unknown) => planClient(options as never, "a.test");

type Kind = typeof TypeError | typeof RangeError;

/** Checks that each of these options is refused by this error, without PEM text. */
function assertRefused(
  plan: (options: unknown) => unknown,
  cases: readonly (readonly [options: unknown, Kind, message: string])[],
): void {
  for (const [options, kind, message] of cases) {
    const error = assertThrows(() => plan(options), kind, message) as Error;
    assertEquals(error.constructor, kind);
    assertEquals(error.message.includes("-----BEGIN"), false);
  }
}

Deno.test("planClient() completes the options", () => {
  const plan = client({});
  assertEquals({ ...plan, suites: plan.suites.length }, {
    role: "client",
    alpnProtocols: [],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    suites: 9,
    handshakeTimeoutMs: 30_000,
    peer: { name: "a.test", family: 0 },
    verifiesName: true,
    caCerts: undefined,
    pair: undefined,
  });
});

Deno.test("planClient() verifies serverName in place of the host, in lower case without a trailing dot", () => {
  assertEquals(client({ serverName: "B.Test." }).peer, {
    name: "b.test",
    family: 0,
  });
  assertEquals(client({ serverName: "[::1]" }).peer, {
    name: "::1",
    family: 6,
  });
});

Deno.test("planClient() throws TypeError without a name, unless it is not to be verified", () => {
  assertThrows(
    () => planClient({}, undefined),
    TypeError,
    "Cannot use TLS without a serverName",
  );
  const options = { unsafelyDisableHostnameVerification: true };
  const plan = planClient(options, undefined);
  assertEquals([plan.peer, plan.verifiesName], [
    { name: "", family: 0 },
    false,
  ]);
});

Deno.test("planClient() throws for options that no runtime could honour", () => {
  assertRefused(client, [
    [{ serverName: "a b" }, TypeError, 'use TLS with hostname "a b"'],
    [{ cert: CERT }, TypeError, "this key for the client: give cert and key"],
    [{ cert: "x", key: KEY }, TypeError, "this cert for the client"],
    [{ caCerts: [] }, TypeError, "caCerts without any"],
    [{ caCerts: CERT }, TypeError, "caCerts PEM text of"],
    [{ caCerts: [5] }, TypeError, "one of caCerts"],
    [{ minVersion: "TLSv1.1" }, TypeError, 'minVersion "TLSv1.1"'],
    [{ ciphers: [] }, TypeError, "ciphers without any"],
    [{ alpnProtocols: "h2" }, TypeError, 'alpnProtocols "h2"'],
    [{ handshakeTimeoutMs: "1" }, TypeError, 'handshakeTimeoutMs "1"'],
    [{ handshakeTimeoutMs: -1 }, RangeError, "handshakeTimeoutMs -1"],
    [{ handshakeTimeoutMs: NaN }, RangeError, "NaN"],
    [{ handshakeTimeoutMs: 2 ** 31 }, RangeError, "2147483648"],
    [
      { unsafelyDisableHostnameVerification: 1 },
      TypeError,
      "unsafelyDisableHostnameVerification 1",
    ],
  ]);
  assertEquals(
    client({ handshakeTimeoutMs: Infinity }).handshakeTimeoutMs,
    Infinity,
  );
});

Deno.test("planClient() excludes a version for which ciphers has no suite", () => {
  const [for13, for12] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  ];
  const versions = (ciphers: string[]) => {
    const { minVersion, maxVersion } = client({ ciphers });
    return [minVersion, maxVersion];
  };
  assertEquals(versions([for13]), ["TLSv1.3", "TLSv1.3"]);
  assertEquals(versions([for12]), ["TLSv1.2", "TLSv1.2"]);
  assertEquals(versions([for12, for13]), ["TLSv1.2", "TLSv1.3"]);
  assertThrows(
    () => client({ ciphers: [for12], minVersion: "TLSv1.3" }),
    TypeError,
    "without a suite of TLS 1.3",
  );
});

Deno.test("planServer() completes the options", () => {
  const plan = server(PAIR);
  assertEquals(
    [
      plan.clientAuth,
      plan.sessionTickets,
      plan.helloTimeoutMs,
      plan.allowAnyServerName,
      plan.credentials.pair,
      plan.credentials.names.size,
    ],
    ["none", undefined, 10_000, false, PAIR, 0],
  );
  const roots = [CERT];
  const given = { ...PAIR, clientAuth: "require", caCerts: roots };
  assertEquals(server(given).credentials.caCerts, roots);
  assertEquals(
    server({ ...PAIR, sessionTickets: false }).sessionTickets,
    false,
  );
});

Deno.test("planServer() throws for options that no runtime could honour", () => {
  assertRefused(server, [
    [undefined, TypeError, "Cannot use TLS with undefined: give options"],
    [{}, TypeError, "Cannot use TLS without a certificate"],
    [{ key: KEY }, TypeError, "this cert for the server"],
    [
      { ...PAIR, clientAuth: "yes" },
      TypeError,
      'clientAuth "yes": give "none"',
    ],
    [{ ...PAIR, clientAuth: "require" }, TypeError, "caCerts"],
    [{ ...PAIR, clientAuth: "request" }, TypeError, "caCerts"],
    [{ ...PAIR, sessionTickets: 1 }, TypeError, "sessionTickets 1"],
    [{ ...PAIR, helloTimeoutMs: -1 }, RangeError, "helloTimeoutMs -1"],
    [{ ...PAIR, allowAnyServerName: 1 }, TypeError, "allowAnyServerName 1"],
    [{ ...PAIR, chooseCertificate: 1 }, TypeError, "chooseCertificate 1"],
    [{ ...PAIR, serverNames: "x" }, TypeError, 'serverNames "x"'],
    [{ serverNames: { "a b": PAIR } }, TypeError, 'hostname "a b"'],
    [
      { serverNames: { "a.test": { cert: CERT } } },
      TypeError,
      "this key for a.test",
    ],
    [
      { serverNames: { "::1": PAIR } },
      TypeError,
      "clients name no IP addresses",
    ],
  ]);
});

Deno.test("pairFor() gives an exact name precedence over a wildcard, which matches one label", () => {
  const wild = { cert: `${CERT} wild`, key: `${KEY} wild` };
  const { credentials } = server({
    serverNames: { "A.Test.": PAIR, "*.test": wild },
  });
  const pairOf = (serverName: string | null) =>
    pairFor(credentials, { serverName, alpnProtocols: [] });
  assertEquals(
    ["a.test", "b.test", "c.b.test", "test", null].map(pairOf),
    [PAIR, wild, undefined, undefined, undefined],
  );
});

Deno.test("planReload() keeps what is not given", () => {
  const choose = () => undefined;
  const plan = server({
    ...PAIR,
    serverNames: { "a.test": PAIR },
    chooseCertificate: choose,
    caCerts: [CERT],
    clientAuth: "require",
  });
  assertEquals(planReload(plan, {}), plan);
  const fresh = planReload(plan, OTHER).credentials;
  assertEquals([fresh.pair, fresh.names], [OTHER, plan.credentials.names]);
  const names = planReload(plan, { serverNames: { "b.test": OTHER } });
  assertEquals([...names.credentials.names.keys()], ["b.test"]);
  assertEquals(names.credentials.pair, PAIR);
});

Deno.test("planReload() throws TypeError when cert comes without key, or an option is no credential", () => {
  const plan = server(PAIR);
  const wrong: [unknown, string][] = [
    [{ cert: CERT }, "this key for the server"],
    [{ key: KEY }, "this cert for the server"],
    [{ clientAuth: "none" }, '"clientAuth"'],
    [undefined, "Cannot use TLS with undefined: give options"],
  ];
  for (const [credentials, message] of wrong) {
    assertThrows(
      () => planReload(plan, credentials as never),
      TypeError,
      message,
    );
  }
});

Deno.test("planStart() makes a client by default, and a server by role", () => {
  assertEquals(planStart(undefined, "a.test").role, "client");
  assertEquals(planStart({ role: "client" }, "a.test").role, "client");
  assertEquals(
    planStart({ role: "server", ...PAIR }, undefined).role,
    "server",
  );
  const plan = planStart({ hostname: "b.test" }, "127.0.0.1");
  assertEquals("peer" in plan && plan.peer.name, "b.test");
  const wrong: [unknown, string][] = [
    [{ role: "x" }, 'role "x": give "client" or "server"'],
    [{ role: "server", ...PAIR, serverName: "a" }, '"serverName"'],
    [{ role: "client", clientAuth: "none" }, '"clientAuth"'],
    [null, "null"],
  ];
  for (const [options, message] of wrong) {
    assertThrows(() => planStart(options as never, "a"), TypeError, message);
  }
});

Deno.test("checkAlpn() takes names of 1..255 ASCII characters, 65535 bytes in all", () => {
  assertEquals(checkAlpn(undefined), []);
  const given = ["h2", "x".repeat(255)];
  const names = checkAlpn(given);
  assertEquals([names, names === given], [given, false]);
  for (const name of ["", "x".repeat(256), "é", "a\n", 5]) {
    assertThrows(() => checkAlpn([name]), TypeError, "1..255 ASCII characters");
  }
  const most = Array<string>(255).fill("x".repeat(255));
  assertEquals(checkAlpn([...most, "x".repeat(254)]).length, 256);
  assertThrows(
    () => checkAlpn([...most, "x".repeat(255)]),
    RangeError,
    "alpnProtocols of 65536 bytes",
  );
});

Deno.test("checkServerName() writes a name in lower case, and takes a wildcard label", () => {
  assertEquals(
    ["A.Test.", "*.A.test", "bücher.test"].map(checkServerName),
    ["a.test", "*.a.test", "xn--bcher-kva.test"],
  );
  for (const name of ["a.*.test", "*", "*.", "127.0.0.1", "*.127.0.0.1", ""]) {
    assertThrows(() => checkServerName(name), TypeError);
  }
});

Deno.test("checkPair() copies cert and key, and throws TypeError for other options", () => {
  assertEquals(checkPair(PAIR, "a"), PAIR);
  for (const given of [undefined, null, {}, { cert: KEY, key: 5 }]) {
    assertThrows(() => checkPair(given, "a"), TypeError, "give cert and key");
  }
  assertThrows(
    () => checkPair({ ...PAIR, passphrase: "x" }, "a"),
    TypeError,
    '"passphrase"',
  );
});

Deno.test("checkCaCerts() copies the list", () => {
  const given = [CERT];
  const checked = checkCaCerts(given);
  assertEquals([checked, checked === given], [given, false]);
  assertEquals(checkCaCerts(undefined), undefined);
});

Deno.test("checkMaxHandshakes() takes whole numbers from 1, and Infinity by default", () => {
  const check = (maxHandshakes?: unknown) =>
    checkMaxHandshakes({ maxHandshakes } as never);
  assertEquals([check(), check(1), check(Infinity)], [Infinity, 1, Infinity]);
  for (const value of [0, 1.5, -1, NaN, "1"]) {
    assertThrows(() => check(value), RangeError, "maxHandshakes");
  }
});
