/**
 * The classic socket of SOCK_DGRAM, connected: one of a single peer.
 *
 * @module
 */
import {
  AF_INET,
  SHUT_RD,
  SHUT_RDWR,
  SOCK_DGRAM,
  Socket,
} from "@anyport/sockets/berkeley";
import { assert, assertEquals } from "@std/assert";
import { bytes } from "../bytes.ts";
import type { Case } from "../case.ts";
import {
  assertNextIs,
  boundToDatagrams as bound,
  codeOf,
  nameOf,
  received,
} from "./sockets.ts";

/** Cases of `Socket` with datagrams of one peer. */
export const classicDatagramPeers: readonly Case[] = [
  {
    name: "Socket: connect makes a datagram socket one of a single peer",
    async run() {
      using peer = await bound();
      using stranger = await bound();
      using socket = new Socket(AF_INET, SOCK_DGRAM);
      await socket.connect(nameOf(peer));
      assertEquals(socket.getpeername(), nameOf(peer));
      const own = nameOf(socket);
      assertEquals(own.hostname, "127.0.0.1");
      assertEquals(await socket.send(bytes("hello")), 5);
      await socket.sendAll(bytes("all"));
      assertEquals(await peer.recvFrom(9), [bytes("hello"), own]);
      assertEquals(await received(peer), ["all", own.port]);
      await stranger.sendTo(bytes("stranger"), own);
      await peer.sendTo(bytes("peer"), own);
      assertEquals(await socket.recvFrom(9), [bytes("peer"), nameOf(peer)]);
      // Its own peer may be said once more, another may not.
      assertEquals(await socket.sendTo(bytes("to"), nameOf(peer)), 2);
      assertEquals(await received(peer), ["to", own.port]);
      const other = nameOf(stranger);
      assertEquals(
        await codeOf(() => socket.sendTo(bytes("x"), other)),
        "EISCONN",
      );
    },
  },
  {
    name: "Socket: connect gives a bound datagram socket a peer, and another",
    async run() {
      using first = await bound();
      using second = await bound();
      using socket = await bound();
      await socket.connect(nameOf(first));
      await socket.send(bytes("first"));
      assertEquals(await received(first), ["first", nameOf(socket).port]);
      await socket.connect(nameOf(second));
      assertEquals(socket.getpeername(), nameOf(second));
      await socket.send(bytes("second"));
      assertEquals(await received(second), ["second", nameOf(socket).port]);
      await first.sendTo(bytes("first"), nameOf(socket));
      await second.sendTo(bytes("second"), nameOf(socket));
      await assertNextIs(socket, "second");
    },
  },
  {
    name: "Socket: connect that fails leaves a datagram socket its peer",
    // Where the system is not asked, nothing fails.
    needs: ["refusals"],
    async run() {
      using peer = await bound();
      using socket = await bound();
      const fail = async () => {
        const everybody = { hostname: "127.255.255.255", port: 9 };
        const code = await codeOf(() => socket.connect(everybody));
        // Bun does not tell why.
        assert(["EACCES", "EUNKNOWN"].includes(code), code);
      };
      await fail();
      assertEquals(await codeOf(() => socket.getpeername()), "ENOTCONN");
      await socket.connect(nameOf(peer));
      await fail();
      assertEquals(socket.getpeername(), nameOf(peer));
      await socket.send(bytes("still"));
      await assertNextIs(peer, "still");
    },
  },
  {
    name: "Socket: shutdown ends each way of a connected datagram socket",
    async run() {
      using peer = await bound();
      using socket = new Socket(AF_INET, SOCK_DGRAM);
      await socket.connect(nameOf(peer));
      const receiving = [socket.recv(9), socket.recvFrom(9)];
      await socket.shutdown(SHUT_RD);
      // Who receives is woken; there is no sender.
      const none = bytes("");
      assertEquals<unknown>(await Promise.all(receiving), [none, [none, null]]);
      assertEquals(await socket.recv(9), none);
      assertEquals(await socket.recvFrom(9), [none, null]);
      await socket.send(bytes("still"));
      await assertNextIs(peer, "still");
      await socket.shutdown(SHUT_RDWR);
      assertEquals(await codeOf(() => socket.send(bytes("x"))), "EPIPE");
      const again = nameOf(peer);
      assertEquals(
        await codeOf(() => socket.sendTo(bytes("x"), again)),
        "EPIPE",
      );
      // Another peer changes nothing of that.
      await socket.connect(again);
      assertEquals(await codeOf(() => socket.send(bytes("x"))), "EPIPE");
      assertEquals(await codeOf(() => socket.shutdown(7 as never)), "EINVAL");
    },
  },
  {
    name: "Socket: shutdown leaves what has come to be received",
    async run() {
      using peer = await bound();
      using socket = new Socket(AF_INET, SOCK_DGRAM);
      await socket.connect(nameOf(peer));
      for (const words of ["0", "1", "2"]) {
        await peer.sendTo(bytes(words), nameOf(socket));
      }
      await assertNextIs(socket, "0");
      await assertNextIs(socket, "1");
      await peer.sendTo(bytes("marker"), nameOf(peer));
      await assertNextIs(peer, "marker");
      await socket.shutdown(SHUT_RD);
      await assertNextIs(socket, "2");
    },
  },
  {
    name: "Socket: a refusal is told to a connected datagram socket, once",
    needs: ["refusals"],
    async run() {
      const gone = await bound();
      const address = nameOf(gone);
      gone.close();
      using socket = new Socket(AF_INET, SOCK_DGRAM);
      await socket.connect(address);
      const receiving = codeOf(() => socket.recv(1));
      await socket.send(bytes("anybody?"));
      assertEquals(await receiving, "ECONNREFUSED");
      using there = new Socket(AF_INET, SOCK_DGRAM);
      await there.bind(address);
      await socket.send(bytes("and now?"));
      await assertNextIs(there, "and now?");
    },
  },
];
