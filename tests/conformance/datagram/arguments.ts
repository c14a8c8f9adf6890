/**
 * Arguments and options of datagram sockets that make no sense.
 *
 * @module
 */
import type { DatagramConn, NetAddr } from "@anyport/sockets";
import { assert, assertEquals } from "@std/assert";
import { bytes } from "../bytes.ts";
import type { Case } from "../case.ts";
import { datagramPair, sendTexts, textOf } from "./pair.ts";

const GROUP = "239.255.77.77";

/** Cases of what is refused before anything is done. */
export const wrongDatagramArguments: readonly Case[] = [
  ...wrongCalls(),
  ...wrongOptions(),
];

function wrongCalls(): Case[] {
  const wrong: [string, (socket: DatagramConn, to: NetAddr) => unknown][] = [
    ["send(text)", (s, to) => s.send("text" as never, to)],
    ["send(null)", (s, to) => s.send(null as never, to)],
    ["send to null", (s) => s.send(bytes("x"), null as never)],
    ["send to a text", (s) => s.send(bytes("x"), "127.0.0.1:80" as never)],
    ["send to port 0", (s, to) => s.send(bytes("x"), { ...to, port: 0 })],
    [
      "send to port 65536",
      (s, to) => s.send(bytes("x"), { ...to, port: 65536 }),
    ],
    ["send to port 1.5", (s, to) => s.send(bytes("x"), { ...to, port: 1.5 })],
    [
      'send to port "80"',
      (s, to) => s.send(bytes("x"), { ...to, port: "80" as never }),
    ],
    [
      "send to no port",
      (s) => s.send(bytes("x"), { hostname: "127.0.0.1" } as never),
    ],
    ["send to no host", (s) => s.send(bytes("x"), { port: 80 } as never)],
    [
      "send to hostname 127.1",
      (s, to) => s.send(bytes("x"), { ...to, hostname: "127.1" }),
    ],
    [
      "send to hostname empty",
      (s, to) => s.send(bytes("x"), { ...to, hostname: "" }),
    ],
    ["send to a path", (s) => s.send(bytes("x"), { path: "/tmp/x" } as never)],
    [
      "send with timeoutMs -1",
      (s, to) => s.send(bytes("x"), to, { timeoutMs: -1 }),
    ],
    ["receive(text)", (s) => s.receive("text" as never)],
    ["receive(null)", (s) => s.receive(null as never)],
    ["receive with timeoutMs NaN", (s) => s.receive({ timeoutMs: NaN })],
    ["receive with signal {}", (s) => s.receive({ signal: {} as never })],
    ["setTtl(0)", (s) => s.setTtl(0)],
    ["setTtl(256)", (s) => s.setTtl(256)],
    ['setTtl("1")', (s) => s.setTtl("1" as never)],
    ["setMulticastTtl(0)", (s) => s.setMulticastTtl(0)],
    ["setMulticastTtl(1.5)", (s) => s.setMulticastTtl(1.5)],
    ["setBroadcast(1)", (s) => s.setBroadcast(1 as never)],
    ["setMulticastLoopback(1)", (s) => s.setMulticastLoopback(1 as never)],
    ["setMulticastInterface(::1)", (s) => s.setMulticastInterface("::1")],
    ["setMulticastInterface of a name", (s) => s.setMulticastInterface("lo")],
    ["joinMulticast of no group", (s) => s.joinMulticast("127.0.0.1")],
    ["joinMulticast of IPv6", (s) => s.joinMulticast("ff02::1")],
    ["joinMulticast of a number", (s) => s.joinMulticast(239 as never)],
    [
      "joinMulticast with interface null",
      (s) => s.joinMulticast(GROUP, { interface: null as never }),
    ],
    [
      "joinMulticast with source a name",
      (s) => s.joinMulticast(GROUP, { source: "localhost" }),
    ],
  ];
  return wrong.map(([what, call]) => ({
    name: `a datagram socket refuses ${what}, and works on`,
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const error = await Promise.resolve().then(() => call(a, b.addr))
        .then(() => undefined, (error: unknown) => error);
      assert(
        error instanceof TypeError || error instanceof RangeError,
        String(error),
      );
      assert(error.message.startsWith("Cannot "), error.message);
      await sendTexts(a, b.addr, "works");
      assertEquals(textOf(await b.receive()), "works");
    },
  }));
}

function wrongOptions(): Case[] {
  const both: Record<string, unknown>[] = [
    { port: NaN },
    { port: 1.5 },
    { port: -1 },
    { port: 65536 },
    { port: "80" },
    {},
    { port: 1, hostname: "" },
    { port: 1, hostname: "127.1" },
    { port: 1, maxQueuedBytes: 0 },
    { port: 1, maxQueuedBytes: "1" },
    { port: 1, maxQueuedDatagrams: 1.5 },
    { port: 1, maxQueuedDatagrams: Infinity },
    { port: 1, maxDatagramBytes: 0 },
    { port: 1, maxDatagramBytes: 65536 },
    { port: 1, receiveBufferBytes: 0 },
    { port: 1, sendBufferBytes: -1 },
    { port: 1, broadcast: "yes" },
    { port: 1, signal: {} },
  ];
  const listening: Record<string, unknown>[] = [
    { port: 0, reuseAddress: 1 },
    { port: 0, reusePort: "" },
    { port: 0, ipv6Only: null },
    { hostname: "127.0.0.1", port: 0, ipv6Only: true },
  ];
  const connecting: Record<string, unknown>[] = [
    { port: 0 },
    { port: 1, timeoutMs: -1 },
    { port: 1, localPort: -1 },
    { port: 1, localHostname: "localhost" },
    { port: 1, localHostname: "" },
  ];
  const cases: [string, Record<string, unknown>[]][] = [
    ["listenDatagram", [...both, ...listening]],
    ["connectDatagram", [...both, ...connecting]],
  ];
  return cases.flatMap(([name, all]) =>
    all.map((options): Case => ({
      name: `${name}() refuses ${shown(options)}`,
      async run(net) {
        const open = net[name as "listenDatagram"];
        const error = await open(options as never).then(
          (socket) => {
            socket.close();
          },
          (error: unknown) => error,
        );
        assert(
          error instanceof TypeError || error instanceof RangeError,
          String(error),
        );
        assert(error.message.startsWith("Cannot "), error.message);
      },
    }))
  );
}

/** An object as a case's name shows it. */
function shown(options: Record<string, unknown>): string {
  return Object.entries(options)
    .map(([name, value]) =>
      `${name} ${
        typeof value === "number" ? value : JSON.stringify(value).slice(0, 30)
      }`
    )
    .join(", ") || "{}";
}
