/**
 * Values that throw when they are looked at, signals that are none, and a console
 * that throws.
 *
 * @module
 */
import { copy } from "@anyport/sockets";
import { Socket } from "@anyport/sockets/berkeley";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes, readText, text } from "../bytes.ts";
import { type Case, type Net, pair, to } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";
import { echo, echoed, ServerLog, serving } from "../serve/server_log.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0 };

function revoked(target: object): never {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy as never;
}

function throwing(): never {
  throw new Error("looked at");
}

/** Values to put in the place of each argument. */
const values: Readonly<Record<string, () => never>> = {
  "a revoked proxy": () => revoked({}),
  "a revoked proxy of a function": () => revoked(() => {}),
  "a revoked proxy of bytes": () => revoked(new Uint8Array(1)),
  "an object whose getters throw": () =>
    Object.defineProperties({}, {
      port: { get: throwing, enumerable: true },
      path: { get: throwing, enumerable: true },
      signal: { get: throwing, enumerable: true },
      hostname: { get: throwing, enumerable: true },
    }) as never,
  "a proxy whose traps throw": () =>
    new Proxy({}, {
      get: throwing,
      has: throwing,
      ownKeys: throwing,
      getPrototypeOf: throwing,
      getOwnPropertyDescriptor: throwing,
    }) as never,
  "a symbol": () => Symbol("x") as never,
  "a bigint": () => 10n as never,
  "null": () => null as never,
  "a function": () => (() => {}) as never,
  "an object that is no primitive": () =>
    ({ [Symbol.toPrimitive]: throwing, toString: throwing }) as never,
};

/** Signals that are none. */
const signals: Readonly<Record<string, () => unknown>> = {
  "an empty object": () => ({}),
  "one that says it is aborted": () => ({
    aborted: true,
    addEventListener() {},
    removeEventListener() {},
  }),
  "one whose addEventListener throws": () => ({
    aborted: false,
    throwIfAborted() {},
    addEventListener: throwing,
    removeEventListener() {},
  }),
  "one without removeEventListener": () => ({
    aborted: false,
    throwIfAborted() {},
    addEventListener() {},
  }),
  "an object made of the prototype": () => Object.create(AbortSignal.prototype),
  "a revoked proxy": () => revoked(new AbortController().signal),
  "an EventTarget": () => new EventTarget(),
};

/** Every call that takes a signal. */
function limited(net: Net, signal: AbortSignal, ends: Ends) {
  const { listener, client, server } = ends;
  const p = new Uint8Array(1);
  return [
    () => net.listen({ ...LOCAL, signal }),
    () => net.connect({ ...to(listener), signal } as never),
    () => net.listenDatagram({ ...LOCAL, signal }),
    () => net.connectDatagram({ ...LOCAL, port: 9, signal }),
    () => net.serve({ ...LOCAL, signal }, echo),
    () => listener.accept({ signal }),
    () => client.read(p, { signal }),
    () => client.readChunk({ signal }),
    () => client.write(p, { signal }),
    () => copy(client, server, { signal }),
  ];
}

type Ends = Awaited<ReturnType<typeof pair>>;

