/**
 * Sockets of one peer, and what becomes of datagrams that no socket takes.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes } from "../bytes.ts";
import type { Case } from "../case.ts";
import {
  datagramPair,
  deadPort,
  receiveTexts,
  sendTexts,
  textOf,
} from "./pair.ts";

/** Cases of `connectDatagram`, and of refusals. */
export const datagramPeers: readonly Case[] = [
  {
    name: "connectDatagram() gives a socket of that one peer",
    async run(net) {
      using pair = await datagramPair(net);
      const { a: peer, b: stranger } = pair;
      using socket = await net.connectDatagram({ port: peer.addr.port });
      assertEquals(socket.remoteAddr, peer.addr);
      assertEquals(socket.addr.hostname, "127.0.0.1");
      assert(socket.addr.port > 0);
      assertEquals(await socket.send(bytes("hello")), 5);
      const [, from] = await peer.receive();
      assertEquals(from, socket.addr);
      // Of others it hears nothing.
      await sendTexts(stranger, socket.addr, "stranger");
      await sendTexts(peer, socket.addr, "peer 1");
      await sendTexts(stranger, socket.addr, "stranger");
      await sendTexts(peer, socket.addr, "peer 2");
      assertEquals(await receiveTexts(socket, 2), ["peer 1", "peer 2"]);
      await sendTexts(peer, socket.addr, "peer 3");
      assertEquals((await socket.receive())[1], peer.addr);
      assertEquals(await socket.send(bytes("bye"), { timeoutMs: 1000 }), 3);
      assertEquals(textOf(await peer.receive()), "bye");
    },
  },
  {
    name:
      "who sends is told by address and port, also where one of them is the same",
    needs: ["loopbackNet"],
    async run(net) {
      using server = await net.listenDatagram({
        hostname: "127.0.0.1",
        port: 0,
      });
      using one = await net.listenDatagram({ hostname: "127.0.0.1", port: 0 });
      const { port } = one.addr;
      using two = await net.listenDatagram({ hostname: "127.0.0.2", port });
      using three = await net.listenDatagram({
        hostname: "127.0.0.2",
        port: 0,
      });
      const senders = [one, two, one, three, two];
      for (const sender of senders) {
        await sendTexts(sender, server.addr, "x");
        assertEquals((await server.receive())[1], sender.addr);
      }
      // Of the one with its peer's port, and of the one with its peer's address,
      // a connected socket hears nothing.
      using client = await net.connectDatagram({ hostname: "127.0.0.2", port });
      for (const stranger of [one, three]) {
        await sendTexts(stranger, client.addr, "stranger");
      }
      await sendTexts(two, client.addr, "peer");
      assertEquals(await receiveTexts(client, 1), ["peer"]);
    },
  },
  {
    name: "a datagram needs an address, and one to a single peer none",
    async run(net) {
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const unaddressed = await assertRejects(
        () => a.send(bytes("x")),
        errors.SocketError,
      );
      assertEquals([unaddressed.code, unaddressed.operation], [
        "EDESTADDRREQ",
        "send",
      ]);
      await assertRejects(() => a.send(bytes("x"), {}), errors.SocketError);
      using socket = await net.connectDatagram({ port: b.addr.port });
      const twice = await assertRejects(
        () => socket.send(bytes("x"), b.addr),
        errors.SocketError,
      );
      assertEquals([twice.code, twice.operation], ["EISCONN", "send"]);
    },
  },
  {
    name: "localHostname and localPort are where a connected socket sends from",
    needs: ["loopbackNet"],
    async run(net) {
      using pair = await datagramPair(net);
      const { a: peer } = pair;
      const localPort = await deadPort(net);
      using socket = await net.connectDatagram({
        port: peer.addr.port,
        localHostname: "127.0.0.5",
        localPort,
      });
      const own = { transport: "udp", hostname: "127.0.0.5", port: localPort };
      assertEquals<unknown>(socket.addr, own);
      await socket.send(bytes("x"));
      assertEquals<unknown>((await peer.receive())[1], own);
      const error = await assertRejects(
        () =>
          net.connectDatagram({
            port: peer.addr.port,
            localHostname: "127.0.0.5",
            localPort,
          }),
        errors.AddrInUse,
      );
      assertEquals(error.operation, "connectDatagram");
    },
  },
  {
    name: "connectDatagram() to a name takes its address",
    async run(net) {
      using pair = await datagramPair(net);
      const { a: peer } = pair;
      using socket = await net.connectDatagram({
        hostname: "localhost",
        port: peer.addr.port,
        // Of this family the name is to be.
        localHostname: "127.0.0.1",
        timeoutMs: 10_000,
      });
      assertEquals(socket.remoteAddr, peer.addr);
      const error = await assertRejects(
        () =>
          net.connectDatagram({ hostname: "no.such.host.invalid", port: 1 }),
        errors.NotFound,
      );
      assertEquals(error.operation, "connectDatagram");
      assertEquals(error.address?.transport, "udp");
    },
  },
  {
    name: "connectDatagram() to every address is to this machine",
    async run(net) {
      for (
        const [every, hostname] of [["0.0.0.0", "127.0.0.1"], ["::", "::1"]]
      ) {
        using server = await net.listenDatagram({ hostname: every, port: 0 });
        const { port } = server.addr;
        using client = await net.connectDatagram({ hostname: every, port });
        assertEquals(client.remoteAddr?.hostname, hostname);
        await client.send(bytes("ping"));
        const [, from] = await server.receive();
        await server.send(bytes("pong"), from);
        assertEquals(await receiveTexts(client, 1), ["pong"]);
      }
    },
  },
  {
    name: "refusals are ignored by a socket that is not connected",
    async run(net) {
      const port = await deadPort(net);
      using pair = await datagramPair(net);
      const { a, b } = pair;
      const receiving = a.receive();
      for (let i = 0; i < 20; i++) {
        await a.send(bytes("anybody?"), { hostname: "127.0.0.1", port });
        await a.send(bytes(`${i}`), b.addr);
      }
      const expected = Array.from({ length: 20 }, (_, i) => `${i}`);
      assertEquals(await receiveTexts(b, 20), expected);
      await b.send(bytes("alive"), a.addr);
      assertEquals(textOf(await receiving), "alive");
    },
  },
  {
    name: "a server goes on whose clients leave before they are answered",
    async run(net) {
      using server = await net.listenDatagram({
        hostname: "127.0.0.1",
        port: 0,
      });
      const serving = (async () => {
        for await (const [data, addr] of server) {
          await server.send(data, addr);
        }
      })();
      for (let i = 0; i < 20; i++) {
        using client = await net.connectDatagram({ port: server.addr.port });
        await client.send(bytes("gone"));
      }
      using client = await net.connectDatagram({ port: server.addr.port });
      await client.send(bytes("here"));
      assertEquals(textOf(await client.receive()), "here");
      server.close();
      await serving;
    },
  },
  {
    name:
      "a refusal rejects the receive() that waits on a connected socket, once",
    needs: ["refusals"],
    async run(net) {
      const port = await deadPort(net);
      using socket = await net.connectDatagram({ port });
      const waiting = socket.receive();
      const next = socket.receive();
      await socket.send(bytes("anybody?"));
      const error = await assertRejects(
        () => waiting,
        errors.ConnectionRefused,
      );
      assertEquals([error.code, error.operation], ["ECONNREFUSED", "receive"]);
      assertEquals(error.address, socket.remoteAddr);
      // The socket works as soon as a socket listens there.
      using peer = await net.listenDatagram({ hostname: "127.0.0.1", port });
      await socket.send(bytes("and now?"));
      assertEquals(textOf(await peer.receive()), "and now?");
      await peer.send(bytes("yes"), socket.addr);
      assertEquals(textOf(await next), "yes");
    },
  },
  {
    name:
      "a refusal that no call waits for rejects the next receive() or send()",
    needs: ["refusals"],
    async run(net) {
      const port = await deadPort(net);
      for (const next of ["receive", "send"] as const) {
        using socket = await net.connectDatagram({ port });
        await socket.send(bytes("anybody?"));
        // The loop has heard of it by the time that others have been heard twice.
        using pair = await datagramPair(net);
        for (let i = 0; i < 2; i++) {
          await sendTexts(pair.a, pair.b.addr, "later");
          await pair.b.receive();
        }
        const error = await assertRejects(
          () =>
            next === "send"
              ? socket.send(bytes("again"))
              : socket.receive({ timeoutMs: 2000 }),
          errors.ConnectionRefused,
        );
        assertEquals([error.code, error.operation], ["ECONNREFUSED", next]);
        // It is told once.
        using _peer = await net.listenDatagram({ hostname: "127.0.0.1", port });
        assertEquals(await socket.send(bytes("works")), 5);
      }
    },
  },
];
