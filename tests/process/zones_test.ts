/**
 * How addresses are spelled that only a network of one's own has: those with zones, and
 * those that systems write in other ways than RFC 5952.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Attempt, outcomes } from "./attempts.ts";
import { Namespace, noNamespace } from "./namespace.ts";
import { onRuntimes, start } from "./program.ts";

const skip = noNamespace;

/** Where to listen and where to connect to, and what the addresses then are. */
interface Row {
  readonly listen: string;
  readonly connect: string;
  readonly bound: string;
  /** The client's, both local and remote. */
  readonly client: string;
  /** The accepted connection's, both local and remote. */
  readonly accepted: string;
  /** What an error calls the address to connect to: a zone remains. */
  readonly asked: string;
}

/** What each end is called where one literal is used for all. */
function plain(literal: string, address: string, asked = address): Row {
  return {
    listen: literal,
    connect: literal,
    bound: address,
    client: address,
    accepted: address,
    asked,
  };
}

const rows: readonly Row[] = [
  // The zone is spelled as it was asked for, at each end.
  ...[
    ["fe80::1234%77", "fe80::1234%77"],
    ["fe80::1234%end0", "fe80::1234%end0"],
    ["fe80::1234%77", "fe80::1234%end0"],
    ["fe80::1234%end0", "fe80::1234%77"],
  ].map(([listen, connect]) => ({
    listen,
    connect,
    bound: listen,
    client: connect,
    accepted: listen,
    asked: connect,
  })),
  plain("[FE80:0::1234%end0]", "fe80::1234%end0"),
  // A listener on every address knows the zone by its name.
  ...["fe80::1234%77", "fe80::1234%end0"].map((connect) => ({
    listen: "::",
    connect,
    bound: "::",
    client: connect,
    accepted: "fe80::1234%end0",
    asked: connect,
  })),
  plain("2001:DB8:0:0::1%77", "2001:db8::1", "2001:db8::1%77"),
  plain("2001:db8::1%end0", "2001:db8::1", "2001:db8::1%end0"),
  plain("::127.0.0.1", "::7f00:1"),
  plain("::7f00:1", "::7f00:1"),
  plain("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
  plain("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
  plain("2001:db8:0:0:1::1", "2001:db8::1:0:0:1"),
];

onRuntimes(
  "addresses are spelled as in RFC 5952, and zones as they were asked for",
  { skip },
  async (runtime) => {
    using namespace = new Namespace();
    await using child = start(
      runtime,
      "zones",
      [JSON.stringify(rows)],
      namespace,
    );
    const isDeno = runtime.name === "deno";
    for (const row of rows) {
      const { listen, connect, bound, client, accepted, asked } = row;
      const of = `${listen} from ${connect}`;
      assertEquals({ of, ...await child.tells<object>("tcp") }, {
        of,
        bound,
        client: [client, client],
        accepted: [accepted, accepted],
        refused: asked,
      });
      const { local, ...udp } = await child.tells<Record<string, string>>(
        "udp",
      );
      assertEquals({ of, ...udp }, {
        of,
        bound,
        remote: client,
        // Deno tells no zone, and on which link a datagram came.
        sender: isDeno && bound === "::" ? "fe80::1234" : accepted,
        answerer: client,
      });
      // Deno connects no datagram socket, so that it has no address.
      assertEquals({ of, local }, { of, local: isDeno ? "::" : client });
    }
    const { code, stderr } = await child.exit();
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
  },
);

const MISSING = ["fe80::1234%99", "fe80::1234%nope"];
const LOOPBACK_PORT = 40_000;

/** Attempts that name a zone that there is not. */
const missing: readonly Attempt[] = MISSING.flatMap((
  hostname,
): Attempt[] => [
  ["listen", { hostname, port: LOOPBACK_PORT }],
  ["connect", { hostname, port: LOOPBACK_PORT }],
  ["listenDatagram", { hostname, port: LOOPBACK_PORT }],
  ["connectDatagram", { hostname, port: LOOPBACK_PORT }],
  ["send", { from: "::", to: { hostname, port: LOOPBACK_PORT } }],
]);

onRuntimes(
  "a zone that is no interface is refused with ENODEV, and never taken for another",
  { skip },
  async (runtime) => {
    using namespace = new Namespace();
    const told = await outcomes(runtime, missing, namespace);
    assertEquals(
      told.map(({ code, message }) => [code, message]),
      missing.map(([operation, options]) => {
        const { hostname } = "to" in options
          ? options.to as { hostname: string }
          : options as { hostname: string };
        const phrase = {
          listen: "listen on",
          connect: "connect to",
          listenDatagram: "take datagrams on",
          connectDatagram: "exchange datagrams with",
          send: "send to",
          bind: "bind to",
        }[operation];
        return [
          "ENODEV",
          `Cannot ${phrase} [${hostname}]:${LOOPBACK_PORT}: no such interface (ENODEV)`,
        ];
      }),
    );
  },
);

onRuntimes(
  "a zone that is no interface is refused with ENODEV on Deno without the permission to list interfaces",
  { skip, only: ["deno"] },
  async (runtime) => {
    using namespace = new Namespace();
    const attempts = MISSING.map((hostname): Attempt => [
      "listen",
      { hostname, port: LOOPBACK_PORT },
    ]);
    const told = await outcomes(runtime, attempts, {
      wrapper: namespace.wrapper,
      denoFlags: ["--allow-net"],
    });
    assertEquals(told.map(({ code }) => code), ["ENODEV", "ENODEV"]);
  },
);

onRuntimes(
  "a link-local address without a zone is refused with EINVAL, though there is an interface",
  { skip },
  async (runtime) => {
    using namespace = new Namespace();
    const hostname = "fe80::1234";
    const attempts: readonly Attempt[] = [
      ["listen", { hostname, port: LOOPBACK_PORT }],
      ["connect", { hostname, port: LOOPBACK_PORT }],
      ["listenDatagram", { hostname, port: LOOPBACK_PORT }],
      ["connectDatagram", { hostname, port: LOOPBACK_PORT }],
    ];
    const told = await outcomes(runtime, attempts, namespace);
    assertEquals(told.map(({ code }) => code), Array(4).fill("EINVAL"));
  },
);
