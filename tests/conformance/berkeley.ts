/**
 * The classic socket: what the texts say of each call, and of its errors.
 *
 * @module
 */
import {
  type Addr,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  errors,
  type Family,
  IPPROTO_TCP,
  servicePort,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDTIMEO,
  SOCK_DGRAM,
  SOCK_STREAM,
  Socket,
  type SocketAddress,
  SOL_SOCKET,
  TCP_NODELAY,
} from "@anyport/sockets/berkeley";
import { errors as mainErrors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes, CLOGGING, pattern, text } from "./bytes.ts";
import { type Case, socketDirectory } from "./case.ts";

/** The two families that every machine has. */
const FAMILIES: [string, Family][] = [["AF_INET", AF_INET], [
  "AF_UNIX",
  AF_UNIX,
]];

/** Where sockets of a family are bound, unlike any others. */
class Place implements Disposable {
  readonly #directory = socketDirectory();
  #count = 0;

  readonly family: Family;

  constructor(family: Family) {
    this.family = family;
  }

  /** Another address. */
  next(): SocketAddress {
    return this.family === AF_UNIX
      ? { path: `${this.#directory.path}/${this.#count++}` }
      : { hostname: "127.0.0.1", port: 0 };
  }

  /** A listening socket. */
  async listening(): Promise<Socket> {
    const socket = new Socket(this.family, SOCK_STREAM);
    await socket.bind(this.next());
    await socket.listen(5);
    return socket;
  }

  /** Both ends of a connection. */
  async connected(): Promise<[client: Socket, server: Socket]> {
    using listening = await this.listening();
    const client = new Socket(this.family, SOCK_STREAM);
    await client.connect(listening.getsockname() as SocketAddress);
    const [server] = await listening.accept();
    return [client, server];
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}

/** The errno's name that a call fails with; "" if it does not. */
async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return "";
  } catch (error) {
    assert(error instanceof mainErrors.SocketError, String(error));
    assert(error.message.startsWith("Cannot "), error.message);
    return error.code;
  }
}

/** The same of each family. */
function ofEach(
  name: string,
  run: (place: Place) => Promise<void>,
): Case[] {
  return FAMILIES.map(([title, family]) => ({
    name: `Socket: ${name} (${title})`,
    needs: family === AF_UNIX ? ["unix"] : [],
    async run() {
      using place = new Place(family);
      await run(place);
    },
  }));
}

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

/** Cases of `@anyport/sockets/berkeley`. */
export const berkeley: readonly Case[] = [
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
    // As Linux answers; where it would wait, "-".
    const expected: Record<string, string[]> = unix
      ? {
        fresh: [
          "",
          "EINVAL",
          "EINVAL",
          "",
          "ENOTCONN",
          "EINVAL",
          "",
          "ENOTCONN",
          "",
        ],
        bound: [
          "EINVAL",
          "",
          "EINVAL",
          "-",
          "ENOTCONN",
          "EINVAL",
          "",
          "ENOTCONN",
          "",
        ],
        listening: [
          "EINVAL",
          "",
          "-",
          "EINVAL",
          "ENOTCONN",
          "EINVAL",
          "",
          "ENOTCONN",
          "",
        ],
        connected: [
          "EINVAL",
          "EINVAL",
          "EINVAL",
          "EISCONN",
          "",
          "-",
          "",
          "",
          "",
        ],
      }
      : {
        fresh: [
          "",
          "",
          "EINVAL",
          "",
          "EPIPE",
          "ENOTCONN",
          "ENOTCONN",
          "ENOTCONN",
          "",
        ],
        bound: [
          "EINVAL",
          "",
          "EINVAL",
          "-",
          "EPIPE",
          "ENOTCONN",
          "ENOTCONN",
          "ENOTCONN",
          "",
        ],
        listening: [
          "EINVAL",
          "",
          "-",
          "EISCONN",
          "EPIPE",
          "ENOTCONN",
          "",
          "ENOTCONN",
          "",
        ],
        connected: [
          "EINVAL",
          "EINVAL",
          "EINVAL",
          "EISCONN",
          "",
          "-",
          "",
          "",
          "",
        ],
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
    for (const [state, codes] of Object.entries(expected)) {
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
      assertEquals(await client.sendTo(bytes("x"), place.next()), 1);
      assertEquals(text(await server.recv(10)), "x");
      client.close();
      server.close();
    },
  ),
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
    name: "Socket: close() during listen() leaves nobody listening",
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
      assertEquals(await codeOf(make(AF_INET, SOCK_DGRAM)), "ENOTSUP");
      assertEquals(errors, mainErrors);
    },
  },
  {
    name: "servicePort() tells the ports of the system's services",
    needs: ["services"],
    async run() {
      assertEquals(await servicePort("http", "tcp"), 80);
      assertEquals(await servicePort("domain", "udp"), 53);
      assertEquals(await servicePort("smtp"), 25);
      // An alias.
      assertEquals(await servicePort("mail"), 25);
      const error = await assertRejects(
        () => servicePort("no-such-service", "tcp"),
        errors.NotFound,
        'the system knows no tcp service "no-such-service"; give its number',
      );
      assertEquals((error as errors.NotFound).code, "ENOENT");
      assertEquals(await codeOf(() => servicePort("# Note")), "ENOENT");
      assertEquals(await codeOf(() => servicePort("")), "ENOENT");
      using socket = new Socket();
      const named = { hostname: "127.0.0.1", port: "no-such-service" };
      assertEquals(await codeOf(() => socket.bind(named)), "ENOENT");
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
