/**
 * What secured connections hold while they are there, and leave behind when
 * they are gone.
 *
 * @module
 */
import { assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import { Child } from "./child.ts";
import { missing, noProc, residentBytes } from "./machine.ts";
import { noCertificates, pemForTests } from "./pem.ts";
import { NEWEST, onRuntimes, start } from "./program.ts";

const skip = noCertificates ?? noProc;
const skipPeer = skip ?? missing("python3");
const pem = pemForTests();

const MIB = 1024 * 1024;

/** What would be sent, if it were let. */
const OFFERED = 256 * MIB;

/**
 * As for plain connections: no more than 64 KiB lies there unread, or 256 KiB
 * unsent, and about as much encrypted; the rest is what the runtime makes of
 * buffers that come and go, and a TLS that is loaded and compiled.
 */
const MAX_GROWTH = 32 * MIB;

/** What the system takes on both sides, at most: net.ipv4.tcp_wmem and tcp_rmem. */
const MAX_TAKEN = 24 * MIB;

/** What a process holds after a round of connections. */
interface Rest {
  readonly descriptors: number;
  /** Bytes of heap and array buffers. */
  readonly heap: number;
}

/** 2 KiB for each of 576, which is less than one that is never freed has. */
const MAX_REST = 576 * 2 * 1024;

onRuntimes(
  "Secured connections, and those that never were, leave no descriptor and no memory behind when they end in every way",
  { only: NEWEST, skip, limitMs: 40_000 },
  async (runtime) => {
    await using child = start(runtime, "tls_churns", [pem.folder], {
      denoFlags: ["-A", "--v8-flags=--expose-gc"],
    });
    const { before, after } = await child.tells<Record<string, Rest>>("report");
    assertLessOrEqual(after.descriptors, before.descriptors);
    assertLess(after.heap - before.heap, MAX_REST);
  },
);

/** `tls_peer.py`. */
class Peer implements AsyncDisposable {
  readonly #child = new Child({
    name: "tls_peer.py",
    command: "python3",
    args: [`${import.meta.dirname}/tls_peer.py`, pem.folder],
    listens: true,
  });

  /** Does as told; returns the number that the request is answered with. */
  async ask(request: string): Promise<number> {
    await this.#child.hear(request);
    return Number(await this.#child.says("done"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}

/** Comes to a program's gate; when it answers it has dealt with what came before. */
async function passGate(child: Child, gate: number, word: string) {
  using _conn = await Deno.connect({ hostname: "127.0.0.1", port: gate });
  return Number(await child.says(word));
}

/** Starts a program, and secures its connection with the peer; returns its gate. */
async function begin(
  runtime: Runtime,
  peer: Peer,
  program: string,
  role: string,
  words: readonly number[] = [],
): Promise<{ child: Child; gate: number }> {
  const target = await peer.ask("listen");
  const child = start(runtime, program, [pem.folder, role, ...words, target]);
  try {
    const gate = Number(await child.says("gate"));
    if (role === "connected") await peer.ask("accept");
    else await peer.ask(`connect ${await child.says("listening")}`);
    await child.says("ready");
    return { child, gate };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

for (
  const [role, what] of [
    ["accepted", "A connection of a TlsListener"],
    ["connected", "A connection of connectTls()"],
  ]
) {
  onRuntimes(
    `${what} stops taking bytes when it is not read and the peer sends on`,
    { only: NEWEST, skip: skipPeer },
    async (runtime) => {
      await using peer = new Peer();
      const begun = await begin(runtime, peer, "tls_never_reads", role);
      await using child = begun.child;
      await passGate(child, begun.gate, "report");

      const before = residentBytes(child.pid);
      const sent = await peer.ask(`flood ${OFFERED}`);
      await passGate(child, begun.gate, "report");
      assertGreater(sent, 0);
      assertLess(sent, MAX_TAKEN);
      assertLess(residentBytes(child.pid) - before, MAX_GROWTH);
    },
  );
}

onRuntimes(
  "A secured write waits when the peer does not read, and no more is held",
  { only: NEWEST, skip: skipPeer },
  async (runtime) => {
    await using peer = new Peer();
    const begun = await begin(runtime, peer, "tls_writes_on", "accepted", [
      OFFERED,
    ]);
    await using child = begun.child;
    const before = residentBytes(child.pid);
    const written = await passGate(child, begun.gate, "written");
    assertGreater(written, 0);
    assertLess(written, MAX_TAKEN);
    assertLess(residentBytes(child.pid) - before, MAX_GROWTH);
  },
);
