/**
 * Bytes of TLS that are changed, cut off or broken off on their way.
 *
 * @module
 */
import type { TlsConn } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { certificates } from "../../certificates.ts";
import {
  assertSameBytes,
  bytes,
  pattern,
  readExactly,
  readText,
} from "../bytes.ts";
import { runtimeName } from "../capabilities.ts";
import type { Case } from "../case.ts";
import { ofEachEnd } from "./ends_pair.ts";
import {
  assertEnds,
  connectWell,
  type Ending,
  listenWell,
  withCertificates,
} from "./pair.ts";
import { only, TlsPeer, TlsPeerServer } from "./peer.ts";
import { type Damage, Relay } from "./relay.ts";

const PLACES = [0, 70, 200];
const DIRECTIONS = ["up", "down"] as const;

type How = "cut" | "reset" | "flip";

/** How an end may hear of what was done during its handshake. */
const HEARD: Record<How, readonly Ending[]> = {
  cut: ["UnexpectedEof"],
  reset: ["ConnectionReset"],
  // One end sees it and tells the other, which may be told by the end alone. An
  // end that was told a wrong length waits for the rest.
  flip: ["InvalidData", "UnexpectedEof", "ConnectionReset", "TimedOut"],
};

/** Where a changed bit can only mean that the bytes are wrong. */
const SEEN: readonly Ending[] = ["InvalidData"];

/** What both ends say once they are secured. */
const RIGHT = "right";

/** For ends that were made to wait for more than there is. */
const SHORT = { handshakeTimeoutMs: 500 };

/** Cases of TLS: an attacker between the ends can end a connection, and do no more. */
export const tlsTampering: readonly Case[] = [
  ...withCertificates(
    DIRECTIONS.flatMap((direction) =>
      PLACES.flatMap((at) =>
        (["cut", "reset", "flip"] as const).flatMap((how) =>
          duringHandshake({ direction, at, how })
        )
      )
    ),
  ),
  ...PLACES.flatMap((at) => [
    ...flippedLater(at),
    ...brokenLater(at, "cut"),
    ...brokenLater(at, "reset"),
  ]),
  ...ofEachEnd(
    "a record of TLS that comes twice rejects InvalidData",
    async ({ conn, peer, relay, received }) => {
      relay.damageNext({ direction: received, at: 0, how: "repeat" });
      await peer.send(bytes("pay 5"));
      // Not every runtime gives what came together with what was wrong.
      const first = readText(conn);
      if (await first.catch(() => undefined) !== undefined) {
        assertEquals(await first, "pay 5");
        await assertEnds(readText(conn), SEEN, "read");
      } else await assertEnds(first, SEEN, "read");
    },
  ),
  ...ofEachEnd(
    "a record of TLS that is left out makes the next one reject InvalidData",
    async ({ conn, peer, relay, received }) => {
      const before = relay.count(received);
      relay.damageNext({ direction: received, at: 0, how: "drop" });
      await peer.send(bytes("do not "));
      await relay.untilBytes(received, before + 7);
      await peer.send(bytes("pay"));
      await assertEnds(readText(conn), SEEN, "read");
    },
  ),
];

function duringHandshake(damage: Damage & { readonly how: How }): Case[] {
  const { how, at, direction } = damage;
  const verb = { cut: "cut off", reset: "reset", flip: "changed" }[how];
  const whose = direction === "up" ? "client" : "server";
  const name = `a TLS handshake ${verb} at byte ${at} of its ${whose} fails`;
  return [
    {
      name: `${name} at both ends (TLS 1.3)`,
      async run(net) {
        using listener = await listenWell(net, {
          minVersion: "TLSv1.3",
          ...SHORT,
        });
        using relay = await Relay.listen(listener, { damage, held: true });
        using client = await connectWell(net, relay, SHORT);
        using server = await listener.accept();
        // A connection that was reset before would not be accepted.
        relay.release();
        await Promise.all([
          assertTold(client, damage),
          assertTold(server, damage),
        ]);
      },
    },
    {
      name: `${name} at the client (TLS 1.2)`,
      async run(net) {
        const certs = await certificates();
        using peers = await TlsPeerServer.listen({
          ...certs.server,
          ...only("TLSv1.2"),
        });
        using relay = await Relay.listen(peers, { damage });
        using client = await connectWell(net, relay, SHORT);
        peers.accept().then((peer) => peer.send(bytes(RIGHT))).catch(() => {});
        await assertTold(client, damage);
      },
    },
    {
      name: `${name} at the server (TLS 1.2)`,
      async run(net) {
        const certs = await certificates();
        using listener = await listenWell(net, SHORT);
        using relay = await Relay.listen(listener, { damage, held: true });
        using peer = TlsPeer.connect(relay, {
          ca: certs.ca,
          ...only("TLSv1.2"),
        });
        peer.secured.then(() => peer.send(bytes(RIGHT))).catch(() => {});
        using server = await listener.accept();
        // A connection that was reset before would not be accepted.
        relay.release();
        await assertTold(server, damage);
      },
    },
  ];
}

/**
 * The end never reads what was not sent, and no clean end either. In TLS 1.3 a
 * client may take its handshake for done before its last bytes were damaged.
 */
async function assertTold(
  conn: TlsConn,
  { at, how }: { readonly at: number; readonly how: How },
): Promise<void> {
  conn.write(bytes(RIGHT)).catch(() => {});
  for (let i = 0; i < 3; i++) {
    const reading = i === 1 ? conn.readChunk() : conn.read(new Uint8Array(9));
    const outcome = await reading.catch((error) => error);
    if (isHarmless(outcome, at, how)) return;
    await assertEnds(reading, HEARD[how], "read");
  }
}

/** The head of a second record may begin there, of which not every bit counts. */
function isHarmless(outcome: unknown, at: number, how: How): boolean {
  return how === "flip" && at !== 0 && outcome === RIGHT.length;
}

function flippedLater(at: number): Case[] {
  return ofEachEnd(
    `bytes of TLS changed at byte ${at} of a record reject InvalidData, each time`,
    async ({ conn, peer, relay, received, version }) => {
      await peer.send(bytes("before"));
      assertEquals(await readText(conn), "before");
      relay.damageNext({ direction: received, at, how: "flip" });
      const waiting = conn.readChunk();
      await peer.send(pattern(500));
      // Where Deno knows what the type must be, it does not look at it.
      if (runtimeName === "deno" && version === "TLSv1.3" && at === 0) {
        assertSameBytes((await waiting)!, pattern(500));
        return;
      }
      await assertEnds(waiting, SEEN, "read");
      for (let i = 0; i < 2; i++) {
        await assertEnds(readText(conn), SEEN, "read");
        await assertEnds(conn.write(bytes("x")), SEEN, "write");
      }
      // The peer is told, or cut off.
      assertEquals((await peer.readToEnd()).bytes.byteLength, 0);
    },
  );
}

function brokenLater(at: number, how: "cut" | "reset"): Case[] {
  const [verb, ending] = how === "cut"
    ? ["cut off", "UnexpectedEof"] as const
    : ["reset", "ConnectionReset"] as const;
  return ofEachEnd(
    `a record of TLS ${verb} at byte ${at} gives none of its bytes`,
    async ({ conn, peer, relay, received }) => {
      await peer.send(bytes("before"));
      assertEquals(
        (await readExactly(conn, 6)).byteLength,
        6,
      );
      relay.damageNext({ direction: received, at, how });
      const waiting = assertEnds(readText(conn), ending, "read");
      await peer.send(pattern(500)).catch(() => {});
      await waiting;
      await assertEnds(readText(conn), ending, "read");
    },
  );
}
