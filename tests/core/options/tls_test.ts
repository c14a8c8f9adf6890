import { assert, assertEquals, assertThrows } from "@std/assert";
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

const PAIR = { cert: "-----BEGIN A", key: "-----BEGIN B" };
const OTHER = { cert: "-----BEGIN C", key: "-----BEGIN D" };

Deno.test("planClient() verifies the hostname by default, and needs one", () => {
  const plan = planClient({}, "Example.com.");
  assertEquals(plan.peer, { name: "example.com", family: 0 });
  assert(plan.verifiesName);
  assertThrows(() => planClient({}, undefined), TypeError, "serverName");
});

Deno.test("planServer() needs a certificate, and caCerts to ask for clients'", () => {
  assertThrows(() => planServer({}), TypeError);
  const asking = { ...PAIR, clientAuth: "require" } as const;
  assertThrows(() => planServer(asking), TypeError, "caCerts");
});

Deno.test("planReload() keeps what is not given", () => {
  const plan = planServer({ ...PAIR, caCerts: ["-----BEGIN E"] });
  const { credentials } = planReload(plan, OTHER);
  assertEquals(credentials.caCerts, ["-----BEGIN E"]);
});

Deno.test("planStart() is a client by default", () => {
  assertEquals(planStart({ serverName: "a.test" }, undefined).role, "client");
  assertEquals(
    planStart({ role: "server", ...PAIR }, undefined).role,
    "server",
  );
});

Deno.test("pairFor() prefers the exact name, then the wildcard of its parent", () => {
  const { credentials } = planServer({
    serverNames: { "a.test": PAIR, "*.test": OTHER },
  });
  const keyFor = (serverName: string | null) =>
    pairFor(credentials, { serverName, alpnProtocols: [] })?.key;
  assertEquals(keyFor("a.test"), PAIR.key);
  assertEquals(keyFor("b.test"), OTHER.key);
  assertEquals(keyFor("b.c.test"), undefined);
  assertEquals(keyFor(null), undefined);
});

Deno.test("checkPair() refuses what is no PEM, without the key in the message", () => {
  const secret = "not pem, and a secret";
  const error = assertThrows(
    () => checkPair({ cert: PAIR.cert, key: secret }, "the client"),
    TypeError,
    "this key for the client",
  );
  assert(!error.message.includes(secret));
});

Deno.test("checkAlpn() refuses empty names, and names of more than 255 bytes", () => {
  assertEquals(checkAlpn(["h2", "http/1.1"]), ["h2", "http/1.1"]);
  for (const wrong of ["h2", [""], ["x".repeat(256)], [1]]) {
    assertThrows(() => checkAlpn(wrong), Error, "Cannot use");
  }
});

Deno.test("checkServerName() refuses IP addresses, which clients do not send", () => {
  assertEquals(checkServerName("*.Example.com"), "*.example.com");
  assertThrows(() => checkServerName("127.0.0.1"), TypeError, "serverNames");
});

Deno.test("checkCaCerts() refuses an empty list, which would trust no CA", () => {
  assertEquals(checkCaCerts(undefined), undefined);
  assertThrows(() => checkCaCerts([]), TypeError, "without any");
});

Deno.test("checkMaxHandshakes() takes 1 and more", () => {
  assertEquals(checkMaxHandshakes({}), Infinity);
  for (const maxHandshakes of [0, -1, 1.5, NaN]) {
    assertThrows(() => checkMaxHandshakes({ maxHandshakes }), RangeError);
  }
});