/** Cases of hostile values. */
export const hostileValues: readonly Case[] = [
  ...Object.entries(values).map(([what, make]): Case => ({
    name: `every call rejects, and none throws, when it is given ${what}`,
    async run(net) {
      using ends = await pair(net);
      using socket = await net.listenDatagram(LOCAL);
      using classic = new Socket();
      const { listener, client } = ends;
      const p = new Uint8Array(1);
      const calls: (() => Promise<unknown>)[] = [
        () => net.listen(make()),
        () => net.connect(make()),
        () => net.listenTls(make()),
        () => net.connectTls(make()),
        () => net.startTls(make()),
        () => net.listenDatagram(make()),
        () => net.connectDatagram(make()),
        () => net.serve(make(), echo),
        () => socket.send(make(), socket.addr),
        () => socket.send(p, make()),
        () => client.write(make()),
        () => client.write([make()]),
        () => client.read(make()),
        () => copy(make(), client),
        () => classic.bind(make()),
        () => classic.connect(make()),
      ];
      if (!what.includes("function")) {
        calls.push(() => net.serve(LOCAL, make()));
      }
      // These take what has no names of its own for no options.
      if (what !== "an object that is no primitive") {
        calls.push(
          () => client.read(p, make()),
          () => client.readChunk(make()),
          () => client.write(p, make()),
          () => listener.accept(make()),
          () => socket.receive(make()),
          () => socket.send(p, socket.addr, make()),
        );
      }
      for (const call of calls) {
        let calling: Promise<unknown>;
        try {
          calling = call();
        } catch (error) {
          throw new Error(`${call} throws`, { cause: error });
        }
        assert(calling instanceof Promise, String(call));
        await assertRejects(() => calling);
      }
      // Nothing has come of them.
      await client.write(bytes("as it was"));
      assertEquals(await readText(ends.server), "as it was");
    },
  })),
  ...Object.entries(signals).map(([what, make]): Case => ({
    name: `every call refuses ${what} in place of a signal`,
    async run(net) {
      using ends = await pair(net);
      for (const call of limited(net, make() as AbortSignal, ends)) {
        const error = await assertRejects(call, TypeError);
        assert(error.message.includes("give an AbortSignal"), error.message);
      }
    },
  })),
  {
    name: "a signal of another kind works, if it has all that makes one",
    async run(net) {
      using ends = await pair(net);
      const { signal, abort } = polyfilled();
      const waiting = ends.client.readChunk({ signal }).catch((error) => error);
      const accepting = ends.listener.accept({ signal }).catch((error) =>
        error
      );
      abort("stop");
      assertEquals([await waiting, await accepting], ["stop", "stop"]);
      assertEquals(
        await ends.client.readChunk({ signal }).catch((error) => error),
        "stop",
      );
    },
  },
  {
    name: "a console that throws ends neither the server nor the process",
    async run(net) {
      const log = new ServerLog();
      const { error } = console;
      console.error = throwing;
      try {
        await using server = await serving(net, async (conn, info) => {
          if (await readText(conn, 1) === "x") throw new Error("handler");
          await echo(conn, info);
        }, {
          onEvent(event) {
            log.hooks.onEvent!(event);
            throw new Error("hook");
          },
        });
        using peer = await RawPeer.connect(server);
        await peer.send(bytes("x"));
        await peer.readToEnd();
        await log.until("close failed");
        using conn = await net.connect(to(server));
        await conn.write(bytes("y"));
        assertEquals(text(await echoed(conn, bytes("on"))), "on");
      } finally {
        console.error = error;
      }
    },
  },
  {
    name: "shutdown() rejects what makes no sense, and the server goes on",
    async run(net) {
      await using server = await serving(net, echo);
      for (const graceMs of [-1, NaN, "5"]) {
        await assertRejects(() =>
          server.shutdown({ graceMs: graceMs as number })
        );
      }
      using conn = await net.connect(to(server));
      assertEquals(text(await echoed(conn, bytes("on"))), "on");
    },
  },
];

/** A signal as a library makes one that knows of no other. */
function polyfilled() {
  const listeners = new Set<() => void>();
  const state = { aborted: false, reason: undefined as unknown };
  const signal = {
    get aborted() {
      return state.aborted;
    },
    get reason() {
      return state.reason;
    },
    throwIfAborted() {
      if (state.aborted) throw state.reason;
    },
    addEventListener(_type: string, listener: () => void) {
      listeners.add(listener);
    },
    removeEventListener(_type: string, listener: () => void) {
      listeners.delete(listener);
    },
  };
  const abort = (reason: unknown) => {
    Object.assign(state, { aborted: true, reason });
    for (const listener of listeners) listener();
  };
  return { signal: signal as unknown as AbortSignal, abort };
}
