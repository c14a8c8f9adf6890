/**
 * How addresses are spelled: in `addr`, `localAddr`, `remoteAddr`, of senders, and in
 * errors. IPv6 is as in RFC 5952, and no runtime differs.
 *
 * @module
 */
import { errors, formatAddr } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes } from "../bytes.ts";
import type { Capability, Case } from "../case.ts";

/** A hostname to listen on, one to connect to, and what becomes of them. */
interface Spelling {
  readonly listen: string;
  readonly connect: string;
  /** The listener's address. */
  readonly bound: string;
  /** The client's addresses. */
  readonly client: readonly [local: string, remote: string];
  /** Those of the accepted connection. */
  readonly accepted: readonly [local: string, remote: string];
  /** What an error calls what was asked for, where that is not `connect`. */
  readonly asked?: string;
  readonly needs?: readonly Capability[];
}

/** What each end is called where one literal is used for all. */
function plain(
  literal: string,
  address = literal,
): Spelling {
  return {
    listen: literal,
    connect: literal,
    bound: address,
    client: [address, address],
    accepted: [address, address],
    asked: address,
  };
}

const MAPPED = "::ffff:127.0.0.1";

/** Connecting to an unspecified address is `ip(7)`'s, addresses in 127/8 are Linux's. */
const ON_LINUX: readonly Capability[] = ["linux"];

const spellings: readonly Spelling[] = [
  plain("127.0.0.1"),
  plain("::1"),
  plain("[::1]", "::1"),
  plain("0:0:0:0:0:0:0:1", "::1"),
  plain("0000:0::0001", "::1"),
  // A zone is for link-local addresses (RFC 4007 §11): no other has one.
  { ...plain("::1%1", "::1"), asked: "::1%1" },
  { ...plain("::1%lo", "::1"), asked: "::1%lo" },
  { ...plain("[0:0::1%lo]", "::1"), asked: "::1%lo" },
  {
    listen: "0.0.0.0",
    connect: "127.0.0.1",
    bound: "0.0.0.0",
    client: ["127.0.0.1", "127.0.0.1"],
    accepted: ["127.0.0.1", "127.0.0.1"],
  },
  {
    listen: "::",
    connect: "::1",
    bound: "::",
    client: ["::1", "::1"],
    accepted: ["::1", "::1"],
  },
  {
    listen: "0:0:0:0:0:0:0:0%1",
    connect: "::1",
    bound: "::",
    client: ["::1", "::1"],
    accepted: ["::1", "::1"],
  },
  ...[
    {
      listen: "0.0.0.0",
      connect: "0.0.0.0",
      bound: "0.0.0.0",
      client: ["127.0.0.1", "127.0.0.1"],
      accepted: ["127.0.0.1", "127.0.0.1"],
    },
    {
      listen: "0.0.0.0",
      connect: "127.0.0.2",
      bound: "0.0.0.0",
      client: ["127.0.0.1", "127.0.0.2"],
      accepted: ["127.0.0.2", "127.0.0.1"],
    },
    {
      listen: "::",
      connect: "::",
      bound: "::",
      client: ["::1", "::1"],
      accepted: ["::1", "::1"],
    },
    {
      listen: "::",
      connect: "0:0::0",
      bound: "::",
      client: ["::1", "::1"],
      accepted: ["::1", "::1"],
      asked: "::",
    },
    {
      listen: "::",
      connect: "127.0.0.1",
      bound: "::",
      client: ["127.0.0.1", "127.0.0.1"],
      accepted: [MAPPED, MAPPED],
    },
    {
      listen: "::",
      connect: "0.0.0.0",
      bound: "::",
      client: ["127.0.0.1", "127.0.0.1"],
      accepted: [MAPPED, MAPPED],
    },
    plain(MAPPED),
    plain("::FFFF:7f00:1", MAPPED),
    plain("0:0:0:0:0:FFFF:127.0.0.1", MAPPED),
    {
      listen: "127.0.0.1",
      connect: MAPPED,
      bound: "127.0.0.1",
      client: [MAPPED, MAPPED],
      accepted: ["127.0.0.1", "127.0.0.1"],
    },
    {
      listen: MAPPED,
      connect: "127.0.0.1",
      bound: MAPPED,
      client: ["127.0.0.1", "127.0.0.1"],
      accepted: [MAPPED, MAPPED],
    },
    {
      listen: "::ffff:0:0",
      connect: "::ffff:0.0.0.0",
      bound: "::ffff:0.0.0.0",
      client: [MAPPED, MAPPED],
      accepted: [MAPPED, MAPPED],
    },
  ].map((spelling) => ({ ...spelling, needs: ON_LINUX }) as Spelling),
];

