/**
 * Servers: options that make no sense are refused, before anything is opened.
 *
 * @module
 */
import { assert, assertRejects } from "@std/assert";
import { type Case, socketDirectory } from "../case.ts";
import { echo, serving } from "./server_log.ts";

/** Cases of `serve`: wrong options. */
export const serverOptions: readonly Case[] = wrongOptions();

function wrongOptions(): Case[] {
  const wrong: [string, Record<string, unknown>][] = [
    ...[0, -1, 1.5, NaN, "2", null].flatMap((count) =>
      ["maxConnections", "maxConnectionsPerHost"].map(
        (name): [string, Record<string, unknown>] => [name, { [name]: count }],
      )
    ),
    ...[0, -1, NaN, Infinity, "2", null].map(
      (acceptRate): [string, Record<string, unknown>] => [
        "acceptRate",
        { acceptRate },
      ],
    ),
    ...[0, 9, -1, NaN, -Infinity, 2 ** 31, "60", null].map(
      (idleTimeoutMs): [string, Record<string, unknown>] => [
        "idleTimeoutMs",
        { idleTimeoutMs },
      ],
    ),
    ...[
      null,
      1000,
      {},
      { bytesPerSecond: 0 },
      { bytesPerSecond: "9" },
      { bytesPerSecond: 9, overMs: 99 },
    ].map((minRate): [string, Record<string, unknown>] => [
      "minRate",
      { minRate },
    ]),
    ...[-1, NaN, "5", 2 ** 31].map(
      (graceMs): [string, Record<string, unknown>] => ["graceMs", { graceMs }],
    ),
    ...[
      "127.0.0.1",
      [5],
      ["localhost"],
      [""],
      ["010.1.1.1"],
      ["1...1"],
      ["1.2.3"],
      ["127.1"],
      ["0x7f.0.0.1"],
      ["1.2.3.4 "],
      ["256.0.0.1"],
      ["10.0.0.0/"],
      ["10.0.0.0/33"],
      ["10.0.0.0/08"],
      ["10.0.0.0/-8"],
      ["10.0.0.0/8/8"],
      ["10.0.0.0/255.0.0.0"],
      ["10.0.0.1/8"],
      ["::1/129"],
      ["2001:db8::1/32"],
      ["[::1]"],
      ["fe80::1%eth0"],
      ["fe80::%1/10"],
      [":::"],
      ["::ffff:0:0/95"],
    ].flatMap((blocks) =>
      ["allow", "deny"].map((name): [string, Record<string, unknown>] => [
        name,
        { [name]: blocks },
      ])
    ),
    ["onError", { onError: 5 }],
    ["onEvent", { onEvent: null }],
    ["signal", { signal: {} }],
  ];
  return [
    ...wrong.map(([name, options]): Case => ({
      name: `serve() refuses ${name} ${shown(Object.values(options)[0])}`,
      async run(net) {
        const where = { hostname: "127.0.0.1", port: 0 };
        const before = await net.listen(where);
        before.close();
        const { port } = before.addr;
        const error = await assertRejects(() =>
          serving(net, echo, { port, ...options })
        );
        assert(error instanceof TypeError || error instanceof RangeError);
        assert(error.message.startsWith("Cannot "), error.message);
        // Nothing was opened: the port is still free.
        (await net.listen({ ...where, port })).close();
      },
    })),
    {
      name: "serve() refuses what is for TCP on a path",
      needs: ["unix"],
      async run(net) {
        using directory = socketDirectory();
        const path = `${directory.path}/socket`;
        for (
          const options of [
            { allow: ["127.0.0.1"] },
            { deny: [] },
            { maxConnectionsPerHost: 1 },
            { ipv6PrefixLength: 64 },
          ]
        ) {
          await assertRejects(
            () => net.serve({ path, ...options }, echo),
            TypeError,
            "that is for TCP",
          );
        }
      },
    },
    {
      name: "serve() refuses a handler that is none, and options in two places",
      async run(net) {
        const options = { hostname: "127.0.0.1", port: 0 };
        await assertRejects(
          () => net.serve(options, undefined as never),
          TypeError,
          "give a function",
        );
        await assertRejects(
          () => net.serve(options as never, echo, { maxConnections: 1 }),
          TypeError,
          "give all of them in the first",
        );
      },
    },
  ];
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}
