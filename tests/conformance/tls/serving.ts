/**
 * Servers whose connections are over TLS.
 *
 * @module
 */
import type { Handler, ServeOptions, Server, TlsConn } from "@anyport/sockets";
import { assert, assertEquals } from "@std/assert";
import { certificates } from "../../certificates.ts";
import {
  assertSameBytes,
  bytes,
  pattern,
  readAll,
  readText,
  text,
} from "../bytes.ts";
import { type Case, type Net, to } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";
import { echo, echoed, ServerLog } from "../serve/server_log.ts";
import {
  assertEnds,
  connectWell,
  listenWell,
  withCertificates,
} from "./pair.ts";
import { only, TlsPeer } from "./peer.ts";

/** Cases of `serve` with a listener of TLS. */
export const tlsServing: readonly Case[] = withCertificates([
  {
    name:
      "serve() hands a TLS connection to its handler, whose handshake() tells",
    async run(net) {
      const listener = await listenWell(net, { alpnProtocols: ["echo"] });
      await using server = await net.serve(listener, async (conn) => {
        const info = await (conn as TlsConn).handshake();
        await conn.write(bytes(`${info.alpnProtocol} ${info.serverName}`));
      });
      for (let i = 0; i < 3; i++) {
        using conn = await connectWell(net, listener, {
          alpnProtocols: ["echo"],
        });
        assertEquals(text(await readAll(conn)), "echo localhost");
      }
      assertEquals(server.addr, listener.addr);
    },
  },
  {
    name:
      "serve() over TLS delivers all that a handler wrote, and ends in order",
    async run(net) {
      const sent = pattern(3_000_000);
      await using server = await served(net, async (conn) => {
        assertEquals(await readText(conn), "all of it");
        await conn.write(sent);
      });
      for (let i = 0; i < 3; i++) {
        using conn = await connectWell(net, server);
        await conn.write(bytes("all of it"));
        assertSameBytes(await readAll(conn), sent);
      }
    },
  },
  {
    name: "serve() over TLS survives clients that fail their handshake",
    async run(net) {
      const log = new ServerLog();
      await using server = await served(net, echo, log.hooks);
      const certs = await certificates();
      let failed = 0;
      for (let round = 0; round < 3; round++) {
        using plain = await RawPeer.connect(server);
        await plain.send(bytes("GET / HTTP/1.1\r\n\r\n"));
        await plain.end();
        await plain.readToEnd();
        using gone = await RawPeer.connect(server);
        await gone.end();
        await gone.readToEnd();
        using strict = await connectWell(net, server, {
          caCerts: [certs.otherCa],
        });
        await assertEnds(strict.handshake(), "InvalidData");
        using other = TlsPeer.connect(server, {
          ca: certs.otherCa,
          ...only("TLSv1.2"),
        });
        await other.secured.catch(() => failed++);
        using conn = await connectWell(net, server);
        assertEquals(text(await echoed(conn, bytes("hello"))), "hello");
        strict.close();
        await log.untilErrors(4 * (round + 1));
      }
      assertEquals(failed, 3);
      for (const error of log.errors) {
        await assertEnds(Promise.reject(error), [
          "InvalidData",
          "UnexpectedEof",
          "ConnectionReset",
        ]);
      }
      assert(server.stats().accepted >= 15);
    },
  },
  {
    name: "serve() over TLS is not held up by clients that say nothing",
    async run(net) {
      await using server = await served(net, echo);
      const silent = await Promise.all(
        Array.from({ length: 10 }, () => RawPeer.connect(server)),
      );
      using conn = await connectWell(net, server);
      assertEquals(text(await echoed(conn, bytes("hello"))), "hello");
      const over = server.shutdown({ graceMs: 0 });
      for (const peer of silent) {
        await peer.readToEnd();
        await peer.close();
      }
      await over;
    },
  },
  {
    name: "shutdown() of a server over TLS lets its handlers finish",
    async run(net) {
      const answer = pattern(500_000);
      let asked!: () => void;
      const question = new Promise<void>((resolve) => asked = resolve);
      await using server = await served(net, async (conn, { signal }) => {
        await readText(conn);
        asked();
        await new Promise((resolve) =>
          signal.addEventListener("abort", resolve)
        );
        await conn.write(answer);
      }, { graceMs: 20_000 });
      using conn = await connectWell(net, server);
      await conn.write(bytes("question"));
      await question;
      const over = server.shutdown();
      assertSameBytes(await readAll(conn), answer);
      conn.close();
      await over;
      assertEquals(server.stats().closed.done, 1);
      await assertRefusedAt(net, server);
    },
  },
]);

async function served(
  net: Net,
  handler: Handler,
  options: ServeOptions = {},
): Promise<Server> {
  const listener = await listenWell(net);
  return await net.serve(listener, handler, { graceMs: 0, ...options });
}

async function assertRefusedAt(net: Net, server: Server): Promise<void> {
  const outcome = await net.connect(to(server)).then(
    (conn) => conn.close(),
    (error) => error.code,
  );
  assertEquals(outcome, "ECONNREFUSED");
}
