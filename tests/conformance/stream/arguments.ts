/**
 * Options that make no sense: refused by every runtime, before anything is
 * opened.
 *
 * @module
 */

import { assert, assertRejects } from "@std/assert";
import type { Capability, Case } from "../case.ts";

/** Cases of wrong options, of `listen` and `connect` alike. */
export const wrongArguments: readonly Case[] = refusedAlways();

function refusedAlways(): Case[] {
  const wrong: [string, Record<string, unknown>][] = [
    ...[NaN, 1.5, -1, 65536, "80", "80x", true, null, {}, 1n].map(
      (
        port,
      ): [string, Record<string, unknown>] => [`port ${typeof port} ${port}`, {
        port,
      }],
    ),
    ...[
      "",
      " ",
      "a b",
      "a..b",
      "[::1",
      "::1]",
      "[127.0.0.1]",
      "256.1.1.1",
      "1.2.3",
      "127.1",
      "010.0.0.1",
      "0x7f.0.0.1",
      "2130706433",
      "1.2.3.4.",
      "x\0y",
      "-x-.example",
      "x".repeat(64),
      "x.".repeat(130),
      ":::",
      "1::2::3",
      "12345::",
      "::1%",
      "::1%a%b",
      5,
      null,
    ].map((hostname): [string, Record<string, unknown>] => [
      `hostname ${JSON.stringify(hostname).slice(0, 40)}`,
      { hostname, port: 80 },
    ]),
    ["path empty", { path: "" }],
    ["path with NUL", { path: "/tmp/a\0b" }],
    ["path too long", { path: "/tmp/" + "x".repeat(103) }],
    ["path of many bytes", { path: "/tmp/" + "é".repeat(53) }],
    ["path and port", { path: "/tmp/x", port: 1 }],
    ["path and noDelay", { path: "/tmp/x", noDelay: true }],
    ["noDelay 1", { port: 1, noDelay: 1 }],
    ['keepAlive "yes"', { port: 1, keepAlive: "yes" }],
    ["signal {}", { port: 1, signal: {} }],
    ["nothing", {}],
  ];
  const onListen: [string, Record<string, unknown>][] = [
    ["backlog -1", { port: 0, backlog: -1 }],
    ["backlog 1.5", { port: 0, backlog: 1.5 }],
    ['backlog "5"', { port: 0, backlog: "5" }],
    ["reusePort 1", { port: 0, reusePort: 1 }],
    ['ipv6Only ""', { port: 0, ipv6Only: "" }],
    ["reclaim 1", { path: "/tmp/x", reclaim: 1 }],
    ["reclaim of a port", { port: 0, reclaim: true }],
    ["ipv6Only on IPv4", { hostname: "127.0.0.1", port: 0, ipv6Only: true }],
  ];
  const onConnect: [string, Record<string, unknown>][] = [
    ["port 0", { port: 0 }],
    ["timeoutMs -1", { port: 1, timeoutMs: -1 }],
    ["timeoutMs NaN", { port: 1, timeoutMs: NaN }],
    ["timeoutMs 2^31", { port: 1, timeoutMs: 2 ** 31 }],
    ['timeoutMs "5"', { port: 1, timeoutMs: "5" }],
  ];
  return [
    ...[...wrong, ...onListen].map(([name, options]): Case => ({
      name: `listen() refuses ${name}`,
      needs: needsOf(options),
      run: (net) => assertRefused(() => net.listen(options as never)),
    })),
    ...[...wrong, ...onConnect].map(([name, options]): Case => ({
      name: `connect() refuses ${name}`,
      needs: needsOf(options),
      run: (net) => assertRefused(() => net.connect(options as never)),
    })),
    {
      name: "listen() and connect() refuse to be called without options",
      async run(net) {
        await assertRefused(() => net.listen(undefined as never));
        await assertRefused(() => net.connect(undefined as never));
      },
    },
  ];
}

/** How long a path may be is said only where there are any. */
function needsOf({ path }: Record<string, unknown>): Capability[] {
  return typeof path === "string" && path.length > 50 ? ["unix"] : [];
}

async function assertRefused(run: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(run);
  assert(
    error instanceof TypeError || error instanceof RangeError,
    String(error),
  );
  assert(error.message.startsWith("Cannot "), error.message);
}
