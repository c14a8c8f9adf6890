/**
 * What is given in place of bytes, and what errors say of it; and which errors are
 * worth another try.
 *
 * @module
 */
import { copy, errors, shutdownOnSignal } from "@anyport/sockets";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { certificates } from "../../certificates.ts";
import { bytes, readText } from "../bytes.ts";
import { type Case, type Net, pair, socketDirectory } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";
import { listenWell, tlsPair, withCertificates } from "../tls/pair.ts";

const LOCAL = { hostname: "127.0.0.1", port: 0 };

/** A value, what it is called, and the remedy. */
const values: readonly [value: unknown, what: string, remedy: string][] = [
  [new ArrayBuffer(4), "an ArrayBuffer", "new Uint8Array(buffer)"],
  [new SharedArrayBuffer(4), "an object", ""],
  [new Uint16Array(2), "a Uint16Array", "new Uint8Array(view.buffer, "],
  [new Int8Array(2), "a Int8Array", "new Uint8Array(view.buffer, "],
  [new DataView(new ArrayBuffer(4)), "a DataView", "new Uint8Array(view"],
  ["text", "a string", "new TextEncoder().encode(text)"],
  [new Blob(["x"]), "a Blob", "new Uint8Array(await blob.arrayBuffer())"],
  [5, "5", ""],
  [10n, "10n", ""],
  [null, "null", ""],
  [undefined, "undefined", ""],
  [() => {}, "a function", ""],
  [{ length: 1, 0: 1 }, "an object", ""],
  [revoked(), "an object", ""],
];

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Cases of what is given. */
export const given: readonly Case[] = [
  ...values.map(([value, what, remedy]): Case => ({
    name: `calls that take bytes say what ${what} is, and what to give`,
    async run(net) {
      using ends = await pair(net);
      using socket = await net.listenDatagram(LOCAL);
      const { client } = ends;
      const to = socket.addr;
      // A stream takes text, as UTF-8; a datagram socket does not.
      const writes: [string, () => Promise<unknown>][] = [
        [
          `Cannot write ${what}: give a Uint8Array`,
          () => client.write(value as never),
        ],
        [
          `Cannot write an array with ${what}: give Uint8Arrays`,
          () => client.write([bytes("x"), value as never]),
        ],
      ];
      const calls: [string, () => Promise<unknown>][] = [
        ...(typeof value === "string" ? [] : writes),
        [
          `Cannot read into ${what}: give a Uint8Array to fill`,
          () => client.read(value as never),
        ],
        [
          `Cannot send ${what}: give a Uint8Array`,
          () => socket.send(value as never, to),
        ],
      ];
      // These may also be options, or none.
      const mayBeOptions = value === undefined || what === "an object" ||
        what === "a Blob";
      if (!mayBeOptions) {
        calls.push([
          `Cannot receive into ${what}: give a Uint8Array`,
          () => socket.receive(value as never),
        ]);
      }
      for (const [message, call] of calls) {
        const error = await assertRejects(call, TypeError);
        assert(error.message.startsWith(message), error.message);
        // A text, or a blob, has no room to read into.
        const hasRoom = what === "an ArrayBuffer" || ArrayBuffer.isView(value);
        const expected = message.includes(" into ") && !hasRoom ? "" : remedy;
        assert(error.message.includes(expected), error.message);
      }
      await client.write(bytes("kept"));
      assertEquals(await readText(ends.server), "kept");
    },
  })),
  {
    name: "write() refuses an array with holes, and an array of arrays",
    async run(net) {
      using ends = await pair(net);
      // deno-lint-ignore no-sparse-arrays
      const holes = [bytes("a"), , bytes("b")];
      for (const wrong of [holes, [[bytes("a")]], [["a"]]]) {
        await assertRejects(
          () => ends.client.write(wrong as never),
          TypeError,
          "Cannot write an array with ",
        );
      }
      assertEquals(ends.client.bytesWritten, 0);
    },
  },
  {
    name: "copy() refuses ends that are none, and takes no byte",
    async run(net) {
      using ends = await pair(net);
      const { client, server } = ends;
      await client.write(bytes("kept"));
      for (const wrong of [null, undefined, "x", 5, {}, { write: 5 }]) {
        await assertRejects(
          () => copy(wrong as never, server),
          TypeError,
          "Cannot copy from ",
        );
        await assertRejects(
          () => copy(server, wrong as never),
          TypeError,
          "Cannot copy to ",
        );
      }
      assertEquals(await readText(server), "kept");
    },
  },
  {
    name:
      "startTls() and connectTls() say what came in place of what they take",
    async run(net) {
      for (const wrong of [null, undefined, "x", {}, new ArrayBuffer(1)]) {
        for (const options of [undefined, { serverName: "localhost" }]) {
          await assertRejects(
            () => net.startTls(wrong as never, options),
            TypeError,
            "give a connection of this library",
          );
        }
      }
      for (const wrong of ["8080", 8080, () => {}, null, undefined]) {
        for (const call of [net.connect, net.connectTls]) {
          await assertRejects(
            () => call(wrong as never),
            TypeError,
            "Cannot connect to ",
          );
        }
      }
      for (const wrong of [[], [8080], new Uint8Array(4)]) {
        for (
          const call of [
            net.listen,
            net.connect,
            net.connectTls,
            net.listenDatagram,
          ]
        ) {
          await assertRejects(
            () =>
              (call as (options: never) => Promise<unknown>)(wrong as never),
            TypeError,
            "give an object with options",
          );
        }
      }
    },
  },
  {
    name:
      "shutdownOnSignal() refuses what is no server, and setNoDelay() what is no switch",
    async run(net) {
      for (const wrong of [null, undefined, {}, "x", { shutdown() {} }]) {
        await assertRejects(
          () => shutdownOnSignal(wrong as never),
          TypeError,
          "give what serve() resolves to",
        );
      }
      using ends = await pair(net);
      for (const wrong of ["x", 1, null]) {
        assertThrows(
          () => ends.client.setNoDelay(wrong as never),
          TypeError,
          "noDelay",
        );
      }
    },
  },
  {
    name: "timeoutMs Infinity is no limit, of any call",
    async run(net) {
      const timeoutMs = Infinity;
      using listener = await net.listen(LOCAL);
      const accepting = listener.accept({ timeoutMs });
      using client = await net.connect({ ...listener.addr, timeoutMs });
      using server = await accepting;
      const p = new Uint8Array(4);
      const reading = server.read(p, { timeoutMs });
      await client.write(bytes("1234"), { timeoutMs });
      assertEquals(await reading, 4);
      const chunk = server.readChunk({ timeoutMs });
      await client.write([bytes("5"), bytes("6")], { timeoutMs });
      assertEquals((await chunk)!.byteLength, 2);
      await client.closeWrite();
      assertEquals(await copy(server, client, { timeoutMs }), 0);
      using socket = await net.listenDatagram(LOCAL);
      const receiving = socket.receive({ timeoutMs });
      await socket.send(bytes("x"), socket.addr, { timeoutMs });
      assertEquals((await receiving)[0].byteLength, 1);
    },
  },
  transient("connect() to a closed port", true, async (net) => {
    const listener = await net.listen(LOCAL);
    listener.close();
    await net.connect(listener.addr);
  }),
  transient("listen() on an address in use", false, async (net) => {
    using listener = await net.listen(LOCAL);
    await net.listen(listener.addr);
  }),
  transient("connect() to a path that is missing", false, async (net) => {
    using directory = socketDirectory();
    await net.connect({ path: `${directory.path}/none` });
  }),
  transient("a read past its time", true, async (net) => {
    using ends = await pair(net);
    await ends.server.readChunk({ timeoutMs: 1 });
  }),
  transient("a read of a connection that is reset", true, async (net) => {
    using listener = await net.listen(LOCAL);
    using peer = await RawPeer.connect(listener);
    using conn = await listener.accept();
    await peer.reset();
    await conn.readChunk();
  }),
  transient("a read after close()", false, async (net) => {
    using ends = await pair(net);
    ends.server.close();
    await ends.server.readChunk();
  }),
  transient("a read that close() interrupts", false, async (net) => {
    using ends = await pair(net);
    const reading = ends.server.readChunk();
    ends.server.close();
    await reading;
  }),
  transient("a write after closeWrite()", false, async (net) => {
    using ends = await pair(net);
    await ends.server.closeWrite();
    await ends.server.write(bytes("x"));
  }),
  ...withCertificates([
    transient("a certificate that is not trusted", false, async (net) => {
      using listener = await listenWell(net);
      using conn = await net.connectTls({
        ...listener.addr,
        caCerts: [(await certificates()).selfSigned.cert],
      } as never);
      using _accepted = await listener.accept();
      await conn.handshake();
    }),
    transient("a secured connection that is cut off", true, async (net) => {
      using ends = await tlsPair(net);
      await Promise.all([ends.client.handshake(), ends.server.handshake()]);
      ends.client.reset();
      await ends.server.readChunk();
    }),
  ]),
];

function transient(
  what: string,
  expected: boolean,
  fail: (net: Net) => Promise<unknown>,
): Case {
  return {
    name: `the error of ${what} is ${expected ? "" : "not "}transient`,
    needs: what.includes("path") ? ["unix"] : [],
    async run(net) {
      const error = await assertRejects(() => fail(net), errors.SocketError);
      assertEquals([error.code, error.transient], [error.code, expected]);
    },
  };
}
