/**
 * How many handshakes of TLS may be under way, and who takes a place.
 *
 * @module
 */
import type { TlsKeyPair, TlsListener } from "@anyport/sockets";
import { assert, assertEquals } from "@std/assert";
import { certificates } from "../../certificates.ts";
import { bytes } from "../bytes.ts";
import type { Case, Net } from "../case.ts";
import { clientHello, namesOf } from "./client_hello.ts";
import { RawPeer } from "../raw_peer.ts";
import { drip, type Held, hold } from "./held.ts";
import {
  assertEnds,
  assertServesTls,
  assertTalk,
  connectWell,
  type Ending,
  listenWell,
  withCertificates,
} from "./pair.ts";
import { listenOnly } from "./shown.ts";

/** How a handshake can end that has a place, and what its connection is told. */
const ENDS: Record<string, [(held: Held) => unknown, Ending | Ending[]]> = {
  "whose client ends": [({ peer }) => peer.end(), "UnexpectedEof"],
  "whose client resets": [({ peer }) => peer.reset(), "ConnectionReset"],
  "whose client leaves": [({ peer }) => peer.close(), [
    "UnexpectedEof",
    "ConnectionReset",
  ]],
  "whose client sends garbage": [
    ({ peer }) => peer.send(bytes("no TLS any more\r\n")),
    "InvalidData",
  ],
  "whose client sends an alert": [
    ({ peer }) => peer.send(new Uint8Array([21, 3, 3, 0, 2, 2, 40])),
    "InvalidData",
  ],
  "that is closed here": [({ conn }) => conn.close(), "Interrupted"],
  "that is reset here": [({ conn }) => conn.reset(), "Interrupted"],
};