/** Texts that only some resolvers take for addresses, and such that are none. */
const NOTATIONS = [
  "127.1",
  "127.0.1",
  "2130706433",
  "0x7f.1",
  "0x7f000001",
  "0177.0.0.1",
  "127.0.0.01",
  "127.0.0.1.",
  "127.0.0.256",
  "[127.0.0.1]",
  "127.0.0.1%lo",
  "[::1",
  "::1]",
  "[[::1]]",
  "::1%",
  "::1%lo%lo",
  "::1%l o",
  ":::1",
  "::ffff:127.1",
  "::ffff:127.0.0.01",
  "1::2::3",
  "12345::1",
];

/** Cases of addresses. */
export const addresses: readonly Case[] = [
  ...spellings.map((
    { listen, connect, bound, client, accepted, asked = connect, needs },
  ): Case => ({
    name: `listen() on ${listen} and connect() to ${connect} spell addresses`,
    ...needs !== undefined && { needs },
    async run(net) {
      const listener = await net.listen({ hostname: listen, port: 0 });
      const { port } = listener.addr;
      const options = { hostname: connect, port };
      const [one, other] = await Promise.all([
        net.connect(options),
        listener.accept(),
      ]);
      one.close();
      other.close();
      listener.close();
      const { port: from } = one.localAddr;
      const tcp = (hostname: string, port: number) => ({
        transport: "tcp" as const,
        hostname,
        port,
      });
      assertEquals(listener.addr, tcp(bound, port));
      assertEquals(one.localAddr, tcp(client[0], from));
      assertEquals(one.remoteAddr, tcp(client[1], port));
      assertEquals(other.localAddr, tcp(accepted[0], port));
      assertEquals(other.remoteAddr, tcp(accepted[1], from));
      const error = await assertRejects(
        () => net.connect(options),
        errors.ConnectionRefused,
      );
      assertEquals(error.address, tcp(asked, port));
      const place = formatAddr(tcp(asked, port));
      assert(
        error.message.startsWith(`Cannot connect to ${place}: `),
        error.message,
      );
    },
  })),
  ...spellings.map((
    { listen, connect, bound, client, accepted, needs },
  ): Case => ({
    name:
      `listenDatagram() on ${listen} and connectDatagram() to ${connect} spell addresses`,
    ...needs !== undefined && { needs },
    async run(net) {
      using server = await net.listenDatagram({ hostname: listen, port: 0 });
      const { port } = server.addr;
      using one = await net.connectDatagram({ hostname: connect, port });
      const udp = (hostname: string, port: number) => ({
        transport: "udp" as const,
        hostname,
        port,
      });
      assertEquals(server.addr, udp(bound, port));
      assertEquals(one.remoteAddr, udp(client[1], port));
      const { port: from } = one.addr;
      assertEquals(one.addr, udp(client[0], from));
      await one.send(bytes("there"));
      const [, sender] = await server.receive();
      assertEquals(sender, udp(accepted[1], from));
      // To one of several addresses the answer comes from another.
      if (client[0] !== client[1]) return;
      await server.send(bytes("and back"), sender);
      const [, answerer] = await one.receive();
      assertEquals(answerer, udp(client[1], port));
    },
  })),
  ...["localhost", "LocalHost"].map((hostname): Case => ({
    name: `connect() to ${hostname} has a literal for its remoteAddr`,
    async run(net) {
      using listener = await net.listen({ hostname, port: 0 });
      assert(
        ["127.0.0.1", "::1"].includes(listener.addr.hostname),
        listener.addr.hostname,
      );
      const { port } = listener.addr;
      using client = await net.connect({ hostname, port });
      using server = await listener.accept();
      assertEquals(client.remoteAddr, listener.addr);
      assertEquals(server.localAddr, listener.addr);
      assertEquals(server.remoteAddr, client.localAddr);
    },
  })),
  ...NOTATIONS.map((hostname): Case => ({
    name: `nothing takes ${JSON.stringify(hostname)} for a hostname`,
    async run(net) {
      using socket = await net.listenDatagram({
        hostname: "127.0.0.1",
        port: 0,
      });
      const options = { hostname, port: 9 };
      for (
        const call of [
          () => net.listen(options),
          () => net.connect(options),
          () => net.listenDatagram(options),
          () => net.connectDatagram(options),
          () => net.connectTls(options),
          () => socket.send(bytes("?"), options),
        ]
      ) {
        const error = await assertRejects(call, TypeError);
        assert(
          error.message.includes(`hostname ${JSON.stringify(hostname)}`),
          error.message,
        );
      }
    },
  })),
];
