/**
 * Datagrams between a process and a peer of another make: options that only
 * the receiver can see, and more than a receiver or the network can take.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import { Child } from "./child.ts";
import { missing, run } from "./machine.ts";
import { LINK_LOCAL, Namespace, noNamespace } from "./namespace.ts";
import { onRuntimes, start } from "./program.ts";

const skip = missing("python3");
const HOSTNAME = "127.0.0.1";

/** Starts a deed of `datagrams.py`. */
function peer(
  words: readonly string[],
  wrapper: readonly string[] = [],
): Child {
  const [command, ...args] = [
    ...wrapper,
    "python3",
    `${import.meta.dirname}/datagrams.py`,
    ...words,
  ];
  return new Child({ name: words.join(" "), command, args, limitMs: 25_000 });
}

/** Stands for the port that the peer says. */
const PORT = "PORT";

/** Starts both in a network of their own; it says what they say. */
function together(
  runtime: Runtime,
  deed: readonly string[],
  words: readonly string[],
  wrapper: readonly string[],
): Child {
  const { command, args, env } = runtime.command(
    `${import.meta.dirname}/programs/datagrams.mjs`,
    words,
  );
  const script = `${import.meta.dirname}/datagrams.py`;
  const plan = {
    peer: ["python3", script, ...deed],
    program: [command, ...args],
  };
  const [first, ...rest] = [
    ...wrapper,
    ...["python3", "-c", LAUNCHER, JSON.stringify(plan)],
  ];
  const name = [...deed, "with", ...words].join(" ");
  return new Child({ name, command: first, args: rest, env });
}

/** Runs the program with the port of its peer, and then passes on what that says. */
const LAUNCHER = `
import json, subprocess, sys
plan = json.loads(sys.argv[1])
peer = subprocess.Popen(plan["peer"], stdout=subprocess.PIPE, text=True)
port = peer.stdout.readline().split()[1]
program = [port if word == "${PORT}" else word for word in plan["program"]]
subprocess.run(program, check=True)
print(peer.stdout.readline(), end="", flush=True)
`;

onRuntimes(
  "setTtl() and setMulticastTtl() say how many hops a datagram has",
  { skip },
  async (runtime) => {
    await using python = peer(["hops", HOSTNAME]);
    const port = await python.tells<number>("listening");
    await using child = start(runtime, "datagrams", ["hops", HOSTNAME, port]);
    assertEquals(await python.tells("hops"), [7, 9]);
    assertEquals((await child.exit()).code, 0);
  },
);

/** Those that can set it for IPv6. */
const SETTING: readonly Runtime["name"][] = [
  "node20",
  "node22",
  "node24",
  "bun",
];

onRuntimes(
  "setTtl() and setMulticastTtl() say how many hops a datagram of IPv6 has",
  { skip: skip ?? noNamespace, only: SETTING },
  async (runtime) => {
    using namespace = new Namespace();
    await using both = together(
      runtime,
      ["hops", "::"],
      ["hops", "::1", PORT],
      namespace.wrapper,
    );
    assertEquals(await both.tells("hops"), [7, 9]);
  },
);

onRuntimes(
  "Link-local addresses and groups of an interface work with the zone as a number",
  { skip: noNamespace },
  async (runtime) => {
    using namespace = new Namespace();
    await using child = start(runtime, "datagrams", [
      "zones",
      LINK_LOCAL,
      "ff02::1234",
    ], namespace);
    assertEquals(await child.says("heard"), "3 5");
    const { code, stderr } = await child.exit();
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
  },
);

/** How `programs/datagrams.mjs drowns` fared. */
interface Drowned {
  readonly received: number;
  readonly dropped: number;
  readonly inOrder: boolean;
  /** Bytes of memory that it took at most. */
  readonly grown: number;
}

const FLOOD = 1_000_000;

/**
 * A queue of 4,096, and what collectors leave lying about: on Deno each
 * datagram comes in a buffer of 64 KiB, of which all would be 60,000 MiB.
 */
const MAX_GROWTH = 256 * 1024 * 1024;

onRuntimes(
  "A flood of 1,000,000 datagrams at a slow receiver is dropped and counted, within bounds, the rest in order",
  { skip, limitMs: 60_000 },
  async (runtime) => {
    await using child = start(runtime, "datagrams", ["drowns"]);
    const port = await child.says("listening");
    await using python = peer(["flood", port, String(FLOOD)]);
    await python.says("sent");
    const { received, dropped, inOrder, grown } = await child.tells<Drowned>(
      "drowned",
    );
    assert(inOrder);
    assertGreater(received, 4096);
    assertGreater(dropped, 10_000);
    // The system drops, too, and does not say so; the end was sent several times.
    assertLessOrEqual(received + dropped, FLOOD + 1000);
    assertLess(grown, MAX_GROWTH);
    assertEquals((await child.exit()).code, 0);
  },
);

const UNSHARE = ["unshare", "--map-root-user", "--net"];

/** Runs what comes after it in a slow network of its own. */
const slowly = () => [...UNSHARE, "sh", "-c", `${SLOW} && exec "$@"`, "sh"];

/** A network as slow as the senders are to wait for. */
const SLOW =
  "ip link set lo up && tc qdisc add dev lo root tbf rate 20mbit burst 16k limit 20m";

const noSlowness = noNamespace ?? missing("tc") ??
  (run(UNSHARE[0], [...slowly().slice(1), "true"]).success
    ? undefined
    : "this system has no token bucket filter");

/** How `programs/datagrams.mjs crowds` fared. */
interface Crowd {
  /** How many were sent when the first was. */
  readonly early: number;
  readonly sent: number;
  /** How many had their waiting cancelled then; they are sent all the same. */
  readonly aborted: number;
  /** How sends ended during which the socket was closed. */
  readonly codes: readonly string[];
}

const COUNT = 500;

onRuntimes(
  "send() waits for a slow network, loses nothing there, cancelled or not, and close() interrupts it",
  { skip: skip ?? noSlowness },
  async (runtime) => {
    await using both = together(
      runtime,
      ["collect", String(COUNT)],
      ["crowds", PORT, String(COUNT)],
      slowly(),
    );
    const { early, sent, aborted, codes } = await both.tells<Crowd>("crowd");
    const numbers = await both.tells<number[]>("numbers");
    assertEquals(sent + aborted, COUNT);
    assertGreater(aborted, 0);
    assertLess(early, COUNT);
    assertEquals(codes, ["EINTR", "sent"]);
    assertEquals(numbers, Array.from({ length: COUNT }, (_, i) => i));
  },
);

onRuntimes(
  "sendBufferBytes is how much the system takes before send() waits",
  { skip: noSlowness, only: SETTING },
  async (runtime) => {
    await using child = start(runtime, "datagrams", [
      "squeezes",
      200_000,
      10_000,
    ], { wrapper: slowly() });
    const [many, few] = await child.tells<number[]>("taken");
    assertLess(few * 2, many);
    assertGreater(few, 0);
  },
);
