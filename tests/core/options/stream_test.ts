import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  checkFlag,
  checkKeepAlive,
  checkPort,
  planConnect,
  planListen,
} from "../../../src/core/options/stream.ts";
import { systemOf } from "../../../src/core/options/system.ts";
import type { ConnectOptions, ListenOptions } from "../../../src/api/stream.ts";

const LINUX = systemOf("linux");
const listen = (options: unknown) =>
  planListen(options as ListenOptions, LINUX);
const connect = (options: unknown) =>
  planConnect(options as ConnectOptions, LINUX);

type Kind = typeof TypeError | typeof RangeError;

/** Checks that each of these options is refused by this error. */
function assertRefused(
  plan: (options: unknown) => unknown,
  cases: readonly (readonly [options: unknown, Kind, message: string])[],
): void {
  for (const [options, kind, message] of cases) {
    const error = assertThrows(() => plan(options), kind, message);
    assertEquals((error as Error).constructor, kind);
  }
}

Deno.test("planListen() completes the options of TCP", () => {
  assertEquals(listen({ port: 0 }), {
    transport: "tcp",
    host: { name: "0.0.0.0", family: 4 },
    port: 0,
    backlog: 511,
    reusePort: false,
    ipv6Only: false,
    noDelay: true,
    keepAlive: false,
    signal: undefined,
    address: { transport: "tcp", hostname: "0.0.0.0", port: 0 },
  });
  const { signal } = new AbortController();
  const given = {
    port: 80,
    backlog: 5,
    reusePort: true,
    ipv6Only: true,
    noDelay: false,
    keepAlive: true,
    signal,
  };
  assertEquals(listen({ hostname: "[::]", ...given }), {
    ...given,
    transport: "tcp",
    host: { name: "::", family: 6 },
    address: { transport: "tcp", hostname: "::", port: 80 },
  });
});

Deno.test("planListen() completes the options of a path", () => {
  assertEquals(listen({ path: "a.sock" }), {
    transport: "unix",
    path: "a.sock",
    backlog: 511,
    backlogGiven: false,
    reclaim: false,
    mode: undefined,
    signal: undefined,
    address: { transport: "unix", path: "a.sock" },
  });
  const plan = listen({ path: "x", backlog: 5, reclaim: true, mode: 0o600 });
  assert(plan.transport === "unix");
  assertEquals(
    [plan.backlog, plan.backlogGiven, plan.reclaim, plan.mode],
    [5, true, true, 0o600],
  );
});

Deno.test("planListen() makes 1 of a backlog of 0", () => {
  assertEquals(listen({ port: 0, backlog: 0 }).backlog, 1);
});

Deno.test("planListen() accepts the address of a listener as its options", () => {
  for (
    const address of [
      { transport: "tcp", hostname: "127.0.0.1", port: 1 },
      { transport: "unix", path: "x" },
    ]
  ) {
    assertEquals(listen(address).address, address as never);
    assertEquals(connect(address).address, address as never);
  }
});

Deno.test("planListen() throws for options that no runtime could honour", () => {
  assertRefused(listen, [
    [undefined, TypeError, "Cannot listen on undefined: give { port }"],
    [null, TypeError, "give { port } or { path }"],
    [[8080], TypeError, "Cannot listen with an array"],
    [
      {},
      TypeError,
      "Cannot listen on port undefined: give a whole number, 0..65535",
    ],
    [{ port: "80" }, TypeError, 'port "80"'],
    [{ port: 65536 }, RangeError, "Cannot listen on port 65536"],
    [{ port: -1 }, RangeError, "port -1: give a whole number, 0..65535"],
    [{ port: 1.5 }, RangeError, "port 1.5"],
    [{ port: 0, host: "x" }, TypeError, 'did you mean "hostname"?'],
    [{ port: 0, hostname: "a b" }, TypeError, 'hostname "a b"'],
    [{ port: 0, backlog: -1 }, RangeError, "with backlog -1"],
    [{ port: 0, backlog: 2 ** 31 }, RangeError, "with backlog 2147483648"],
    [{ port: 0, backlog: "5" }, TypeError, 'with backlog "5"'],
    [{ port: 0, reusePort: 1 }, TypeError, "reusePort 1: give true or false"],
    [{ port: 0, noDelay: 1 }, TypeError, "noDelay 1"],
    [{ port: 0, keepAlive: "x" }, TypeError, 'keepAlive "x"'],
    [{ port: 0, ipv6Only: true }, TypeError, "0.0.0.0 with ipv6Only"],
    [
      { port: 0, mode: 0o600 },
      TypeError,
      "a port with mode: that is for paths",
    ],
    [{ port: 0, reclaim: true }, TypeError, "a port with reclaim"],
    [{ path: "x", port: 0 }, TypeError, "a path with port: that is for TCP"],
    [{ path: "x", hostname: "a" }, TypeError, "a path with hostname"],
    [{ path: "x", noDelay: true }, TypeError, "a path with noDelay"],
    [{ path: "" }, TypeError, "give a file's path"],
    [{ path: 5 }, TypeError, "Cannot listen on path 5"],
    [{ path: "a\0b" }, TypeError, "a path holds no NUL"],
    [
      { path: "é".repeat(54) },
      TypeError,
      "it has 108 bytes, the system takes 107",
    ],
    [{ path: "x", mode: "600" }, TypeError, 'with mode "600"'],
    [{ path: "x", mode: 0o1000 }, RangeError, "with mode 512"],
    [{ path: "x", mode: -1 }, RangeError, "with mode -1"],
    [{ path: "x", reclaim: 1 }, TypeError, "reclaim 1"],
    [{ path: "x", transport: "tcp" }, TypeError, 'a path with transport "tcp"'],
    [{ port: 0, transport: "udp" }, TypeError, 'a port with transport "udp"'],
  ]);
});