/** Cases of `maxHandshakes`. */
export const tlsPlaces: readonly Case[] = withCertificates([
  {
    name: "maxHandshakes gives no place to silent and dripping TLS clients",
    async run(net) {
      const hello = clientHello();
      using listener = await listenWell(net, { maxHandshakes: 1 });
      for (const length of [0, 1, 5, 9, 60, hello.length - 1]) {
        const peer = await RawPeer.connect(listener);
        const conn = await listener.accept();
        await drip(peer, hello.subarray(0, length));
        await assertServesTls(net, listener);
        conn.close();
        peer[Symbol.dispose]();
      }
    },
  },
  {
    name: "maxHandshakes gives a place to a TLS client that drips, in the end",
    async run(net) {
      const hello = clientHello();
      using listener = await listenWell(net, { maxHandshakes: 1 });
      using peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      await drip(peer, hello);
      assertEquals((await peer.readSome())[0], 22);
      using client = await connectWell(net, listener);
      using second = await listener.accept();
      await assertEnds(client.handshake({ timeoutMs: 50 }), "TimedOut");
      conn.close();
      await assertTalk(client, second);
    },
  },
  {
    name: "maxHandshakes lets so many TLS handshakes begin, and then the next",
    async run(net) {
      using listener = await listenWell(net, { maxHandshakes: 2 });
      using one = await hold(listener);
      using _other = await hold(listener);
      using client = await connectWell(net, listener);
      using third = await listener.accept();
      await assertEnds(client.handshake({ timeoutMs: 50 }), "TimedOut");
      const failing = assertEnds(one.conn.handshake(), "UnexpectedEof");
      await one.peer.end();
      await failing;
      await assertTalk(client, third);
      // Those that are done take no place.
      await assertServesTls(net, listener);
    },
  },
  ...Object.entries(ENDS).map(([how, [end, ending]]): Case => ({
    name: `maxHandshakes gives the place of a TLS handshake ${how} to the next`,
    async run(net) {
      using listener = await listenWell(net, { maxHandshakes: 1 });
      using held = await hold(listener);
      using client = await connectWell(net, listener);
      using second = await listener.accept();
      await assertEnds(client.handshake({ timeoutMs: 50 }), "TimedOut");
      const outcome = assertEnds(held.conn.handshake(), ending);
      await end(held);
      await outcome;
      await assertTalk(client, second);
    },
  })),
  {
    name: "maxHandshakes gives no place to what has left while it waited",
    async run(net) {
      using listener = await listenWell(net, { maxHandshakes: 1 });
      using held = await hold(listener);
      // Closed while it waits for a place: it is to take none.
      using _other = await RawPeer.connect(listener);
      using gone = await listener.accept();
      await _other.send(clientHello());
      // Its client has gone meanwhile.
      using left = await RawPeer.connect(listener);
      using alone = await listener.accept();
      await left.send(clientHello());
      await left.reset();
      using client = await connectWell(net, listener);
      using last = await listener.accept();
      await assertEnds(client.handshake({ timeoutMs: 50 }), "TimedOut");
      const closed = assertEnds(gone.handshake(), "Interrupted");
      gone.close();
      await closed;
      held.conn.close();
      await assertTalk(client, last);
      await assertEnds(alone.handshake(), ["ConnectionReset", "UnexpectedEof"]);
    },
  },
  {
    name:
      "maxHandshakes gives the place of a TLS client that times out to the next",
    async run(net) {
      using listener = await listenWell(net, {
        maxHandshakes: 1,
        handshakeTimeoutMs: 1500,
      });
      using held = await hold(listener);
      await assertEnds(held.conn.handshake({ timeoutMs: 700 }), "TimedOut");
      using client = await connectWell(net, listener);
      using second = await listener.accept();
      await assertEnds(held.conn.handshake(), "TimedOut");
      await assertTalk(client, second);
    },
  },
  {
    name: "the time of a TLS handshake runs while it waits for its place",
    async run(net) {
      using listener = await listenWell(net, {
        maxHandshakes: 1,
        handshakeTimeoutMs: 300,
        helloTimeoutMs: 100,
      });
      using held = await hold(listener);
      using waiting = await RawPeer.connect(listener);
      using second = await listener.accept();
      await waiting.send(clientHello());
      const errors = await Promise.all([
        assertEnds(held.conn.handshake(), "TimedOut"),
        assertEnds(second.handshake(), "TimedOut"),
      ]);
      for (const { message } of errors) {
        assert(message.includes("longer than 300 ms"), message);
      }
    },
  },
  {
    name:
      "maxHandshakes counts a handshake that chooseCertificate keeps waiting",
    async run(net) {
      const { server } = await certificates();
      const choosing: ((pair: TlsKeyPair | undefined) => void)[] = [];
      using listener = await listenOnly(net, {
        maxHandshakes: 1,
        chooseCertificate: () =>
          new Promise((resolve) => choosing.push(resolve)),
      });
      for (const given of [server, undefined]) {
        choosing.length = 0;
        using first = await connectWell(net, listener);
        using one = await listener.accept();
        using second = await connectWell(net, listener);
        using other = await listener.accept();
        await assertEnds(second.handshake({ timeoutMs: 50 }), "TimedOut");
        assertEquals(choosing.length, 1);
        choosing[0](given);
        if (given === undefined) {
          await assertEnds(one.handshake(), "InvalidData");
        } else await assertTalk(first, one);
        await assertEnds(second.handshake({ timeoutMs: 50 }), "TimedOut");
        choosing[1](server);
        await assertTalk(second, other);
      }
    },
  },
  {
    name:
      "maxHandshakes gives no place to TLS clients that are refused by name",
    async run(net) {
      using listener = await listenWell(net, { maxHandshakes: 1 });
      using _held = await hold(listener);
      for (let i = 0; i < 3; i++) {
        using peer = await RawPeer.connect(listener);
        using conn = await listener.accept();
        await peer.send(clientHello({ names: namesOf("../../etc/passwd") }));
        await assertEnds(conn.handshake(), "InvalidData");
      }
    },
  },
  {
    name:
      "maxHandshakes gives the place of a TLS client that failed to the next",
    async run(net) {
      using listener = await listenWell(net, { maxHandshakes: 1 });
      for (let i = 0; i < 3; i++) {
        using peer = await RawPeer.connect(listener);
        using conn = await listener.accept();
        await peer.send(bytes("no TLS at all\r\n"));
        await assertEnds(conn.handshake(), "InvalidData");
        await peer.end();
      }
      await assertServesTls(net, listener);
    },
  },
  {
    name: "reload() of TLS leaves the places of maxHandshakes as they are",
    async run(net) {
      const { renewed } = await certificates();
      using listener = await listenWell(net, { maxHandshakes: 1 });
      using held = await hold(listener);
      await listener.reload(renewed);
      await assertWaitsFor(net, listener, held);
    },
  },
  {
    name: "maxHandshakes lets many TLS clients in, few at a time",
    async run(net) {
      using listener = await listenWell(net, {
        maxHandshakes: 3,
        backlog: 40,
      });
      await Promise.all(
        Array.from({ length: 40 }, () => assertServesAny(listener)),
      );
      async function assertServesAny(to: typeof listener): Promise<void> {
        using client = await connectWell(net, to);
        using server = await to.accept();
        await Promise.all([client.handshake(), server.handshake()]);
        // Which client it is may be another one.
        await client.write(bytes("x"));
        assertEquals(await server.read(new Uint8Array(9)), 1);
      }
    },
  },
]);

async function assertWaitsFor(
  net: Net,
  listener: TlsListener,
  held: Held,
): Promise<void> {
  using client = await connectWell(net, listener);
  using server = await listener.accept();
  await assertEnds(client.handshake({ timeoutMs: 50 }), "TimedOut");
  held.conn.close();
  await assertTalk(client, server);
}
