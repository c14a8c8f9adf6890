/**
 * The classic socket of SOCK_DGRAM: its options.
 *
 * @module
 */
import {
  AF_INET,
  IPPROTO_TCP,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  Socket,
  SOL_SOCKET,
  TCP_NODELAY,
} from "@anyport/sockets/berkeley";
import { assert, assertEquals } from "@std/assert";
import { bytes } from "../bytes.ts";
import type { Case } from "../case.ts";
import {
  boundToDatagrams as bound,
  codeOf,
  nameOf,
  received,
} from "./sockets.ts";

/** Cases of `Socket` with datagrams: options. */
export const classicDatagramOptions: readonly Case[] = [
  {
    name: "Socket: SO_BROADCAST lets datagrams go to everybody",
    async run() {
      using server = new Socket(AF_INET, SOCK_DGRAM);
      await server.bind({ port: 0 });
      const everybody = {
        hostname: "127.255.255.255",
        port: nameOf(server).port,
      };
      using late = new Socket(AF_INET, SOCK_DGRAM);
      const send = (socket: Socket, words: string) =>
        codeOf(() => socket.sendTo(bytes(words), everybody));
      assertEquals(await send(late, "x"), "EACCES");
      late.setsockopt(SOL_SOCKET, SO_BROADCAST, 1);
      assertEquals(await send(late, "late"), "");
      assertEquals(await received(server), ["late", nameOf(late).port]);
      late.setsockopt(SOL_SOCKET, SO_BROADCAST, 0);
      assertEquals(await send(late, "x"), "EACCES");
      // Before it is bound, and before it connects.
      using early = new Socket(AF_INET, SOCK_DGRAM);
      early.setsockopt(SOL_SOCKET, SO_BROADCAST, true);
      assertEquals(await send(early, "early"), "");
      assertEquals(await received(server), ["early", nameOf(early).port]);
      using connected = new Socket(AF_INET, SOCK_DGRAM);
      connected.setsockopt(SOL_SOCKET, SO_BROADCAST, true);
      await connected.connect(everybody);
      await connected.send(bytes("connected"));
      assertEquals((await received(server))[0], "connected");
    },
  },
  {
    name: "Socket: SO_REUSEADDR shares a datagram socket's address",
    needs: ["linux"],
    async run() {
      using first = new Socket(AF_INET, SOCK_DGRAM);
      first.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
      await first.bind({ hostname: "127.0.0.1", port: 0 });
      using second = new Socket(AF_INET, SOCK_DGRAM);
      const address = nameOf(first);
      // Both are to agree to it.
      assertEquals(await codeOf(() => second.bind(address)), "EADDRINUSE");
      second.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
      await second.bind(address);
      using third = await bound();
      using fourth = new Socket(AF_INET, SOCK_DGRAM);
      fourth.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
      const taken = nameOf(third);
      assertEquals(await codeOf(() => fourth.bind(taken)), "EADDRINUSE");
    },
  },
  {
    name: "Socket: SO_REUSEPORT shares a datagram socket's port",
    needs: ["linux", "datagramReusePort"],
    async run() {
      using first = new Socket(AF_INET, SOCK_DGRAM);
      first.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
      await first.bind({ hostname: "127.0.0.1", port: 0 });
      using second = new Socket(AF_INET, SOCK_DGRAM);
      const address = nameOf(first);
      assertEquals(await codeOf(() => second.bind(address)), "EADDRINUSE");
      second.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
      await second.bind(address);
    },
  },
  {
    name: "Socket: a datagram socket has no options of TCP",
    async run() {
      using fresh = new Socket(AF_INET, SOCK_DGRAM);
      using open = await bound();
      for (const socket of [fresh, open]) {
        assertEquals(
          await codeOf(() => socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)),
          "ENOPROTOOPT",
        );
        assertEquals(
          await codeOf(() => socket.getsockopt(IPPROTO_TCP, TCP_NODELAY)),
          "EOPNOTSUPP",
        );
        assertEquals(
          await codeOf(() => socket.setsockopt(SOL_SOCKET, 999, 1)),
          "ENOPROTOOPT",
        );
        // Kept, and of no effect, as with the system.
        for (
          const name of [SO_REUSEADDR, SO_REUSEPORT, SO_BROADCAST, SO_KEEPALIVE]
        ) {
          assertEquals(socket.getsockopt(SOL_SOCKET, name), 0);
          socket.setsockopt(SOL_SOCKET, name, 7);
          assertEquals(socket.getsockopt(SOL_SOCKET, name), 1);
        }
      }
      open.close();
      const closed = await codeOf(() =>
        open.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
      );
      assert(closed === "EBADF", closed);
    },
  },
];
