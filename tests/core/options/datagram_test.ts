import { errors } from "@anyport/sockets";
import { assertEquals, assertThrows } from "@std/assert";
import {
  checkInterface,
  checkMembership,
  checkTarget,
  checkTtl,
  isTarget,
  planConnectDatagram,
  planListenDatagram,
} from "../../../src/core/options/datagram.ts";

const listen = (options: unknown) => planListenDatagram(options as never);
const connect = (options: unknown) => planConnectDatagram(options as never);

type Kind = typeof TypeError | typeof RangeError;

/** Checks that each of these values is refused by this error. */
function assertRefused(
  check: (value: unknown) => unknown,
  cases: readonly (readonly [value: unknown, Kind, message: string])[],
): void {
  for (const [value, kind, message] of cases) {
    const error = assertThrows(() => check(value), kind, message);
    assertEquals((error as Error).constructor, kind);
  }
}

const DEFAULTS = {
  transport: "udp",
  reuseAddress: false,
  reusePort: false,
  ipv6Only: false,
  broadcast: false,
  receiveBufferBytes: undefined,
  sendBufferBytes: undefined,
  maxQueuedBytes: 1024 * 1024,
  maxQueuedDatagrams: 4096,
  maxDatagramBytes: 65535,
} as const;

Deno.test("planListenDatagram() completes the options", () => {
  assertEquals(listen({ port: 0 }), {
    ...DEFAULTS,
    operation: "listenDatagram",
    host: { name: "0.0.0.0", family: 4 },
    port: 0,
    peer: undefined,
    address: { transport: "udp", hostname: "0.0.0.0", port: 0 },
  });
  const given = {
    reuseAddress: true,
    reusePort: true,
    ipv6Only: true,
    broadcast: true,
    receiveBufferBytes: 1,
    sendBufferBytes: 2,
    maxQueuedBytes: 3,
    maxQueuedDatagrams: 4,
    maxDatagramBytes: 5,
  };
  const plan = listen({ hostname: "::", port: 5, ...given });
  assertEquals({ ...plan, ...given }, plan);
});

Deno.test("planConnectDatagram() completes the options", () => {
  assertEquals(connect({ port: 1 }), {
    ...DEFAULTS,
    operation: "connectDatagram",
    host: undefined,
    port: 0,
    peer: { host: { name: "127.0.0.1", family: 4 }, port: 1 },
    address: { transport: "udp", hostname: "127.0.0.1", port: 1 },
  });
  const plan = connect({ port: 1, localHostname: "::1", localPort: 5 });
  assertEquals([plan.host, plan.port], [{ name: "::1", family: 6 }, 5]);
});

Deno.test("planListenDatagram() throws for options that no runtime could honour", () => {
  const signal = AbortSignal.abort(new RangeError("stop"));
  assertRefused(listen, [
    [undefined, TypeError, "Cannot take datagrams on undefined: give { port }"],
    [{ port: "0" }, TypeError, 'port "0"'],
    [{ port: 0, ipv6Only: true }, TypeError, "0.0.0.0 with ipv6Only"],
    [{ port: 0, backlog: 1 }, TypeError, "that is an option of listen()"],
    [{ port: 0, broadcast: 1 }, TypeError, "broadcast 1"],
    [{ port: 0, reuseAddress: 1 }, TypeError, "reuseAddress 1"],
    [
      { port: 0, maxQueuedBytes: 0 },
      RangeError,
      "maxQueuedBytes 0: give a whole number, 1..2147483647",
    ],
    [{ port: 0, maxQueuedDatagrams: 1.5 }, RangeError, "1.5"],
    [{ port: 0, maxDatagramBytes: 65536 }, RangeError, "1..65535"],
    [{ port: 0, receiveBufferBytes: "1" }, TypeError, 'receiveBufferBytes "1"'],
    [{ port: 0, sendBufferBytes: 2 ** 31 }, RangeError, "sendBufferBytes"],
    [{ port: 0, signal }, RangeError, "stop"],
  ]);
});

