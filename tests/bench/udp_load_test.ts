/**
 * The load generator for datagrams, against programs that do what they must not.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { equip, type Equipment } from "../../bench/programs.ts";
import { Supply, Tally } from "../../bench/servers/datagrams.mjs";
import { outcomeOf } from "../../scripts/command.ts";
import { test } from "../harness.ts";
import { skip } from "./needs.ts";

const SIZE = 256;

type Play = (socket: Socket, data: Buffer, from: RemoteInfo) => unknown;

let equipment: Promise<Equipment> | undefined;

/** What the load generator says of a program that does that with what comes. */
async function verdict(
  workload: "udp-in" | "udp-out",
  play: Play,
  ...words: readonly string[]
) {
  const { load } = await (equipment ??= equip());
  const socket = createSocket("udp4");
  socket.on("message", (data, from) => play(socket, data, from));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const outcome = await outcomeOf(load, [
    workload,
    `size=${SIZE}`,
    `port=${socket.address().port}`,
    "seconds=0.1",
    "warmup=0.05",
    ...words,
  ]);
  socket.close();
  await once(socket, "close");
  return outcome;
}

/** What becomes of the datagram that is the `at`-th of its run; nothing, one, or more. */
type Lie = (datagram: Uint8Array, at: number) => readonly Uint8Array[];

const honest: Lie = (datagram) => [datagram];

/** Where the lies are: behind what the load generator itself lies about. */
const AT = 100;

const LIES: readonly (readonly [string, () => Lie, string])[] = [
  // A receiver looks at one of 64 from end to end.
  ["changes a byte", () => (datagram, at) => {
    if (at >= AT) datagram[SIZE / 2] ^= 1;
    return [datagram];
  }, "wrong bytes in number"],
  [
    "doubles a datagram",
    () => (datagram, at) => at === AT ? [datagram, datagram] : [datagram],
    "number 100 after 100",
  ],
  ["swaps datagrams", () => {
    let kept: Uint8Array | undefined;
    return (datagram, at) => {
      if (at === AT) {
        kept = datagram.slice();
        return [];
      }
      return at === AT + 1 ? [datagram, kept!] : [datagram];
    };
  }, "number 100 after 101"],
  [
    "shortens a datagram",
    () => (datagram, at) => [at === AT ? datagram.subarray(4) : datagram],
    "252 bytes in place of 256",
  ],
];

/** A receiver with something between it and its socket, and its claims. */
function receiver(lie: Lie, claim = (answer: string) => answer): Play {
  const tally = new Tally(SIZE);
  let at = 0;
  return (socket, data, { address, port }) => {
    if (data.byteLength === SIZE) {
      for (const datagram of lie(data, at++)) tally.take(datagram);
      return;
    }
    if (data.toString().startsWith("begin")) at = 0;
    const answer = Buffer.from(tally.take(data)!).toString();
    socket.send(claim(answer), port, address);
  };
}

/** A sender with something between it and its socket, and its claims. */
function sender(lie: Lie, claim = (answer: string) => answer): Play {
  const supply = new Supply(SIZE);
  return async (socket, question, { address, port }) => {
    const send = (bytes: Uint8Array | string) =>
      new Promise<void>((resolve) =>
        socket.send(bytes, port, address, () => resolve())
      );
    if (supply.begin(question)) {
      for (let at = 0; supply.next(); at++) {
        // Of its own, because a lie may change it.
        for (const bytes of lie(supply.bytes.slice(), at)) await send(bytes);
      }
    }
    if (!supply.over) return;
    await send(claim(Buffer.from(supply.answer()).toString()));
  };
}

/** The answer with another count. */
const counting = (change: (count: number) => number) => (answer: string) =>
  answer.replace(/ (\d+)/, (_, count) => ` ${change(Number(count))}`);

for (
  const [workload, play] of [["udp-in", receiver], ["udp-out", sender]] as const
) {
  test(`load ${workload} is content with honesty`, { skip }, async () => {
    const { code, stdout, stderr } = await verdict(workload, play(honest));
    assertEquals(code, 0, stderr);
    const { messages, bytes, datagrams } = JSON.parse(stdout);
    assert(messages > 0 && bytes === messages * SIZE, stdout);
    // On the way there are losses; there is no gain.
    assert(datagrams.arrived > 0, stdout);
    assert(datagrams.arrived <= datagrams.sent, stdout);
  });

  for (const [what, lie, fault] of LIES) {
    test(`load ${workload} notices who ${what}`, { skip }, async () => {
      const { code, stderr } = await verdict(workload, play(lie()));
      assertEquals(code, 1);
      assertStringIncludes(stderr, fault);
    });
  }

  test(`load ${workload} notices who counts too many`, { skip }, async () => {
    const claim = counting((count) => count < AT ? count : count + 5000);
    const { code, stderr } = await verdict(workload, play(honest, claim));
    assertEquals(code, 1);
    assertStringIncludes(stderr, "were dropped");
  });

  test(`load ${workload} notices who does not answer`, { skip }, async () => {
    const words = "patience=0.3";
    const { code, stderr } = await verdict(workload, () => {}, words);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "the program does not");
  });
}

test(
  "load udp-in notices a receiver that does not look",
  { skip },
  async () => {
    const claim = (answer: string) => answer.replace(/( \d+) .*/, "$1 ");
    const { code, stderr } = await verdict("udp-in", receiver(honest, claim));
    assertEquals(code, 1);
    assertStringIncludes(stderr, "did not notice a changed byte");
  },
);

test("load udp-out notices who counts too few", { skip }, async () => {
  const claim = counting((count) => count - 1);
  const { code, stderr } = await verdict("udp-out", sender(honest, claim));
  assertEquals(code, 1);
  assertStringIncludes(stderr, "came");
});
