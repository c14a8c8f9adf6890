/**
 * Buffers that are transferred away, or resized, while a call waits.
 *
 * @module
 */
import { type Conn, errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes, CLOGGING, pattern, readText } from "../bytes.ts";
import { runtimeName } from "../capabilities.ts";
import { type Case, type Net, pair } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";
import { tlsPair, withCertificates } from "../tls/pair.ts";

/** A buffer's bytes, and how they get lost. */
interface Losable {
  readonly p: Uint8Array;
  lose(): void;
}

/** `ArrayBuffer` as late runtimes have it. */
type ResizableBufferClass = new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(length: number): void };

const PAGE = 64 * 1024;

function resizable(size: number): Losable {
  const buffer = new (ArrayBuffer as unknown as ResizableBufferClass)(size, {
    maxByteLength: size,
  });
  return { p: new Uint8Array(buffer), lose: () => buffer.resize(0) };
}

/** How many buffers are kept, which are those of one case. */
const MAX_KEPT = 8;
const kept: ArrayBuffer[] = [];

/**
 * Transfers a buffer, and keeps what has its memory: given back to the system, it makes
 * the write of Node that still reads it fail with EFAULT, and its connection with it.
 */
function transferAway(buffer: ArrayBuffer): void {
  kept.push(structuredClone(buffer, { transfer: [buffer] }));
  if (kept.length > MAX_KEPT) kept.shift();
}

/** Each way to lose a buffer of so many bytes, a whole number of pages. */
const losses: Readonly<Record<string, (size: number) => Losable>> = {
  "transferred": (size) => {
    const p = pattern(size);
    return {
      p,
      lose: () => transferAway(p.buffer as ArrayBuffer),
    };
  },
  "transferred in part of it": (size) => {
    const p = pattern(size + 64).subarray(32, size + 32);
    return {
      p,
      lose: () => transferAway(p.buffer as ArrayBuffer),
    };
  },
  "of a Wasm memory that grows": (size) => {
    const memory = new WebAssembly.Memory({ initial: size / PAGE });
    return { p: new Uint8Array(memory.buffer), lose: () => memory.grow(1) };
  },
};

type Open = (net: Net) => Promise<
  Disposable & { readonly client: Conn; readonly server: Conn }
>;

const kinds: Readonly<Record<string, Open>> = {
  "TCP": (net) => pair(net),
  "a Unix socket": (net) => pair(net, "unix"),
  "TLS": async (net) => {
    const ends = await tlsPair(net);
    await Promise.all([ends.client.handshake(), ends.server.handshake()]);
    return ends;
  },
};

/** How a connection ends under a read whose buffer is transferred: a reset, or a close. */
const endings: readonly Case[] = [
  {
    name:
      "a read whose buffer is transferred rejects ConnectionReset on a reset, and so does the next",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      using peer = await RawPeer.connect(listener);
      using conn = await listener.accept();
      const { p, lose } = losses["transferred"](PAGE);
      const reading = assertRejects(() => conn.read(p), errors.ConnectionReset);
      lose();
      peer.reset();
      await reading;
      await assertRejects(
        () => conn.read(new Uint8Array(1)),
        errors.ConnectionReset,
      );
    },
  },
  {
    name: "a read whose buffer is transferred rejects Interrupted on close()",
    async run(net) {
      using ends = await pair(net);
      const { p, lose } = losses["transferred"](PAGE);
      const reading = assertRejects(
        () => ends.server.read(p),
        errors.Interrupted,
      );
      lose();
      ends.server.close();
      await reading;
    },
  },
];

/** Cases of lost buffers. */
export const lostBuffers: readonly Case[] = Object.entries(kinds).flatMap(
  ([kind, open]) => {
    const cases = Object.entries(losses).flatMap(([how, make]) => [
      ...(["client", "server"] as const).map((role) =>
        write(kind, open, how, make, role)
      ),
      others(kind, open, how, make),
      before(kind, open, how, make),
      read(kind, open, how, make),
    ]).concat(
      resized(kind, open),
      read(kind, open, "resized", resizable),
      shared(kind, open),
    );
    if (kind === "TLS") return withCertificates(cases);
    return kind === "TCP"
      ? cases
      : cases.map((one): Case => ({ ...one, needs: ["unix"] }));
  },
).concat(endings);

type Make = (size: number) => Losable;

function write(
  kind: string,
  open: Open,
  how: string,
  make: Make,
  role: "client" | "server",
): Case {
  return {
    name:
      `a write over ${kind} of a ${role} rejects TypeError if its buffer is ${how}, and the next goes on`,
    needs: ["writesWait"],
    async run(net) {
      using ends = await open(net);
      const writer = ends[role];
      const reader = ends[role === "client" ? "server" : "client"];
      const { p, lose } = make(CLOGGING);
      const writing = writer.write(p);
      // The runtime has taken what it takes, and the rest waits.
      await new Promise((resolve) => setTimeout(resolve, 5));
      const refused = assertLost(() => writing, "write");
      lose();
      const next = writer.write(bytes("the next one"));
      const [got] = await Promise.all([
        received(reader, bytes("the next one")),
        next,
        refused,
      ]);
      assert(got < CLOGGING + 12);
      assertEquals(writer.bytesWritten, got);
      await writer.closeWrite();
      assertEquals(await readText(reader), null);
    },
  };
}

