/**
 * Whatever two ends do in whatever order, what is written arrives, once and in
 * order.
 *
 * @module
 */
import { type Conn, connect, errors, listen } from "@anyport/sockets";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { assertSameBytes, joined, pattern } from "../conformance/bytes.ts";
import { missing } from "../conformance/capabilities.ts";
import { pair, type Transport } from "../conformance/case.ts";
import { test } from "../harness.ts";

/** When a call is given up: never, after so many microtasks, or after so many milliseconds. */
type Patience =
  | { readonly kind: "endless" }
  | { readonly kind: "steps"; readonly steps: number }
  | { readonly kind: "timeout"; readonly timeoutMs: number };

interface Write {
  readonly sizes: readonly number[];
  readonly patience: Patience;
  /** Whether the next write waits for this one. */
  readonly awaited: boolean;
}

interface Read {
  /** 0 for a chunk. */
  readonly size: number;
  readonly patience: Patience;
  readonly awaited: boolean;
}

interface Script {
  readonly writes: readonly Write[];
  /** Gone through again and again, until the end is read. */
  readonly reads: readonly Read[];
}

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 3000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 300_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_000_000 }) },
);

const patience: fc.Arbitrary<Patience> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: "endless" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("steps" as const),
      steps: fc.integer({ min: 0, max: 12 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("timeout" as const),
      timeoutMs: fc.integer({ min: 0, max: 3 }),
    }),
  },
);

const script: fc.Arbitrary<Script> = fc.record({
  writes: fc.array(
    fc.record({
      sizes: fc.oneof(
        size.map((n) => [n]),
        fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 6 }),
      ),
      patience,
      awaited: fc.boolean(),
    }),
    { maxLength: 12 },
  ),
  reads: fc.array(
    fc.record({
      size: fc.oneof(fc.constant(0), size),
      patience,
      awaited: fc.boolean(),
    }),
    // The first one waits as long as it takes, so that every round moves on.
    { maxLength: 8 },
  ).map((reads) => [
    { size: 0, patience: { kind: "endless" as const }, awaited: true },
    ...reads,
  ]),
});

for (const over of ["tcp", "unix"] as const) {
  test(
    `both directions carry every byte once and in order, whatever is aborted (${over})`,
    { skip: over === "unix" ? missing("unix") : undefined },
    () =>
      fc.assert(
        fc.asyncProperty(script, script, (there, back) =>
          dialogue(over, there, back)),
        { numRuns: 40, interruptAfterTimeLimit: 20_000 },
      ),
  );
}

async function dialogue(
  over: Transport,
  there: Script,
  back: Script,
): Promise<void> {
  using ends = await pair({ listen, connect }, over);
  const [sent, , answered] = await Promise.all([
    send(ends.client, there.writes, 0),
    receive(ends.server, there).then((got) =>
      assertSameBytes(got, expected(there, 0))
    ),
    send(ends.server, back.writes, 7),
    receive(ends.client, back).then((got) =>
      assertSameBytes(got, expected(back, 7))
    ),
  ]);
  assertEquals(sent, lengthOf(there));
  assertEquals(answered, lengthOf(back));
}

/** Plays the writes, and spoils each buffer as soon as it is ours again. */
async function send(
  conn: Conn,
  writes: readonly Write[],
  from: number,
): Promise<number> {
  let at = from;
  const running: Promise<void>[] = [];
  for (const { sizes, patience, awaited } of writes) {
    const pieces = sizes.map((n) => {
      const piece = pattern(n, at);
      at += n;
      return piece;
    });
    const given = pieces.length === 1 ? pieces[0] : pieces;
    const write = within(patience, (options) => conn.write(given, options))
      .then(() => {
        for (const piece of pieces) piece.fill(0xee);
      });
    running.push(write);
    if (awaited) await write;
  }
  running.push(conn.closeWrite());
  await Promise.all(running);
  return at - from;
}

/** Plays the reads until the end; what was read, in the order of the calls. */
async function receive(conn: Conn, { reads }: Script): Promise<Uint8Array> {
  const got: (Uint8Array | undefined)[] = [];
  for (let ended = false; !ended;) {
    const running: Promise<void>[] = [];
    for (const { size, patience, awaited } of reads) {
      const slot = got.push(undefined) - 1;
      const read = readInto(conn, size, patience).then((part) => {
        if (part === null) ended = true;
        else got[slot] = part;
      });
      running.push(read);
      if (awaited) await read;
    }
    await Promise.all(running);
  }
  return joined(got.filter((part) => part !== undefined));
}

/** What one read brings: bytes, nothing because it was given up, or the end. */
async function readInto(
  conn: Conn,
  size: number,
  patience: Patience,
): Promise<Uint8Array | undefined | null> {
  if (size === 0) {
    return await within(patience, (options) => conn.readChunk(options));
  }
  const p = new Uint8Array(size);
  const n = await within(patience, (options) => conn.read(p, options));
  if (n === undefined) {
    assert(p.every((byte) => byte === 0), "filled after it was given up");
  }
  return typeof n === "number" ? p.slice(0, n) : n;
}

/** Calls, and gives up when patience ends: `undefined` then. */
async function within<T>(
  patience: Patience,
  call: (options?: { signal?: AbortSignal; timeoutMs?: number }) => Promise<T>,
): Promise<T | undefined> {
  if (patience.kind === "endless") return await call();
  if (patience.kind === "timeout") {
    return await call({ timeoutMs: patience.timeoutMs }).catch((error) => {
      assert(error instanceof errors.TimedOut, String(error));
      return undefined;
    });
  }
  const controller = new AbortController();
  const { signal } = controller;
  const result = call({ signal }).catch((error) => {
    assert(error === signal.reason, String(error));
    return undefined;
  });
  for (let i = 0; i < patience.steps; i++) await Promise.resolve();
  controller.abort();
  return await result;
}

function expected(script: Script, from: number): Uint8Array {
  return pattern(lengthOf(script), from);
}

function lengthOf({ writes }: Script): number {
  return writes.flatMap(({ sizes }) => sizes).reduce((a, b) => a + b, 0);
}
