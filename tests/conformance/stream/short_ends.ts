/**
 * What stops before its end does not look whole to the peer.
 *
 * @module
 */
import { type Conn, copy, errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes, CLOGGING, pattern, readAll, readText } from "../bytes.ts";
import { missing } from "../capabilities.ts";
import { type Case, type Net, pair } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";
import {
  connectWell,
  listenWell,
  tlsPair,
  withCertificates,
} from "../tls/pair.ts";
import { sidesOf, startBoth } from "../tls/start_pair.ts";

/** A connection, and its peer, which looks how it ends. */
interface Ends extends Disposable {
  readonly conn: Conn;
  readonly peer: Conn;
}

type Open = (net: Net) => Promise<Ends>;

/** Each kind of connection, by name. */
const plain: Readonly<Record<string, Open>> = {
  "TCP": async (net) => named(await pair(net), "client"),
  "TCP, accepted": async (net) => named(await pair(net), "server"),
  "a Unix socket": async (net) => named(await pair(net, "unix"), "client"),
};
const secured: Readonly<Record<string, Open>> = {
  "TLS": async (net) => named(await shaken(await tlsPair(net)), "client"),
  "TLS, accepted": async (net) =>
    named(await shaken(await tlsPair(net)), "server"),
  "TLS 1.2": async (net) =>
    named(
      await shaken(
        await tlsPair(net, {
          client: {
            ciphers: [
              "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
              "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
              "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
              "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
              "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
              "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            ],
          },
        }),
      ),
      "client",
    ),
  "TLS over a Unix socket": async (net) =>
    named(await shaken(await tlsPair(net, { over: "unix" })), "server"),
  "startTls()": async (net) => {
    const below = await pair(net);
    const [client, server] = await startBoth(net, below, await sidesOf());
    await Promise.all([client.handshake(), server.handshake()]);
    return {
      conn: client,
      peer: server,
      [Symbol.dispose]: () => below[Symbol.dispose](),
    };
  },
};

function named(
  ends: Disposable & { readonly client: Conn; readonly server: Conn },
  conn: "client" | "server",
): Ends {
  return {
    conn: ends[conn],
    peer: ends[conn === "client" ? "server" : "client"],
    [Symbol.dispose]: () => ends[Symbol.dispose](),
  };
}

async function shaken<P extends Awaited<ReturnType<typeof tlsPair>>>(
  ends: P,
): Promise<P> {
  await Promise.all([ends.client.handshake(), ends.server.handshake()]);
  return ends;
}

/** A source that gives some bytes, and then fails. */
function failing(): ReadableStream<Uint8Array> {
  let given = 0;
  return new ReadableStream({
    pull(controller) {
      if (given++ < 2) controller.enqueue(bytes("part "));
      else controller.error(new Error("disk failed"));
    },
  });
}

/** Each way to stop before the end; all of them send "part part " before. */
const stops: Readonly<Record<string, (conn: Conn, net: Net) => Promise<void>>> =
  {
    "writable.abort()": async (conn) => {
      const writer = conn.writable.getWriter();
      await writer.write(bytes("part part "));
      writer.releaseLock();
      await conn.writable.abort();
    },
    "a writer's abort()": async (conn) => {
      const writer = conn.writable.getWriter();
      await writer.write(bytes("part part "));
      await writer.abort(new Error("enough"));
    },
    "pipeTo() of a source that fails": async (conn) => {
      await assertRejects(
        () => failing().pipeTo(conn.writable),
        Error,
        "disk failed",
      );
    },
    "pipeThrough() of a source that fails": async (conn) => {
      await assertRejects(
        () =>
          failing().pipeThrough(new TransformStream()).pipeTo(conn.writable),
        Error,
        "disk failed",
      );
    },
    "pipeTo() of a transform that fails": async (conn) => {
      let seen = 0;
      const transform = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          if (seen++ === 1) throw new Error("no such thing");
          controller.enqueue(chunk);
        },
      });
      const source = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes("part part "));
          controller.enqueue(bytes("more"));
        },
      });
      await assertRejects(
        () => source.pipeThrough(transform).pipeTo(conn.writable),
        Error,
        "no such thing",
      );
    },
    "pipeTo() that is aborted": async (conn) => {
      const controller = new AbortController();
      const source = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes("part part "));
        },
        pull() {
          controller.abort(new Error("stop"));
        },
      });
      await assertRejects(
        () => source.pipeTo(conn.writable, { signal: controller.signal }),
        Error,
        "stop",
      );
    },
    "pipeTo() of a connection that is reset": (conn, net) =>
      fromReset(net, (source) => source.readable.pipeTo(conn.writable)),
    "copy() of a connection that is reset, and close()": async (conn, net) => {
      await fromReset(net, (source) => copy(source, conn));
      conn.close();
    },
    "copy() of a source that fails, and disposal": async (conn) => {
      let given = 0;
      const give = (): Uint8Array<ArrayBuffer> => {
        if (given++ < 2) return new Uint8Array(bytes("part "));
        throw new Error("disk failed");
      };
      using _closed = conn;
      await assertRejects(
        () =>
          copy({
            // deno-lint-ignore require-await -- what it throws is to be a rejection
            readChunk: async () => give(),
            // deno-lint-ignore require-await -- the same
            read: async (p) => {
              const chunk = give();
              p.set(chunk);
              return chunk.length;
            },
          }, conn),
        Error,
        "disk failed",
      );
    },
  };

