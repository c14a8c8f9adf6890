/**
 * The classic socket of SOCK_DGRAM: what the texts say of each call, and of its
 * errors.
 *
 * @module
 */
import {
  AF_INET,
  AF_INET6,
  type Family,
  type InetSocketAddress,
  IPPROTO_UDP,
  type NetAddr,
  SHUT_WR,
  SO_RCVTIMEO,
  SOCK_DGRAM,
  Socket,
  SOL_SOCKET,
} from "@anyport/sockets/berkeley";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes, text } from "../bytes.ts";
import type { Case } from "../case.ts";
import {
  assertNextIs,
  boundToDatagrams as bound,
  codeOf,
  nameOf,
  received,
} from "./sockets.ts";

/** Every call, of a socket that is given a peer it could have. */
const CALLS: readonly [
  string,
  (socket: Socket, peer: NetAddr) => unknown,
][] = [
  ["bind", (socket) => socket.bind({ hostname: "127.0.0.1", port: 0 })],
  ["listen", (socket) => socket.listen(3)],
  ["accept", (socket) => socket.accept()],
  ["connect", (socket, peer) => socket.connect(peer)],
  ["send", (socket) => socket.send(bytes("x"))],
  ["sendTo", (socket, peer) => socket.sendTo(bytes("x"), peer)],
  ["recv", (socket) => socket.recv(5)],
  ["recvFrom", (socket) => socket.recvFrom(5)],
  ["shutdown", (socket) => socket.shutdown(SHUT_WR)],
  ["getpeername", (socket) => socket.getpeername()],
  ["getsockname", (socket) => socket.getsockname()],
];

