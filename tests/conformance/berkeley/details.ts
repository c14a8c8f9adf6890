/**
 * The classic socket: its addresses and options.
 *
 * @module
 */
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  errors,
  type Family,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_STREAM,
  Socket,
  type SocketAddress,
  SOL_SOCKET,
  TCP_NODELAY,
} from "@anyport/sockets/berkeley";
import { errors as mainErrors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes } from "../bytes.ts";
import type { Case } from "../case.ts";
import { codeOf, Place } from "./sockets.ts";

/** Milliseconds that ten requests of two small pieces, and their answers, take. */
async function rounds(client: Socket, server: Socket): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < 10; i++) {
    await client.send(bytes("a"));
    await client.send(bytes("b"));
    for (let got = 0; got < 2;) got += (await server.recv(2)).byteLength;
    await server.send(bytes("c"));
    await client.recv(1);
  }
  return performance.now() - began;
}

/** Cases of `Socket`: addresses and options. */
export const classicDetails: readonly Case[] = [
  {
    name:
      "Socket: an address of another family, or none, is refused by bind and connect",
    async run() {
      const wrong: [Family, SocketAddress, string][] = [
        [AF_INET, { hostname: "::1", port: 0 }, "EAFNOSUPPORT"],
        [AF_INET, { path: "/tmp/x" }, "EAFNOSUPPORT"],
        [AF_INET6, { hostname: "127.0.0.1", port: 1 }, "EAFNOSUPPORT"],
        [AF_UNIX, { hostname: "127.0.0.1", port: 1 }, "EAFNOSUPPORT"],
        [AF_INET, { hostname: "256.1.1.1", port: 1 }, "EINVAL"],
        [AF_INET, { hostname: "127.1", port: 1 }, "EINVAL"],
        [AF_INET, { hostname: "a b", port: 1 }, "EINVAL"],
      ];
      for (const [family, address, code] of wrong) {
        using socket = new Socket(family, SOCK_STREAM);
        assertEquals(await codeOf(() => socket.bind(address)), code);
        assertEquals(await codeOf(() => socket.connect(address)), code);
      }
    },
  },
  {
    name: "Socket: bind tells what is wrong with an address",
    async run() {
      using socket = new Socket(AF_INET, SOCK_STREAM);
      assertEquals(
        await codeOf(() => socket.bind({ hostname: "203.0.113.1", port: 0 })),
        "EADDRNOTAVAIL",
      );
      for (const port of [-1, 65536, 1.5]) {
        await assertRejects(
          () => socket.bind({ hostname: "127.0.0.1", port }),
          RangeError,
        );
      }
      await assertRejects(
        () => socket.bind({ port: true as never }),
        TypeError,
      );
      await assertRejects(() => socket.bind(null as never), TypeError);
      // And can still be bound.
      await socket.bind({ hostname: "127.0.0.1", port: 0 });
      const addr = socket.getsockname();
      assert(addr.transport === "tcp" && addr.port > 0);
    },
  },
  {
    name: "Socket: bind to every address collides with one of them",
    async run() {
      using any = new Socket(AF_INET, SOCK_STREAM);
      await any.bind({ port: 0 });
      const { port } = any.getsockname() as { port: number };
      using one = new Socket(AF_INET, SOCK_STREAM);
      const address = { hostname: "127.0.0.1", port };
      assertEquals(await codeOf(() => one.bind(address)), "EADDRINUSE");
      one.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
      assertEquals(await codeOf(() => one.bind(address)), "EADDRINUSE");
      any.close();
      await one.bind(address);
      // Both are to agree to it.
      using other = new Socket(AF_INET, SOCK_STREAM);
      assertEquals(await codeOf(() => other.bind(address)), "EADDRINUSE");
      other.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
      await other.bind(address);
      await one.listen();
      assertEquals(await codeOf(() => other.listen()), "EADDRINUSE");
    },
  },
  {
    name: "Socket: listen gives an unbound socket an address",
    async run() {
      using socket = new Socket();
      assertEquals(socket.getsockname(), {
        transport: "tcp",
        hostname: "0.0.0.0",
        port: 0,
      });
      await socket.listen(-5);
      const addr = socket.getsockname();
      assert(addr.transport === "tcp" && addr.port > 0);
      assertEquals(addr.hostname, "0.0.0.0");
      await assertRejects(() => socket.listen("5" as never), TypeError);
    },
  },
  {
    name: "Socket: connect is refused, and may be tried again",
    async run() {
      using place = new Place(AF_INET);
      const gone = await place.listening();
      const address = gone.getsockname() as SocketAddress;
      gone.close();
      using socket = new Socket();
      assertEquals(await codeOf(() => socket.connect(address)), "ECONNREFUSED");
      assertEquals(
        await codeOf(() => socket.connect({ hostname: "127.0.0.1", port: 0 })),
        "ECONNREFUSED",
      );
      using listening = await place.listening();
      const other = listening.getsockname() as SocketAddress;
      const connecting = socket.connect(other);
      assertEquals(await codeOf(() => socket.connect(other)), "EALREADY");
      await connecting;
      assertEquals(await codeOf(() => socket.connect(other)), "EISCONN");
      using bound = new Socket();
      await bound.bind(place.next());
      assertEquals(await codeOf(() => bound.connect(other)), "ENOTSUP");
    },
  },
  {
    name: "Socket: options are kept, take effect, and pass to who is accepted",
    async run() {
      using place = new Place(AF_INET);
      using listening = await place.listening();
      listening.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
      listening.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true);
      using client = new Socket();
      for (
        const name of [SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST]
      ) {
        assertEquals(client.getsockopt(SOL_SOCKET, name), 0);
        client.setsockopt(SOL_SOCKET, name, 7);
        assertEquals(client.getsockopt(SOL_SOCKET, name), 1);
      }
      await client.connect(listening.getsockname() as SocketAddress);
      assertEquals(client.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
      client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
      client.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 0);
      const [server] = await listening.accept();
      assertEquals(server.getsockopt(IPPROTO_TCP, TCP_NODELAY), 1);
      assertEquals(server.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 1);
      server.close();
      for (
        const [level, name] of [[SOL_SOCKET, 999], [IPPROTO_TCP, 999], [99, 1]]
      ) {
        assertEquals(
          await codeOf(() => client.setsockopt(level, name, 1)),
          "ENOPROTOOPT",
        );
        assertEquals(
          await codeOf(() => client.getsockopt(level, name)),
          "ENOPROTOOPT",
        );
      }
      using unix = new Socket(AF_UNIX);
      assertEquals(
        await codeOf(() => unix.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)),
        "ENOTSUP",
      );
    },
  },
  {
    name: "Socket: TCP_NODELAY is off until it is set, and then takes effect",
    needs: ["linux"],
    async run() {
      using place = new Place(AF_INET);
      using listening = await place.listening();
      const connected = async (): Promise<[Socket, Socket]> => {
        const client = new Socket();
        await client.connect(listening.getsockname() as SocketAddress);
        return [client, (await listening.accept())[0]];
      };
      const [client, server] = await connected();
      // A round waits for a delayed acknowledgement, 40 ms on Linux.
      const slowMs = await rounds(client, server);
      assert(slowMs > 100, `only ${slowMs} ms`);
      client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
      const fastMs = await rounds(client, server);
      assert(fastMs < 100, `${fastMs} ms`);
      // An accepted one has it from the one that listens.
      listening.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
      const [otherClient, otherServer] = await connected();
      const otherMs = await rounds(otherServer, otherClient);
      assert(otherMs < 100, `${otherMs} ms`);
      for (const one of [client, server, otherClient, otherServer]) one.close();
    },
  },
  {
    name: "Socket: a name may lead to another family, and is refused then",
    async run() {
      for (
        const [family, literal] of [[AF_INET, "."], [AF_INET6, ":"]] as const
      ) {
        using socket = new Socket(family);
        const code = await codeOf(() =>
          socket.bind({ hostname: "localhost", port: 0 })
        );
        if (code !== "") assertEquals(code, "EAFNOSUPPORT");
        else {
          const { hostname } = socket.getsockname() as { hostname: string };
          assert(hostname.includes(literal), hostname);
        }
      }
      using place = new Place(AF_INET);
      using listening = await place.listening();
      const { port } = listening.getsockname() as { port: number };
      using socket = new Socket(AF_INET6);
      const code = await codeOf(() =>
        socket.connect({ hostname: "localhost", port })
      );
      assert(["EAFNOSUPPORT", "ECONNREFUSED"].includes(code), code);
    },
  },
  {
    name: "Socket: close() during listen() leaves no socket listening",
    async run() {
      using place = new Place(AF_INET);
      const socket = new Socket();
      await socket.bind(place.next());
      const address = socket.getsockname() as SocketAddress;
      const listening = codeOf(() => socket.listen());
      socket.close();
      assertEquals(await listening, "EBADF");
      using other = new Socket();
      await other.bind(address);
      await other.listen();
    },
  },
  {
    name: "Socket: families, types and protocols are those there are",
    async run() {
      const make = (...words: unknown[]) => () =>
        new Socket(...words as ConstructorParameters<typeof Socket>).close();
      assertEquals(await codeOf(make(AF_INET, SOCK_STREAM, IPPROTO_TCP)), "");
      assertEquals(await codeOf(make(99)), "EAFNOSUPPORT");
      assertEquals(await codeOf(make(AF_INET, 99)), "EINVAL");
      assertEquals(
        await codeOf(make(AF_INET, SOCK_STREAM, 17)),
        "EPROTONOSUPPORT",
      );
      assertEquals(await codeOf(make(AF_INET, SOCK_DGRAM, IPPROTO_UDP)), "");
      assertEquals(
        await codeOf(make(AF_INET6, SOCK_DGRAM, IPPROTO_TCP)),
        "EPROTONOSUPPORT",
      );
      assertEquals(await codeOf(make(AF_UNIX, SOCK_DGRAM)), "ENOTSUP");
      assertEquals(errors, mainErrors);
    },
  },
  {
    name: "Socket: AF_INET6 listens and connects on ::1",
    async run() {
      using server = new Socket(AF_INET6);
      await server.bind({ hostname: "::1", port: 0 });
      await server.listen();
      using client = new Socket(AF_INET6);
      await client.connect(server.getsockname() as SocketAddress);
      const [peer, address] = await server.accept();
      assertEquals(address, client.getsockname());
      peer.close();
    },
  },
];