/** Connects a source, which breaks off where the runtime shows that. */
async function fromReset(
  net: Net,
  move: (source: Conn) => Promise<unknown>,
): Promise<void> {
  using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
  using peer = await RawPeer.connect(listener);
  using source = await listener.accept();
  await peer.send(bytes("part part "));
  const refused = assertRejects(() => move(source), errors.ConnectionReset);
  await new Promise<void>((resolve) => {
    const look = () =>
      source.bytesRead === 10 ? resolve() : void setTimeout(look, 1);
    look();
  });
  await peer.reset();
  await refused;
}

/** Cases of short ends. */
export const shortEnds: readonly Case[] = [
  ...over(plain, stops, assertNotClean),
  ...withCertificates([
    ...over(secured, stops, assertCutOff),
    ...Object.entries(secured).map(([kind, open]): Case => ({
      name: `a write that waits at disposal over ${kind} is no clean end`,
      async run(net) {
        for (
          const write of [
            (conn: Conn) => conn.write(pattern(CLOGGING)),
            (conn: Conn) => conn.write([pattern(9), pattern(CLOGGING)]),
            (conn: Conn) => conn.write(pattern(CLOGGING), { timeoutMs: 1 }),
          ]
        ) {
          using ends = await open(net);
          await assertRejects(async () => {
            using conn = ends.conn;
            const writing = write(conn);
            await Promise.race([writing, settledSoon()]);
            throw new Error("in the middle");
          });
          await assertCutOff(ends.peer);
        }
      },
    })),
    {
      name: "aborting writable during the handshake sends no close_notify",
      async run(net) {
        for (const closesBefore of [false, true]) {
          using listener = await listenWell(net);
          const accepting = listener.accept();
          using client = await connectWell(net, listener);
          const server = await accepting;
          const writer = client.writable.getWriter();
          const written = writer.write(bytes("part"));
          const closed = closesBefore ? writer.close() : undefined;
          const settled = Promise.allSettled([written, closed]);
          await writer.abort(new Error("enough")).catch(() => {});
          await settled;
          await assertCutOff(server);
          server.close();
        }
      },
    },
  ]),
  {
    name: "pipeTo() with preventAbort leaves the connection to be written on",
    async run(net) {
      using ends = await pair(net);
      await assertRejects(
        () => failing().pipeTo(ends.client.writable, { preventAbort: true }),
        Error,
        "disk failed",
      );
      await ends.client.write(bytes("whole"));
      await ends.client.closeWrite();
      assertEquals(
        new TextDecoder().decode(await readAll(ends.server)),
        "part part whole",
      );
    },
  },
  {
    name: "what is written after a copy() that failed makes an end clean again",
    async run(net) {
      for (const more of ["write", "closeWrite", "copy"] as const) {
        using ends = await pair(net);
        const conn = ends.client;
        await fromReset(net, (source) => copy(source, conn));
        if (more === "write") await conn.write(bytes("."));
        else if (more === "closeWrite") await conn.closeWrite();
        else {
          using other = await pair(net);
          await other.client.write(bytes("."));
          other.client.close();
          assertEquals(await copy(other.server, conn), 1);
        }
        conn.close();
        const got = new TextDecoder().decode(await readAll(ends.server));
        assertEquals(got, more === "closeWrite" ? "part part " : "part part .");
      }
    },
  },
  {
    name: "a copy() that its caller has stopped leaves an end clean",
    async run(net) {
      for (const way of ["timeoutMs", "signal", "close"] as const) {
        using ends = await pair(net);
        using other = await pair(net);
        const controller = new AbortController();
        await other.client.write(bytes("all"));
        const stopped = assertRejects(() =>
          copy(other.server, ends.client, {
            ...way === "timeoutMs" && { timeoutMs: 50 },
            ...way === "signal" && { signal: controller.signal },
          })
        );
        assertEquals(await readText(ends.server), "all");
        if (way === "close") other.server.close();
        controller.abort(new Error("stop"));
        await stopped;
        ends.client.close();
        assertEquals(await readText(ends.server), null);
      }
    },
  },
];

/** Resolves after some turns, in which a write may settle. */
async function settledSoon(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}

function over(
  kinds: Readonly<Record<string, Open>>,
  ways: typeof stops,
  look: (peer: Conn) => Promise<void>,
): Case[] {
  return Object.entries(kinds).flatMap(([kind, open]) =>
    Object.entries(ways).map(([way, stop]): Case => ({
      name: `${way} over ${kind} is no clean end`,
      needs: kind.includes("Unix") ? ["unix"] : [],
      async run(net) {
        using ends = await open(net);
        const looking = look(ends.peer);
        looking.catch(() => {});
        await stop(ends.conn, net);
        await looking;
      },
    }))
  );
}

/** Over plain connections the runtime has to be able to reset. */
async function assertNotClean(peer: Conn): Promise<void> {
  const canReset = peer.remoteAddr.transport === "tcp" &&
    missing("resetOnClose") === undefined;
  if (canReset) await assertRejects(() => toEnd(peer), errors.ConnectionReset);
  else await toEnd(peer);
}

/** Over TLS there is no close_notify, whatever the runtime can do. */
async function assertCutOff(peer: Conn): Promise<void> {
  const error = await assertRejects(() => toEnd(peer), errors.SocketError);
  assert(
    error instanceof errors.UnexpectedEof ||
      error instanceof errors.ConnectionReset,
    String(error),
  );
}

async function toEnd(peer: Conn): Promise<void> {
  while (await peer.readChunk({ timeoutMs: 9_000 }) !== null);
}