/** Writes before it and behind it, gathered and limited ones among them. */
function others(kind: string, open: Open, how: string, make: Make): Case {
  return {
    name:
      `only the write over ${kind} rejects whose buffer is ${how} in the queue`,
    async run(net) {
      using ends = await open(net);
      const { client, server } = ends;
      const first = pattern(CLOGGING);
      const single = make(PAGE), piece = make(4 * PAGE), limited = make(PAGE);
      const calls = [
        client.write(first),
        client.write(single.p),
        client.write([bytes("a"), piece.p, bytes("b")]),
        client.write(bytes("kept")),
        client.write(limited.p, { timeoutMs: 60_000 }),
        client.write([bytes("last"), bytes(" one")]),
      ];
      const settled = Promise.allSettled(calls);
      for (const { lose } of [single, piece, limited]) lose();
      const got = await received(server, bytes("last one"));
      const outcomes = (await settled).map((outcome) =>
        outcome.status === "fulfilled"
          ? outcome.value
          : (outcome.reason as Error).constructor
      );
      assertEquals(outcomes, [
        CLOGGING,
        TypeError,
        TypeError,
        4,
        TypeError,
        8,
      ]);
      assertEquals(client.bytesWritten, got);
    },
  };
}

function before(kind: string, open: Open, how: string, make: Make): Case {
  return {
    name: `calls over ${kind} refuse a buffer that was ${how} before`,
    async run(net) {
      using ends = await open(net);
      const { client, server } = ends;
      const lost = make(PAGE);
      lost.lose();
      for (
        const call of [
          () => client.write(lost.p),
          () => client.write([bytes("a"), lost.p]),
          () => client.write(lost.p, { timeoutMs: 1000 }),
          () => server.read(lost.p),
          () => server.read(lost.p, { timeoutMs: 1000 }),
        ]
      ) {
        await assertRejects(call, TypeError, "was transferred away or resized");
      }
      assertEquals([client.bytesWritten, server.bytesRead], [0, 0]);
      await client.write(bytes("whole"));
      assertEquals(await readText(server), "whole");
    },
  };
}

function read(kind: string, open: Open, how: string, make: Make): Case {
  return {
    name:
      `a read over ${kind} rejects TypeError, and leaves the bytes to the next, if its buffer is ${how}`,
    async run(net) {
      using ends = await open(net);
      const { client, server } = ends;
      const { p, lose } = make(PAGE);
      const reading = server.read(p);
      const settled = Promise.allSettled([reading]);
      lose();
      await client.write(bytes("kept"));
      await settled;
      // Where the runtime reads into the buffer, wherever that is by now, the bytes
      // are in it.
      const gone = await reading.catch(() => 0);
      if (gone === 0) await assertLost(() => reading, "read");
      else {
        assertEquals([runtimeName, gone, server.bytesRead], ["deno", 4, 4]);
        await client.write(bytes("kept"));
      }
      assertEquals(await readText(server), "kept");
    },
  };
}

/** Bytes of a buffer that may be resized are copied when the call is made. */
function resized(kind: string, open: Open): Case {
  return {
    name: `writes over ${kind} go on if their buffers are resized`,
    async run(net) {
      using ends = await open(net);
      const { client, server } = ends;
      const lone = resizable(64 * PAGE), queued = resizable(PAGE);
      const calls = [
        client.write(lone.p.fill(1)),
        client.write(queued.p.fill(2)),
        client.write(bytes("last")),
      ];
      lone.lose();
      queued.lose();
      const got = await received(server, bytes("last"));
      assertEquals(await Promise.all(calls), [64 * PAGE, PAGE, 4]);
      assertEquals(got, 65 * PAGE + 4);
      assertEquals(await client.write(lone.p), 0);
    },
  };
}

function shared(kind: string, open: Open): Case {
  return {
    name:
      `writes over ${kind} send what shared memory held when they were called`,
    async run(net) {
      using ends = await open(net);
      const { client, server } = ends;
      const p = new Uint8Array(new SharedArrayBuffer(64 * PAGE)).fill(7);
      const calls = [client.write(p), client.write(p.subarray(0, 9))];
      p.fill(8);
      const chunks: Uint8Array[] = [];
      for (let got = 0; got < 64 * PAGE + 9; got += chunks.at(-1)!.byteLength) {
        chunks.push((await server.readChunk())!);
      }
      assertEquals(await Promise.all(calls), [64 * PAGE, 9]);
      assert(chunks.every((chunk) => chunk.every((byte) => byte === 7)));
    },
  };
}

async function assertLost(
  call: () => Promise<unknown>,
  operation: string,
): Promise<void> {
  const error = await assertRejects(call, TypeError);
  assert(
    error.message.startsWith(`Cannot ${operation} `) &&
      error.message.includes("transferred away or resized meanwhile"),
    error.message,
  );
}

/** Reads until these bytes have come, which follow all others. @returns How many came. */
async function received(conn: Conn, last: Uint8Array): Promise<number> {
  let got = 0, tail = "";
  for (;;) {
    const chunk = await conn.readChunk({ timeoutMs: 20_000 });
    if (chunk === null) {
      throw new errors.UnexpectedEof("ended", {
        code: "EOF",
        operation: "read",
      });
    }
    got += chunk.byteLength;
    tail = (tail + new TextDecoder("latin1").decode(chunk.subarray(-20)))
      .slice(-20);
    if (tail.endsWith(new TextDecoder("latin1").decode(last))) return got;
  }
}
