import { assert, assertEquals } from "@std/assert";
import { errors } from "@anyport/sockets";
import { formatAddr, socketError } from "../../src/core/errno.ts";
import type { Addr } from "../../src/api/stream.ts";

const TCP: Addr = { transport: "tcp", hostname: "127.0.0.1", port: 80 };
const PATH: Addr = { transport: "unix", path: "/run/a.sock" };
const PEM = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----";

Deno.test("socketError() makes the class of each errno", () => {
  const classes: [code: string, name: string][] = [
    ["EADDRINUSE", "AddrInUse"],
    ["EADDRNOTAVAIL", "AddrNotAvailable"],
    ["EACCES", "PermissionDenied"],
    ["EPERM", "PermissionDenied"],
    ["ERR_ACCESS_DENIED", "PermissionDenied"],
    ["ENOENT", "NotFound"],
    ["ENOTDIR", "NotFound"],
    ["ENOTFOUND", "NotFound"],
    ["ECONNREFUSED", "ConnectionRefused"],
    ["ECONNRESET", "ConnectionReset"],
    ["ECONNABORTED", "ConnectionAborted"],
    ["EPIPE", "BrokenPipe"],
    ["ENOTCONN", "NotConnected"],
    ["ETIMEDOUT", "TimedOut"],
    ["EINTR", "Interrupted"],
    ["ECANCELED", "Interrupted"],
    ["EBADF", "BadResource"],
    ["EMFILE", "TooManyOpenFiles"],
    ["ENFILE", "TooManyOpenFiles"],
    ["EMSGSIZE", "MessageTooLarge"],
    ["EHOSTUNREACH", "HostUnreachable"],
    ["ENETUNREACH", "NetworkUnreachable"],
    ["ENOTSUP", "NotSupported"],
    ["EPROTO", "InvalidData"],
    ["EBADMSG", "InvalidData"],
    ["EOF", "UnexpectedEof"],
    ["EINVAL", "SocketError"],
    ["EBUSY", "SocketError"],
    ["EXXX", "SocketError"],
    ["toString", "SocketError"],
  ];
  for (const [code, name] of classes) {
    const error = socketError(code, "read", TCP);
    assertEquals([error.name, error.code], [name, code]);
    assert(error instanceof errors.SocketError);
  }
});

Deno.test("socketError() names the operation, the address, the reason and the code", () => {
  const messages: [error: Error, message: string][] = [
    [
      socketError("EADDRINUSE", "listen", TCP),
      "Cannot listen on 127.0.0.1:80: address already in use (EADDRINUSE)",
    ],
    [
      socketError("ENOENT", "connect", PATH),
      "Cannot connect to /run/a.sock: no such file or directory (ENOENT)",
    ],
    [
      socketError("EBADF", "read", undefined),
      "Cannot read from a socket: already closed (EBADF)",
    ],
    [
      socketError("ENOTSUP", "listenTls", undefined, { reason: "a\nb" }),
      "Cannot listen with TLS: a\\nb (ENOTSUP)",
    ],
    [
      socketError("EXXX", "read", TCP),
      "Cannot read from 127.0.0.1:80: the system refused (EXXX)",
    ],
    [
      socketError("EXXX", "read", TCP, { cause: new Error("it burns") }),
      "Cannot read from 127.0.0.1:80: it burns (EXXX)",
    ],
    [
      socketError("EBADF", "read", TCP, { reason: undefined }),
      "Cannot read from 127.0.0.1:80: already closed (EBADF)",
    ],
  ];
  for (const [error, message] of messages) assertEquals(error.message, message);
  const long: Addr = { ...TCP, hostname: "x".repeat(300), port: 1 };
  const { message } = socketError("ENOTFOUND", "connect", long);
  assert(message.includes("x… (300 characters):1"), message);
});

Deno.test("socketError() has the address, the cause, and the reason and the alert of TLS", () => {
  const cause = new Error("native");
  const tls = { reason: "peer-alert", alert: "unknown_ca" } as const;
  const error = socketError("EPROTO", "handshake", TCP, { cause, tls });
  assertEquals(
    [error.operation, error.address, error.cause, error.reason, error.alert],
    ["handshake", TCP, cause, "peer-alert", "unknown_ca"],
  );
});

Deno.test("socketError() drops a cause with PEM text, also a nested one", () => {
  const nested = new Error("x", { cause: new Error("y", { cause: PEM }) });
  for (const cause of [new Error(`bad ${PEM}`), nested, PEM]) {
    const error = socketError("EXXX", "reload", undefined, { cause });
    assertEquals(error.cause, undefined);
    assert(!error.message.includes("MIGH"), error.message);
  }
});

Deno.test("socketError() stops at a cause that is its own cause", () => {
  const cause = new Error("x");
  cause.cause = cause;
  assertEquals(socketError("EBADF", "read", TCP, { cause }).cause, cause);
});

Deno.test("socketError() ignores inherited details", () => {
  const details = Object.create({
    cause: "x",
    reason: "polluted",
    tls: { reason: "timeout" },
  });
  const error = socketError("EBADF", "read", TCP, details);
  assert(error.message.endsWith("already closed (EBADF)"), error.message);
  assertEquals([error.cause, error.reason], [undefined, undefined]);
});

Deno.test("formatAddr() puts IPv6 in brackets, and escapes what acts on a terminal", () => {
  const ip6: Addr = { transport: "tcp", hostname: "::1", port: 80 };
  const unnamed: Addr = { transport: "unix", path: "" };
  const evil: Addr = { transport: "unix", path: "a\x1b[2J" };
  assertEquals(
    [TCP, ip6, PATH, unnamed, evil].map(formatAddr),
    [
      "127.0.0.1:80",
      "[::1]:80",
      "/run/a.sock",
      "an unnamed Unix socket",
      "a\\u001b[2J",
    ],
  );
});