/** Cases of `Socket` with datagrams. */
export const classicDatagrams: readonly Case[] = [
  ...([["AF_INET", AF_INET, "0.0.0.0"], ["AF_INET6", AF_INET6, "::"]] as const)
    .map(([title, family, any]): Case => ({
      name: `Socket: the dialogue of datagrams holds (${title})`,
      async run() {
        using server = await bound(family);
        using client = new Socket(family, SOCK_DGRAM, IPPROTO_UDP);
        assertEquals(client.type, SOCK_DGRAM);
        const unbound = { transport: "udp", hostname: any, port: 0 };
        assertEquals<unknown>(client.getsockname(), unbound);
        const to = nameOf(server);
        assertEquals(await client.sendTo(bytes("question"), to), 8);
        const { hostname, port } = nameOf(client);
        assertEquals(hostname, any);
        assert(port > 0);
        const [data, from] = await server.recvFrom(1024);
        assertEquals(text(data), "question");
        assertEquals(from, { ...to, port });
        assertEquals(await server.sendTo(bytes("answer"), from as NetAddr), 6);
        assertEquals(await client.recvFrom(1024), [bytes("answer"), to]);
      },
    })),
  {
    name: "Socket: each call of datagrams tells where it does not belong",
    async run() {
      using peer = await bound();
      const to = nameOf(peer);
      // As Linux answers; "-" where it would wait.
      const expected: Record<string, string> = {
        fresh: "ok EOPNOTSUPP EOPNOTSUPP ok EDESTADDRREQ ok - - ENOTCONN " +
          "ENOTCONN ok",
        bound: "EINVAL EOPNOTSUPP EOPNOTSUPP ok EDESTADDRREQ ok - - ENOTCONN " +
          "ENOTCONN ok",
        connected: "EINVAL EOPNOTSUPP EOPNOTSUPP ok ok ok - - ok ok ok",
        closed: Array(CALLS.length).fill("EBADF").join(" "),
      };
      const made: Record<string, () => Promise<Socket>> = {
        fresh: () => Promise.resolve(new Socket(AF_INET, SOCK_DGRAM)),
        bound: () => bound(),
        async connected() {
          const socket = new Socket(AF_INET, SOCK_DGRAM);
          await socket.connect(to);
          return socket;
        },
        async closed() {
          const socket = await bound();
          socket.close();
          socket.close();
          return socket;
        },
      };
      for (const [state, words] of Object.entries(expected)) {
        const codes = words.replaceAll("ok", "").split(" ");
        for (const [i, [name, call]] of CALLS.entries()) {
          if (codes[i] === "-") continue;
          using socket = await made[state]();
          const code = await codeOf(() => call(socket, to));
          assertEquals(
            `${state}.${name}: ${code}`,
            `${state}.${name}: ${codes[i]}`,
          );
        }
      }
    },
  },
  {
    name: "Socket: bind takes the datagrams' address at once, until close",
    async run(net) {
      using first = await bound();
      const taken = nameOf(first);
      assertEquals([taken.transport, taken.hostname], ["udp", "127.0.0.1"]);
      using second = new Socket(AF_INET, SOCK_DGRAM);
      assertEquals(await codeOf(() => second.bind(taken)), "EADDRINUSE");
      const any = { port: taken.port };
      assertEquals(await codeOf(() => second.bind(any)), "EADDRINUSE");
      // From everybody, not from these sockets only.
      await assertRejects(() => net.listenDatagram({ port: taken.port }));
      // TCP's ports are others.
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      using beside = new Socket(AF_INET, SOCK_DGRAM);
      await beside.bind(listener.addr);
      first.close();
      await second.bind(taken);
      assertEquals(second.getsockname(), taken);
      assertEquals(await codeOf(() => second.bind(taken)), "EINVAL");
      using foreign = new Socket(AF_INET, SOCK_DGRAM);
      assertEquals(
        await codeOf(() => foreign.bind({ hostname: "203.0.113.1", port: 0 })),
        "EADDRNOTAVAIL",
      );
      // And can still be bound.
      await foreign.bind({ hostname: "127.0.0.1", port: 0 });
    },
  },
  {
    name: "Socket: close() during bind() leaves the address free",
    async run() {
      using other = await bound();
      const address = nameOf(other);
      other.close();
      const socket = new Socket(AF_INET, SOCK_DGRAM);
      const binding = codeOf(() => socket.bind(address));
      assertEquals(await codeOf(() => socket.bind(address)), "EALREADY");
      socket.close();
      assertEquals(await binding, "EBADF");
      using third = new Socket(AF_INET, SOCK_DGRAM);
      await third.bind(address);
    },
  },
  {
    name: "Socket: a socket that was never bound gets a port, and one only",
    async run() {
      using server = await bound();
      const to = nameOf(server);
      using client = new Socket(AF_INET, SOCK_DGRAM);
      const receiving = client.recv(10);
      await Promise.all([
        client.sendTo(bytes("a"), to),
        client.sendTo(bytes("b"), to),
      ]);
      const { port } = nameOf(client);
      assertEquals(await received(server), ["a", port]);
      assertEquals(await received(server), ["b", port]);
      assertEquals(await codeOf(() => client.bind(to)), "EINVAL");
      await server.sendTo(bytes("c"), { hostname: "127.0.0.1", port });
      assertEquals(text(await receiving), "c");
    },
  },
  {
    name: "Socket: datagrams for every address go to this machine",
    async run() {
      using server = await bound();
      using client = new Socket(AF_INET, SOCK_DGRAM);
      const { port } = nameOf(server);
      await client.sendTo(bytes("one"), { hostname: "0.0.0.0", port });
      const [, from] = await server.recvFrom(9);
      await client.connect({ port });
      assertEquals(client.getpeername(), nameOf(server));
      await client.send(bytes("two"));
      await assertNextIs(server, "two");
      await server.sendTo(bytes("three"), from as NetAddr);
      await assertNextIs(client, "three");
      using six = await bound(AF_INET6);
      using client6 = new Socket(AF_INET6, SOCK_DGRAM);
      await client6.connect({ port: nameOf(six).port });
      assertEquals(client6.getpeername(), nameOf(six));
    },
  },
  {
    name: "Socket: of a datagram longer than is asked for the rest is lost",
    async run() {
      using socket = await bound();
      const to = nameOf(socket);
      for (const words of ["", "hello", "zero", "next", "last"]) {
        await socket.sendTo(bytes(words), to);
      }
      // None is a datagram too, and no end.
      assertEquals(await socket.recvFrom(9), [bytes(""), to]);
      assertEquals(await socket.recvFrom(2), [bytes("he"), to]);
      assertEquals(await socket.recv(0), bytes(""));
      const p = new Uint8Array(6);
      assertEquals([await socket.recvInto(p), text(p)], [4, "next\0\0"]);
      await assertNextIs(socket, "last");
      for (const wrong of [-1, 1.5, NaN, "5" as never]) {
        await assertRejects(() => socket.recv(wrong), RangeError);
        await assertRejects(() => socket.recvFrom(wrong), RangeError);
      }
      await assertRejects(() => socket.recvInto({} as never), TypeError);
    },
  },
  {
    name: "Socket: a datagram has a size that it cannot pass",
    needs: ["largeDatagrams"],
    async run() {
      using socket = await bound();
      const to = nameOf(socket);
      const tooMany = new Uint8Array(65508);
      assertEquals(await codeOf(() => socket.sendTo(tooMany, to)), "EMSGSIZE");
      const most = tooMany.subarray(1);
      assertEquals(await socket.sendTo(most, to), 65507);
      assertEquals((await socket.recv(70_000)).byteLength, 65507);
      await socket.connect(to);
      assertEquals(await codeOf(() => socket.send(tooMany)), "EMSGSIZE");
    },
  },
  {
    name: "Socket: time limits hold for datagrams",
    async run() {
      using socket = await bound();
      socket.setTimeout(5);
      assertEquals(await codeOf(() => socket.recv(1)), "ETIMEDOUT");
      assertEquals(await codeOf(() => socket.recvFrom(1)), "ETIMEDOUT");
      assertEquals(await socket.sendTo(bytes("x"), nameOf(socket)), 1);
      assertEquals(text(await socket.recv(1)), "x");
      socket.setTimeout(null);
      socket.setsockopt(SOL_SOCKET, SO_RCVTIMEO, 5);
      assertEquals(await codeOf(() => socket.recv(1)), "EAGAIN");
      using unbound = new Socket(AF_INET, SOCK_DGRAM);
      unbound.setsockopt(SOL_SOCKET, SO_RCVTIMEO, 5);
      assertEquals(await codeOf(() => unbound.recvFrom(1)), "EAGAIN");
    },
  },
  {
    name: "Socket: close() ends what waits for datagrams",
    async run() {
      const ended: string[] = [];
      for (const socket of [await bound(), new Socket(AF_INET, SOCK_DGRAM)]) {
        const receiving = [
          codeOf(() => socket.recv(1)),
          codeOf(() => socket.recvFrom(1)),
        ];
        socket.close();
        ended.push(...await Promise.all(receiving));
      }
      for (const code of ended) assert(["EBADF", "EINTR"].includes(code), code);
    },
  },
  {
    name: "Socket: a datagram needs an address of the socket's family",
    async run() {
      const wrong: [Family, InetSocketAddress, string][] = [
        [AF_INET, { hostname: "::1", port: 9 }, "EAFNOSUPPORT"],
        [AF_INET, { path: "/tmp/x" } as never, "EAFNOSUPPORT"],
        [AF_INET6, { hostname: "127.0.0.1", port: 9 }, "EAFNOSUPPORT"],
        [AF_INET, { hostname: "127.1", port: 9 }, "EINVAL"],
        [AF_INET, { hostname: "127.0.0.1", port: 0 }, "EINVAL"],
        [AF_INET, { hostname: "no.such.host.invalid", port: 9 }, "ENOTFOUND"],
      ];
      for (const [family, address, code] of wrong) {
        using socket = new Socket(family, SOCK_DGRAM);
        const send = () => socket.sendTo(bytes("x"), address);
        assertEquals(await codeOf(send), code);
        assertEquals(await codeOf(() => socket.connect(address)), code);
        assertEquals(await codeOf(() => socket.getpeername()), "ENOTCONN");
      }
      using socket = new Socket(AF_INET, SOCK_DGRAM);
      for (const nothing of [null, undefined, 9]) {
        const address = nothing as never;
        await assertRejects(() => socket.sendTo(bytes("x"), address));
      }
      const here = { hostname: "127.0.0.1", port: 9 };
      await assertRejects(() => socket.sendTo("x" as never, here), TypeError);
    },
  },
  {
    name: "Socket: names stand for addresses and ports of datagrams",
    needs: ["services"],
    async run() {
      using server = await bound();
      using client = new Socket(AF_INET, SOCK_DGRAM);
      const named = { hostname: "localhost", port: nameOf(server).port };
      await client.sendTo(bytes("by name"), named);
      await assertNextIs(server, "by name");
      using fresh = new Socket(AF_INET, SOCK_DGRAM);
      for (const socket of [client, fresh]) {
        await socket.connect(named);
        assertEquals(socket.getpeername(), nameOf(server));
      }
      // One that TCP does not have.
      await client.connect({ hostname: "127.0.0.1", port: "tftp" });
      assertEquals((client.getpeername() as NetAddr).port, 69);
    },
  },
];
