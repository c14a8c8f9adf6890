/**
 * The classic socket: what the texts say of each call, and of its errors.
 *
 * @module
 */
import {
  type Addr,
  AF_UNIX,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_STREAM,
  Socket,
  type SocketAddress,
  SOL_SOCKET,
} from "@anyport/sockets/berkeley";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes, CLOGGING, pattern, text } from "../bytes.ts";
import type { Case } from "../case.ts";
import { codeOf, ofEach } from "./sockets.ts";

/** Cases of `Socket`, of each family. */
export const classicCalls: readonly Case[] = [
  ...ofEach("the dialogue of the texts holds", async (place) => {
    using server = new Socket(place.family, SOCK_STREAM);
    await server.bind(place.next());
    await server.listen(5);
    using client = new Socket(place.family, SOCK_STREAM);
    await client.connect(server.getsockname() as SocketAddress);
    const [peer, address] = await server.accept();
    assertEquals(address, peer.getpeername());
    assertEquals(await client.send(bytes("question")), 8);
    assertEquals(text(await peer.recv(1024)), "question");
    await peer.sendAll(bytes("answer"));
    await peer.shutdown(SHUT_RDWR);
    peer.close();
    assertEquals(text(await client.recv(3)), "ans");
    assertEquals(text(await client.recv(1024)), "wer");
    assertEquals((await client.recv(1024)).byteLength, 0);
    assertEquals((await client.recv(1024)).byteLength, 0);
  }),
  ...ofEach("each call tells where it does not belong", async (place) => {
    const unix = place.family === AF_UNIX;
    const free = place.next();
    using listening = await place.listening();
    const taken = listening.getsockname() as SocketAddress;
    const calls: [string, (socket: Socket) => unknown][] = [
      ["bind", (socket) => socket.bind(free)],
      ["listen", (socket) => socket.listen(3)],
      ["accept", (socket) => socket.accept()],
      ["connect", (socket) => socket.connect(taken)],
      ["send", (socket) => socket.send(bytes("x"))],
      ["recv", (socket) => socket.recv(5)],
      ["shutdown", (socket) => socket.shutdown(SHUT_WR)],
      ["getpeername", (socket) => socket.getpeername()],
      ["getsockname", (socket) => socket.getsockname()],
    ];
    // As Linux answers; "-" where it would wait.
    const expected: Record<string, string> = unix
      ? {
        fresh: "ok EINVAL EINVAL ok ENOTCONN EINVAL ok ENOTCONN ok",
        bound: "EINVAL ok EINVAL - ENOTCONN EINVAL ok ENOTCONN ok",
        listening: "EINVAL ok - EINVAL ENOTCONN EINVAL ok ENOTCONN ok",
        connected: "EINVAL EINVAL EINVAL EISCONN ok - ok ok ok",
      }
      : {
        fresh: "ok ok EINVAL ok EPIPE ENOTCONN ENOTCONN ENOTCONN ok",
        bound: "EINVAL ok EINVAL - EPIPE ENOTCONN ENOTCONN ENOTCONN ok",
        listening: "EINVAL ok - EISCONN EPIPE ENOTCONN ok ENOTCONN ok",
        connected: "EINVAL EINVAL EINVAL EISCONN ok - ok ok ok",
      };
    const made: Record<string, () => Promise<Socket[]>> = {
      fresh: () => Promise.resolve([new Socket(place.family, SOCK_STREAM)]),
      async bound() {
        const socket = new Socket(place.family, SOCK_STREAM);
        await socket.bind(place.next());
        return [socket];
      },
      listening: async () => [await place.listening()],
      connected: () => place.connected(),
    };
    for (const [state, words] of Object.entries(expected)) {
      const codes = words.replaceAll("ok", "").split(" ");
      for (const [i, [name, call]] of calls.entries()) {
        if (codes[i] === "-") continue;
        const sockets = await made[state]();
        const code = await codeOf(() => call(sockets[0]));
        for (const socket of sockets) socket.close();
        assertEquals(
          `${state}.${name}: ${code}`,
          `${state}.${name}: ${codes[i]}`,
        );
      }
    }
    for (const [name, call] of calls) {
      const closed = new Socket(place.family, SOCK_STREAM);
      closed.close();
      closed.close();
      assertEquals(
        `${name}: ${await codeOf(() => call(closed))}`,
        `${name}: EBADF`,
      );
    }
  }),
  ...ofEach("an address has one endpoint", async (place) => {
    using first = new Socket(place.family, SOCK_STREAM);
    await first.bind(place.next());
    const taken = first.getsockname() as SocketAddress;
    using second = new Socket(place.family, SOCK_STREAM);
    // Bound, listening, and free again.
    assertEquals(await codeOf(() => second.bind(taken)), "EADDRINUSE");
    await first.listen();
    assertEquals(await codeOf(() => second.bind(taken)), "EADDRINUSE");
    first.close();
    await second.bind(taken);
    assertEquals(second.getsockname(), taken as Addr);
  }),
  ...ofEach("shutdown ends each way by itself", async (place) => {
    const [client, server] = await place.connected();
    await client.send(bytes("all"));
    await client.shutdown(SHUT_WR);
    await client.shutdown(SHUT_WR);
    assertEquals(await codeOf(() => client.send(bytes("x"))), "EPIPE");
    assertEquals(text(await server.recv(10)), "all");
    assertEquals((await server.recv(10)).byteLength, 0);
    await server.send(bytes("still"));
    assertEquals(text(await client.recv(10)), "still");
    // It wakes who receives.
    const receiving = client.recv(10);
    await client.shutdown(SHUT_RD);
    assertEquals((await receiving).byteLength, 0);
    assertEquals((await client.recv(10)).byteLength, 0);
    client.close();
    server.close();
  }),
  ...ofEach(
    "a socket that listens no longer refuses, and can again",
    async (place) => {
      using socket = await place.listening();
      const address = socket.getsockname() as SocketAddress;
      await socket.shutdown(SHUT_RD);
      assertEquals(await codeOf(() => socket.accept()), "EINVAL");
      using client = new Socket(place.family, SOCK_STREAM);
      const refused = await codeOf(() => client.connect(address));
      assert(["ECONNREFUSED", "ENOENT"].includes(refused), refused);
      await socket.listen(5);
      await client.connect(address);
      const [peer] = await socket.accept();
      peer.close();
    },
  ),
  ...ofEach(
    "time limits are those of Python, or of the options",
    async (place) => {
      using listening = await place.listening();
      listening.setTimeout(5);
      assertEquals(listening.getTimeout(), 5);
      assertEquals(await codeOf(() => listening.accept()), "ETIMEDOUT");
      listening.setTimeout(null);
      listening.setsockopt(SOL_SOCKET, SO_RCVTIMEO, 5);
      assertEquals(await codeOf(() => listening.accept()), "EAGAIN");
      const [client, server] = await place.connected();
      client.setsockopt(SOL_SOCKET, SO_RCVTIMEO, 5);
      assertEquals(await codeOf(() => client.recv(1)), "EAGAIN");
      client.setTimeout(5);
      assertEquals(await codeOf(() => client.recv(1)), "ETIMEDOUT");
      server.setsockopt(SOL_SOCKET, SO_SNDTIMEO, 5);
      assertEquals(
        await codeOf(() => server.send(pattern(CLOGGING))),
        "EAGAIN",
      );
      // Nothing that was asked for is lost.
      client.setTimeout(null);
      client.setsockopt(SOL_SOCKET, SO_RCVTIMEO, 0);
      assertEquals((await client.recv(1)).byteLength, 1);
      client.close();
      server.close();
    },
  ),
  ...ofEach("close() ends what waits", async (place) => {
    using listening = await place.listening();
    const accepting = codeOf(() => listening.accept());
    const [client, server] = await place.connected();
    const receiving = codeOf(() => client.recv(1));
    listening.close();
    client.close();
    const ended = [await accepting, await receiving];
    for (const code of ended) assert(["EBADF", "EINTR"].includes(code), code);
    assertEquals((await server.recv(1)).byteLength, 0);
    server.close();
  }),
  ...ofEach(
    "recv() and recvInto() take numbers that make sense",
    async (place) => {
      const [client, server] = await place.connected();
      for (const wrong of [-1, 1.5, NaN, "5" as never]) {
        await assertRejects(() => client.recv(wrong), RangeError);
      }
      assertEquals((await client.recv(0)).byteLength, 0);
      assertEquals(await client.recvInto(new Uint8Array(0)), 0);
      await server.send(bytes("hello"));
      const p = new Uint8Array(3);
      assertEquals([await client.recvInto(p), text(p)], [3, "hel"]);
      assertEquals(await client.recvFrom(10), [bytes("lo"), null]);
      // TCP does not look at the address; Unix sockets refuse it.
      const sending = (socket: Socket) =>
        codeOf(() => socket.sendTo(bytes("x"), place.next()));
      const fresh = new Socket(place.family, SOCK_STREAM);
      if (place.family === AF_UNIX) {
        assertEquals(await sending(client), "EISCONN");
        assertEquals(await sending(fresh), "EOPNOTSUPP");
      } else {
        assertEquals(await sending(client), "");
        assertEquals(text(await server.recv(10)), "x");
        assertEquals(await sending(fresh), "EPIPE");
      }
      fresh.close();
      assertEquals(await sending(fresh), "EBADF");
      client.close();
      server.close();
    },
  ),
];
