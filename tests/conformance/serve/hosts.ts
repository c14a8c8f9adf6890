/**
 * Servers: which addresses count as one host.
 *
 * @module
 */
import type { Conn, Listener, NetAddr, ServeOptions } from "@anyport/sockets";
import { assertEquals, assertRejects } from "@std/assert";
import { bytes, readText } from "../bytes.ts";
import { type Case, type Net, to } from "../case.ts";
import { echo, echoed, ServerLog } from "./server_log.ts";

/** Addresses in the order of their connections, and what becomes of each. */
interface Visit {
  readonly from: string;
  readonly served: boolean;
}

/** Cases of `serve`: hosts. */
export const serverHosts: readonly Case[] = [
  hosts("an IPv6 /64", { maxConnectionsPerHost: 2 }, [
    { from: "2001:db8:1:2::1", served: true },
    { from: "2001:db8:1:2:ffff::9", served: true },
    { from: "2001:db8:1:2::3", served: false },
    { from: "2001:db8:1:3::1", served: true },
  ]),
  hosts(
    "an IPv6 /48 with ipv6PrefixLength 48",
    { maxConnectionsPerHost: 1, ipv6PrefixLength: 48 },
    [
      { from: "2001:db8:1:2::1", served: true },
      { from: "2001:db8:1:ffff::1", served: false },
      { from: "2001:db8:2:2::1", served: true },
    ],
  ),
  hosts(
    "an IPv6 address with ipv6PrefixLength 128",
    { maxConnectionsPerHost: 1, ipv6PrefixLength: 128 },
    [
      { from: "2001:db8::1", served: true },
      { from: "2001:db8::2", served: true },
      { from: "2001:DB8:0:0::0001", served: false },
    ],
  ),
  hosts("an IPv4 address in each form", { maxConnectionsPerHost: 2 }, [
    { from: "192.0.2.1", served: true },
    { from: "::ffff:192.0.2.1", served: true },
    { from: "::ffff:c000:201", served: false },
    { from: "::ffff:192.0.2.2", served: true },
  ]),
  hosts("a link-local address with its zone", { maxConnectionsPerHost: 1 }, [
    { from: "fe80::1%eth0", served: true },
    { from: "fe80::2%eth0", served: true },
    { from: "fe80::1%eth1", served: true },
    { from: "fe80::2%eth0", served: false },
  ]),
  ...[0, 129, -1, 1.5, NaN, Infinity].map((ipv6PrefixLength) =>
    refused(ipv6PrefixLength, RangeError)
  ),
  ...["64", null, {}].map((value) => refused(value, TypeError)),
];

function hosts(
  what: string,
  options: ServeOptions,
  visits: readonly Visit[],
): Case {
  return {
    name: `maxConnectionsPerHost counts ${what} as one host`,
    async run(net) {
      await using lobby = await Lobby.open(net, visits, options);
      for (const { served } of visits) await lobby.visit(served);
      // The places are given back under the same names.
      await lobby.leave();
      for (const { served } of visits) await lobby.visit(served);
    },
  };
}

/** A server whose connections come from the addresses given, in turn. */
class Lobby implements AsyncDisposable {
  readonly #conns: Conn[] = [];
  readonly #net: Net;
  readonly #listener: Listener;
  readonly #stop: () => Promise<void>;
  readonly #log: ServerLog;

  private constructor(
    net: Net,
    listener: Listener,
    stop: () => Promise<void>,
    log: ServerLog,
  ) {
    this.#net = net;
    this.#listener = listener;
    this.#stop = stop;
    this.#log = log;
  }

  static async open(
    net: Net,
    visits: readonly Visit[],
    options: ServeOptions,
  ): Promise<Lobby> {
    const listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
    const log = new ServerLog();
    const server = await net.serve(
      comingFrom(listener, visits.map(({ from }) => from)),
      echo,
      { graceMs: 0, ...options, ...log.hooks },
    );
    return new Lobby(net, listener, () => server.shutdown(), log);
  }

  async visit(served: boolean): Promise<void> {
    if (!served) {
      // The reset may come before connect() has resolved.
      await assertRejects(async () => {
        using conn = await this.#net.connect(to(this.#listener));
        if (await readText(conn) === null) throw new Error("ended");
      });
      return;
    }
    const conn = await this.#net.connect(to(this.#listener));
    this.#conns.push(conn);
    assertEquals(await echoed(conn, bytes("in")), bytes("in"));
  }

  /** Ends every connection that is served. */
  async leave(): Promise<void> {
    for (const conn of this.#conns.splice(0)) {
      await conn.closeWrite();
      assertEquals(await readText(conn), null);
      conn.close();
    }
    const { words } = this.#log;
    await this.#log.until(
      "close done",
      words.filter((word) => word === "open").length,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const conn of this.#conns) conn.close();
    await this.#stop();
  }
}

/** A listener that says of its connections where they come from. */
function comingFrom(listener: Listener, from: readonly string[]): Listener {
  let next = 0;
  return Object.create(listener, {
    accept: {
      async value() {
        const conn = await listener.accept();
        const remoteAddr: NetAddr = {
          transport: "tcp",
          hostname: from[next++ % from.length],
          port: 1,
        };
        return new Proxy(conn, {
          get(target, name) {
            if (name === "remoteAddr") return remoteAddr;
            const value = Reflect.get(target, name, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      },
    },
    addr: { value: listener.addr },
    dropped: { value: 0 },
    close: { value: () => listener.close() },
  });
}

function refused(
  ipv6PrefixLength: unknown,
  kind: typeof TypeError | typeof RangeError,
): Case {
  return {
    name: `serve() refuses ipv6PrefixLength ${
      typeof ipv6PrefixLength === "number"
        ? ipv6PrefixLength
        : JSON.stringify(ipv6PrefixLength)
    }`,
    async run(net) {
      await assertRejects(
        () =>
          net.serve({
            hostname: "127.0.0.1",
            port: 0,
            maxConnectionsPerHost: 1,
            ipv6PrefixLength: ipv6PrefixLength as number,
          }, echo),
        kind,
        "Cannot serve with ipv6PrefixLength",
      );
    },
  };
}
