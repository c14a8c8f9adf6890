import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import * as errors from "../../src/api/errors.ts";
import type { NetAddr } from "../../src/api/stream.ts";
import { formatAddr, socketError } from "../../src/core/errno.ts";

const address: NetAddr = { transport: "tcp", hostname: "::1", port: 80 };

Deno.test("socketError() gives an errno its class, and its place in the message", () => {
  const error = socketError("ECONNREFUSED", "connect", address);
  assertInstanceOf(error, errors.ConnectionRefused);
  assertEquals(
    error.message,
    "Cannot connect to [::1]:80: connection refused (ECONNREFUSED)",
  );
  assertEquals([error.code, error.operation], ["ECONNREFUSED", "connect"]);
  assertEquals(error.address, address);
});

Deno.test("socketError() of an unknown errno says what the cause says", () => {
  const cause = new Error("something odd");
  const error = socketError("EODD", "read", address, { cause });
  assertEquals(error.constructor, errors.SocketError);
  assert(error.message.endsWith("something odd (EODD)"), error.message);
  assert(error.cause === cause);
});

Deno.test("socketError() keeps a private key out of the cause", () => {
  const pem = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----";
  const cause = new Error("bad", { cause: new Error(pem) });
  assertEquals(
    socketError("EBADMSG", "listenTls", undefined, { cause }).cause,
    undefined,
  );
});

Deno.test("socketError() reads no details of a polluted prototype", () => {
  const prototype = Object.prototype as unknown as Record<string, unknown>;
  prototype.reason = "polluted";
  try {
    const { message } = socketError("EPIPE", "write", address);
    assert(!message.includes("polluted"), message);
  } finally {
    delete prototype.reason;
  }
});

Deno.test("formatAddr() writes IPv6 in brackets, and names an unnamed socket", () => {
  assertEquals(formatAddr(address), "[::1]:80");
  assertEquals(
    formatAddr({ transport: "udp", hostname: "127.0.0.1", port: 5 }),
    "127.0.0.1:5",
  );
  assertEquals(formatAddr({ transport: "unix", path: "/s" }), "/s");
  assertEquals(
    formatAddr({ transport: "unix", path: "" }),
    "an unnamed Unix socket",
  );
  assert(!formatAddr({ transport: "unix", path: "/a\nb" }).includes("\n"));
});
