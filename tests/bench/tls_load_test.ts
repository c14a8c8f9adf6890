/**
 * The load generator for TLS, against servers that do what they must not; and
 * the clients, against a server that they must not trust.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { clientCommand, serverCommand } from "../../bench/commands.ts";
import { contender, SERVERS } from "../../bench/contenders.ts";
import { makeCredentials } from "../../bench/credentials.ts";
import { equip, type Equipment } from "../../bench/programs.ts";
import { idsOf } from "../../bench/results.ts";
import { Server } from "../../bench/running.ts";
import { TLS_CLIENTS } from "../../bench/tls_contenders.ts";
import { outcomeOf } from "../../scripts/command.ts";
import { test } from "../harness.ts";
import { skip } from "./needs.ts";

const HANDSHAKES = ["tls-handshakes", "connections=2", "size=1000"];
const SINK = ["tls-sink", "size=65536"];
const SOURCE = ["tls-source"];

let equipment: Promise<Equipment> | undefined;

/** What the load generator says of a server that listens there. */
async function verdictOn(port: number, words: readonly string[]) {
  const { load } = await (equipment ??= equip());
  return await outcomeOf(load, [...words, `port=${port}`, "seconds=0.3"]);
}

/** What a server does with a connection; `cut` ends it without a word. */
type Serve = (conn: Deno.Conn, cut: () => void) => Promise<void>;

/** What the load generator says of a server that is secured. */
async function verdict(serve: Serve, words: readonly string[]) {
  const { env } = await (equipment ??= equip());
  const where = {
    hostname: "127.0.0.1",
    port: 0,
    cert: await Deno.readTextFile(env.BENCH_CERT),
    key: await Deno.readTextFile(env.BENCH_KEY),
  };
  // Secured behind a relay, which can be cut: Deno's end always says that it ends.
  return await plainVerdict(async (outer) => {
    using secured = Deno.listenTls(where);
    const { port } = secured.addr as Deno.NetAddr;
    using inner = await Deno.connect({ hostname: "127.0.0.1", port });
    const conn = await secured.accept();
    const passing = [pass(outer, inner), pass(inner, outer)];
    await serve(conn, () => outer.close()).catch(() => {});
    close(conn);
    await Promise.all(passing);
  }, words);
}

/** What the load generator says of a server that is not. */
async function plainVerdict(
  serve: (conn: Deno.TcpConn) => Promise<void>,
  words: readonly string[],
) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const conn of listener) {
      conn.setNoDelay(true);
      serving.push(
        // It leaves in the middle, as soon as it has seen enough.
        serve(conn).catch(() => {}).finally(() => close(conn)),
      );
    }
  })();
  const outcome = await verdictOn(listener.addr.port, words);
  listener.close();
  await accepting;
  await Promise.all(serving);
  return outcome;
}

/** Passes bytes on, and then that there are no more. */
async function pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  try {
    const buffer = new Uint8Array(64 * 1024);
    for (;;) {
      const n = await from.read(buffer);
      if (n === null) break;
      await writeAll(to, buffer.subarray(0, n));
    }
    await to.closeWrite();
  } catch {
    // One end has gone; so does the other.
    close(from);
    close(to);
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It was cut.
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    at += await conn.write(bytes.subarray(at));
  }
}

/** Reads to the end; each chunk and its place go to `take`. @returns How many bytes */
async function readAll(
  conn: Deno.Conn,
  take: (chunk: Uint8Array, place: number) => unknown = () => {},
): Promise<number> {
  const buffer = new Uint8Array(64 * 1024);
  for (let place = 0;;) {
    const n = await conn.read(buffer);
    if (n === null) return place;
    await take(buffer.slice(0, n), place);
    place += n;
  }
}

/** An echo that passes each chunk through `change`. */
function echo(change: (chunk: Uint8Array, place: number) => Uint8Array): Serve {
  return async (conn) => {
    await readAll(conn, (chunk, at) => writeAll(conn, change(chunk, at)));
  };
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  bytes[at] ^= 1;
  return bytes;
}

test(
  "load tls-handshakes is content with an echo",
  { skip },
  async () => {
    const serve = echo((chunk) => chunk);
    const { code, stdout, stderr } = await verdict(serve, HANDSHAKES);
    assertEquals(code, 0, stderr);
    const { messages, bytes } = JSON.parse(stdout);
    assert(messages > 0 && bytes === messages * 1000, stdout);
  },
);

const HANDSHAKE_LIES: readonly (readonly [string, Serve, string])[] = [
  ["changes a byte", echo((chunk) => flip(chunk, 500)), "wrong bytes"],
  [
    "doubles what it got",
    echo((chunk) => new Uint8Array([...chunk, ...chunk])),
    "the server said more than it was told",
  ],
  ["ends early", async (conn) => {
    await conn.read(new Uint8Array(1000));
  }, "the server ended a connection early"],
  ["is cut off before it answers", async (conn, cut) => {
    await conn.read(new Uint8Array(1000));
    cut();
  }, "cannot go on: unexpected eof"],
  ["is cut off before it says that it ends", async (conn, cut) => {
    await readAll(conn, (chunk) => writeAll(conn, chunk));
    cut();
  }, "the server ended without a close_notify"],
  ["loses a byte", echo((chunk) => chunk.subarray(1)), "wrong bytes"],
  [
    "does not answer",
    async (conn) => void await readAll(conn),
    "no visit came to its end",
  ],
];
for (const [what, serve, fault] of HANDSHAKE_LIES) {
  test(`load tls-handshakes notices who ${what}`, { skip }, async () => {
    const words = [...HANDSHAKES, "patience=0.3"];
    const { code, stderr } = await verdict(serve, words);
    assertEquals(code, 1);
    assertStringIncludes(stderr, fault);
  });
}

