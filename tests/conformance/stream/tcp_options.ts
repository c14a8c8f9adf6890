/**
 * TCP_NODELAY and SO_KEEPALIVE: that they take effect, and where.
 *
 * @module
 */
import { type Conn, errors } from "@anyport/sockets";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { readFileSync } from "node:fs";
import { bytes, readText } from "../bytes.ts";
import { type Case, type Net, type Pair, pair } from "../case.ts";

/** Cases of the options of a TCP connection. */
export const tcpOptions: readonly Case[] = [
  {
    name:
      "setNoDelay() and setKeepAlive() take effect on TCP, and are refused after close()",
    async run(net) {
      using ends = await pair(net);
      for (const conn of [ends.client, ends.server]) {
        conn.setNoDelay();
        conn.setNoDelay(false);
        conn.setNoDelay(true);
        conn.setKeepAlive();
        conn.setKeepAlive(false);
      }
      await ends.client.write(bytes("x"));
      assertEquals(await readText(ends.server), "x");
      ends.client.close();
      assertThrows(() => ends.client.setNoDelay(), errors.BadResource);
      assertThrows(() => ends.client.setKeepAlive(), errors.BadResource);
    },
  },
  {
    name: "setKeepAlive() refuses a delay that is no whole number of seconds",
    async run(net) {
      using ends = await pair(net);
      for (const delayMs of [0, 500, 1500, -1000, NaN, 2 ** 31]) {
        assertThrows(() => ends.client.setKeepAlive({ delayMs }), RangeError);
      }
      for (const wrong of ["1000", undefined]) {
        assertThrows(
          () =>
            ends.client.setKeepAlive({ delayMs: wrong as unknown as number }),
          TypeError,
        );
      }
    },
  },
  {
    name: "setNoDelay() and setKeepAlive() throw NotSupported on a path",
    needs: ["unix"],
    async run(net) {
      using ends = await pair(net, "unix");
      for (const conn of [ends.client, ends.server]) {
        const error = assertThrows(
          () => conn.setNoDelay(),
          errors.NotSupported,
        );
        assertEquals(error.code, "ENOTSUP");
        assertThrows(() => conn.setKeepAlive(true), errors.NotSupported);
      }
    },
  },
  {
    name: "small writes are not held back for the peer's acknowledgement",
    async run(net) {
      using ends = await pair(net);
      const { client, server } = ends;
      for (
        const turned of [{ client, server }, { client: server, server: client }]
      ) {
        const tookMs = await exchange(turned, 50);
        assert(tookMs < 50 * 20, `${tookMs} ms for 50 rounds`);
      }
    },
  },
  {
    name: "small writes are held back with noDelay: false, on either end",
    needs: ["linux"],
    async run(net) {
      using ends = await pairWith(net, { noDelay: false });
      // A round waits for a delayed acknowledgement, 40 ms on Linux.
      const { client, server } = ends;
      for (
        const turned of [{ client, server }, { client: server, server: client }]
      ) {
        const tookMs = await exchange(turned, 10);
        assert(tookMs > 100, `only ${tookMs} ms for 10 rounds`);
        turned.client.setNoDelay();
        const fastMs = await exchange(turned, 10);
        assert(fastMs < 100, `${fastMs} ms for 10 rounds`);
      }
    },
  },
  {
    name:
      "keepAlive of listen() and connect() takes effect, and is off unless given",
    needs: ["linux"],
    async run(net) {
      for (const keepAlive of [true, false, undefined]) {
        using ends = await pairWith(net, { keepAlive });
        for (const conn of [ends.client, ends.server]) {
          assertEquals(keepAliveMs(conn) !== undefined, keepAlive === true);
        }
      }
    },
  },
  {
    name: "setKeepAlive() turns the probes on and off",
    needs: ["linux"],
    async run(net) {
      using ends = await pair(net);
      for (const conn of [ends.client, ends.server]) {
        for (const on of [true, false, true]) {
          conn.setKeepAlive(on);
          assertEquals(keepAliveMs(conn) !== undefined, on);
        }
      }
    },
  },
  {
    name: "setKeepAlive({ delayMs }) sets when the first probe is sent",
    needs: ["linux", "keepAliveDelay"],
    async run(net) {
      using ends = await pair(net);
      for (const conn of [ends.client, ends.server]) {
        for (const delayMs of [30_000, 600_000]) {
          conn.setKeepAlive({ delayMs });
          const left = keepAliveMs(conn)!;
          assert(
            left <= delayMs + 1000 && left > delayMs - 5000,
            `${left} ms left of ${delayMs}`,
          );
        }
      }
    },
  },
];

/** Both ends of a connection with the same options. */
async function pairWith(
  net: Net,
  options: { noDelay?: boolean; keepAlive?: boolean | undefined },
): Promise<Disposable & Pick<Pair, "client" | "server">> {
  const listener = await net.listen({
    hostname: "127.0.0.1",
    port: 0,
    ...options,
  });
  const [client, server] = await Promise.all([
    net.connect({ port: listener.addr.port, ...options }),
    listener.accept(),
  ]);
  listener.close();
  return {
    client,
    server,
    [Symbol.dispose]() {
      client.close();
      server.close();
    },
  };
}

/**
 * Two small writes, and an answer to the second: the pattern that waits where
 * TCP_NODELAY is off.
 *
 * @returns How long so many rounds took, in milliseconds.
 */
async function exchange(
  { client, server }: Pick<Pair, "client" | "server">,
  rounds: number,
): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < rounds; i++) {
    await client.write(bytes("a"));
    await client.write(bytes("b"));
    while (!(await readText(server))!.includes("b"));
    await server.write(bytes("ok"));
    await readText(client);
  }
  return performance.now() - began;
}

/** Milliseconds until Linux sends the next probe; `undefined` if it sends none. */
function keepAliveMs({ localAddr, remoteAddr }: Conn): number | undefined {
  const port = (addr: Conn["localAddr"]) =>
    (addr as { port: number }).port.toString(16).toUpperCase().padStart(4, "0");
  const line = readFileSync("/proc/net/tcp", "latin1").split("\n").find((
    line,
  ) => line.includes(`:${port(localAddr)} 0100007F:${port(remoteAddr)} `));
  assert(line !== undefined, "the connection is not in /proc/net/tcp");
  // "tr:tm->when": which timer runs (02 is that of the probes), and for how
  // long, in hundredths of a second.
  const [timer, when] = line.trim().split(/\s+/)[5].split(":");
  return timer === "02" ? parseInt(when, 16) * 10 : undefined;
}
