/**
 * Limits for each host, with peers at real IPv6 addresses: those of a network
 * of the test's own.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { missing } from "./machine.ts";
import { Namespace, noNamespace } from "./namespace.ts";
import { onRuntimes, start } from "./program.ts";

const skip = noNamespace ?? missing("python3", "ip");

/** Where a peer connects from, and what becomes of it. */
const visits: readonly [source: string, outcome: "served" | "reset"][] = [
  ["2001:db8::1", "served"],
  ["2001:db8::ffff:2", "reset"],
  ["2001:db8:0:1::1", "served"],
  ["127.0.0.1", "served"],
  ["127.0.0.1", "reset"],
  ["127.0.0.2", "served"],
];

onRuntimes(
  "maxConnectionsPerHost counts the IPv6 addresses of a /64 as one host",
  { skip },
  async (runtime) => {
    using namespace = new Namespace();
    const [command, ...args] = namespace.wrapper;
    await using child = start(
      runtime,
      "counts_hosts",
      visits.map(([source]) =>
        `${source}>${source.includes(":") ? "2001:db8::1" : "127.0.0.1"}`
      ),
      { wrapper: [command, ...args, "sh", "-c", ADDRESSES, "addresses"] },
    );
    const { code, lines, stderr } = await child.exit();
    assertEquals([code, stderr], [0, ""]);
    assertEquals(lines, visits.map((visit) => visit.join(" ")));
  },
);

/** Gives the machine the sources, then runs the arguments in its own place. */
const ADDRESSES = `
ip addr add 2001:db8::ffff:2/128 dev lo &&
ip addr add 2001:db8:0:1::1/128 dev lo &&
exec "$@"
`;