for (const words of [HANDSHAKES, SINK, SOURCE]) {
  test(`load ${words[0]} notices who is not secured`, { skip }, async () => {
    const { code, stderr } = await plainVerdict(async (conn) => {
      await readAll(conn, () => writeAll(conn, new Uint8Array(64)));
    }, words);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "cannot go on: wrong version");
  });

  test(`load ${words[0]} wants TLS 1.3`, { skip }, async () => {
    const { env } = await (equipment ??= equip());
    const old = new Deno.Command("openssl", {
      args: [
        ...["s_server", "-accept", "127.0.0.1:0", "-tls1_2", "-www"],
        ...["-cert", env.BENCH_CERT, "-key", env.BENCH_KEY],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    // It ends when its output is not read.
    const reader = old.stdout.getReader();
    try {
      const { code, stderr } = await verdictOn(await portOf(reader), words);
      assertEquals(code, 1);
      assertStringIncludes(
        stderr,
        "cannot go on: tlsv1 alert protocol version",
      );
    } finally {
      old.kill("SIGKILL");
      await old.status;
      await reader.cancel();
    }
  });
}

/** Where `openssl s_server` says that it listens. */
async function portOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<number> {
  const decoder = new TextDecoder();
  for (let text = "";;) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`there is no port in ${text}`);
    text += decoder.decode(value, { stream: true });
    const found = /^ACCEPT .*:(\d+)$/m.exec(text);
    if (found !== null) return Number(found[1]);
  }
}

/** A sink that says it got so much more. */
function sink(more: number): Serve {
  return async (conn) => {
    const got = await readAll(conn);
    await writeAll(conn, new TextEncoder().encode(String(got + more)));
  };
}

test("load tls-sink is content with a sink", { skip }, async () => {
  const { code, stdout, stderr } = await verdict(sink(0), SINK);
  assertEquals(code, 0, stderr);
  assert(JSON.parse(stdout).bytes > 0, stdout);
});

test("load tls-sink notices who has lost a byte", { skip }, async () => {
  const { code, stderr } = await verdict(sink(-1), SINK);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "the server got");
});

test("load tls-sink notices who is cut off", { skip }, async () => {
  const { code, stderr } = await verdict(async (conn, cut) => {
    await readAll(conn);
    cut();
  }, SINK);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "cannot receive the count");
});

/** A source whose block at that place goes through `change`. */
function source(change: (block: Uint8Array, number: number) => Uint8Array) {
  const block = Uint8Array.from({ length: 251 * 64 }, (_, i) => i % 251);
  const serve: Serve = async (conn) => {
    for (let number = 0;; number++) {
      await writeAll(conn, change(block.slice(), number));
    }
  };
  return serve;
}

test("load tls-source is content with a source", { skip }, async () => {
  const serve = source((block) => block);
  const { code, stdout, stderr } = await verdict(serve, SOURCE);
  assertEquals(code, 0, stderr);
  assert(JSON.parse(stdout).bytes > 0, stdout);
});

for (
  const [what, change] of [
    ["changes a byte", (block: Uint8Array) => flip(block, 5000)],
    ["loses a byte", (block: Uint8Array) => block.subarray(1)],
  ] as const
) {
  test(`load tls-source notices who ${what}`, { skip }, async () => {
    const { code, stderr } = await verdict(
      source((block, number) => number === 3 ? change(block) : block),
      SOURCE,
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, "wrong bytes");
  });
}

test("load tls-source notices who ends early", { skip }, async () => {
  const serve: Serve = async (conn) => {
    await writeAll(conn, new Uint8Array(1));
  };
  const { code, stderr } = await verdict(serve, SOURCE);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "the server ended a connection early");
});

for (const id of idsOf(TLS_CLIENTS)) {
  test(`${contender(id).name} trusts none but the root`, { skip }, async () => {
    const { programs, env } = await (equipment ??= equip());
    const directory = await Deno.makeTempDir({ prefix: "anyport-bench-" });
    const other = await makeCredentials(join(directory, "other"));
    const c = serverCommand(SERVERS.cTls, "tls-echo", 0, programs)!;
    await using server = await Server.start(c, 0, env);
    const visit = async (root: string) => {
      const [program, ...args] = clientCommand(contender(id), [
        ...["handshakes", "connections=1", "size=64", "seconds=1"],
        ...["warmup=0", `port=${server.port}`],
      ], programs);
      return await outcomeOf(program, args, {
        env: { ...env, BENCH_ROOT: root },
      });
    };
    const trusting = await visit(env.BENCH_ROOT);
    assertEquals(trusting.code, 0, trusting.stderr);
    assert(JSON.parse(trusting.stdout).messages > 0, trusting.stdout);
    const { code, stderr } = await visit(other.BENCH_ROOT);
    assert(code !== 0 && /certificate|CERT|issuer/i.test(stderr), stderr);
    await Deno.remove(directory, { recursive: true });
  });
}