Deno.test("planListen() throws the reason when the signal has aborted already", () => {
  const signal = AbortSignal.abort(new RangeError("stop"));
  for (const options of [{ port: 0, signal }, { path: "x", signal }]) {
    assertThrows(() => listen(options), RangeError, "stop");
  }
});

Deno.test("planConnect() completes the options of TCP and of a path", () => {
  assertEquals(connect({ port: 1 }), {
    transport: "tcp",
    host: { name: "127.0.0.1", family: 4 },
    port: 1,
    noDelay: true,
    keepAlive: false,
    address: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
  });
  assertEquals(connect({ path: "x" }), {
    transport: "unix",
    path: "x",
    address: { transport: "unix", path: "x" },
  });
});

Deno.test("planConnect() throws for options that no runtime could honour", () => {
  const signal = AbortSignal.abort(new RangeError("stop"));
  assertRefused(connect, [
    [
      { port: 0 },
      RangeError,
      "Cannot connect to port 0: give a whole number, 1..65535",
    ],
    [{ port: 1, timeoutMs: -1 }, RangeError, "timeoutMs -1"],
    [{ path: "x", timeoutMs: -1 }, RangeError, "timeoutMs -1"],
    [{ port: 1, signal }, RangeError, "stop"],
    [{ path: "x", signal }, RangeError, "stop"],
    [{ port: 1, backlog: 5 }, TypeError, "that is an option of listen()"],
    [{ path: "x".repeat(108) }, TypeError, "it has 108 bytes"],
    [{ port: 1, noDelay: "x" }, TypeError, 'noDelay "x"'],
    [{ port: 1, keepAlive: 1 }, TypeError, "keepAlive 1"],
  ]);
});

Deno.test("planListen() reads own properties only", () => {
  const polluted = Object.create({ hostname: "a b", backlog: -1 });
  polluted.port = 0;
  assertEquals(listen(polluted), listen({ port: 0 }));
});

Deno.test("checkKeepAlive() takes a boolean, or whole seconds", () => {
  assertEquals(checkKeepAlive(false), { on: false, delayMs: undefined });
  assertEquals(checkKeepAlive({ delayMs: 2000 }), { on: true, delayMs: 2000 });
  assertRefused((value) => checkKeepAlive(value as never), [
    [5, TypeError, "Cannot set keep-alive 5: give true, false or { delayMs }"],
    [{}, TypeError, "an object: give true, false or { delayMs }"],
    [{ delay: 1000 }, TypeError, 'did you mean "delayMs"?'],
    [Object.create({ delayMs: 1000 }), TypeError, "an object"],
    [{ delayMs: 999 }, RangeError, "give whole seconds, 1000..2147483000"],
    [{ delayMs: 0 }, RangeError, "delayMs 0"],
    [{ delayMs: 1500 }, RangeError, "delayMs 1500"],
    [{ delayMs: 2 ** 31 }, RangeError, "delayMs 2147483648"],
  ]);
});

Deno.test("checkFlag() applies the default, and throws TypeError for no boolean", () => {
  assertEquals([checkFlag("x", undefined, true), checkFlag("x", false, true)], [
    true,
    false,
  ]);
  assertThrows(() => checkFlag("x", 0, true), TypeError, "Cannot use x 0");
});

Deno.test("checkPort() accepts whole numbers from the lowest to 65535", () => {
  for (const port of [1, 65535]) checkPort(port, 1, "connect to");
  assertThrows(() => checkPort(0, 1, "connect to"), RangeError, "1..65535");
  assertThrows(() => checkPort(NaN, 0, "connect to"), RangeError, "port NaN");
});