Deno.test("planConnectDatagram() throws for options that no runtime could honour", () => {
  assertRefused(connect, [
    [{ port: 0 }, RangeError, "Cannot exchange datagrams with port 0"],
    [{ port: 1, localPort: -1 }, RangeError, "send datagrams from port -1"],
    [{ port: 1, localHostname: "localhost" }, TypeError, "give an IP literal"],
    [{ port: 1, timeoutMs: -1 }, RangeError, "timeoutMs -1"],
    [{ port: 1, reusePort: true }, TypeError, "option of"],
  ]);
});

Deno.test("planListenDatagram() and planConnectDatagram() throw ENOTSUP for a path", () => {
  for (const plan of [listen, connect]) {
    const error = assertThrows(
      () => plan({ path: "a.sock" }),
      errors.NotSupported,
      "a.sock: no runtime has Unix datagram sockets",
    );
    assertEquals(error.address, { transport: "unix", path: "a.sock" });
  }
});

Deno.test("isTarget() tells a target from the options of send()", () => {
  const values = [{ port: 1 }, { hostname: "a" }, { path: "x" }, {}, {
    signal: undefined,
  }];
  assertEquals(values.map(isTarget), [true, true, true, false, false]);
});

Deno.test("checkTarget() parses the host, and throws for a wrong one", () => {
  assertEquals(checkTarget({ hostname: "[::1]", port: 1 }), {
    host: { name: "::1", family: 6 },
    port: 1,
  });
  assertRefused((value) => checkTarget(value as never), [
    [{ hostname: "a", port: 0 }, RangeError, "send a datagram to port 0"],
    [{ port: 1 }, TypeError, "hostname undefined"],
    [{ host: "a", port: 1 }, TypeError, 'did you mean "hostname"?'],
    [{ path: "x" }, TypeError, "port undefined"],
    [Object.create({ hostname: "a", port: 1 }), TypeError, "port undefined"],
  ]);
});

Deno.test("checkMembership() takes a multicast group, and a source, of the family", () => {
  assertEquals(
    checkMembership(
      "239.0.0.1",
      { interface: "10.0.0.1", source: "10.0.0.2" },
      4,
    ),
    { group: "239.0.0.1", interface: "10.0.0.1", source: "10.0.0.2" },
  );
  assertEquals(checkMembership("ff02::1", { interface: "eth0" }, 6), {
    group: "ff02::1",
    interface: "::%eth0",
    source: undefined,
  });
  for (const group of ["224.0.0.1", "239.255.255.255"]) {
    checkMembership(group, undefined, 4);
  }
  for (const group of ["223.0.0.1", "240.0.0.1", "ff02::1", "a", 5]) {
    assertThrows(
      () => checkMembership(group, undefined, 4),
      TypeError,
      "give an IPv4 multicast address",
    );
  }
  for (const group of ["fe80::1", "239.0.0.1"]) {
    assertThrows(() => checkMembership(group, undefined, 6), TypeError, "IPv6");
  }
  assertThrows(
    () => checkMembership("239.0.0.1", { source: "::1" }, 4),
    TypeError,
    'Cannot join with source "::1": give an IPv4 literal',
  );
  assertThrows(
    () => checkMembership("239.0.0.1", { iface: "x" } as never, 4),
    TypeError,
    '"iface"',
  );
});

Deno.test("checkInterface() takes an address for IPv4, a name or an index for IPv6", () => {
  assertEquals(checkInterface("10.0.0.1", 4), "10.0.0.1");
  assertEquals(
    ["eth0", "2", "::%eth0.5"].map((name) => checkInterface(name, 6)),
    ["::%eth0", "::%2", "::%eth0.5"],
  );
  for (const name of ["eth0", "::1", 5]) {
    assertThrows(() => checkInterface(name, 4), TypeError, "an IPv4 address");
  }
  for (const name of ["a b", "fe80::1", "", 5]) {
    assertThrows(() => checkInterface(name, 6), TypeError, "its name");
  }
});

Deno.test("checkTtl() takes whole numbers, 1..255", () => {
  assertEquals([checkTtl(1, "setTtl"), checkTtl(255, "setTtl")], [1, 255]);
  assertRefused((value) => checkTtl(value, "setTtl"), [
    [0, RangeError, "Cannot call setTtl with 0: give a whole number, 1..255"],
    [256, RangeError, "with 256"],
    [1.5, RangeError, "with 1.5"],
    ["1", TypeError, 'with "1": give a whole number'],
  ]);
});
