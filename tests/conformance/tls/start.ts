/**
 * Securing a connection that has been in use.
 *
 * @module
 */
import type { StartTlsClientOptions } from "@anyport/sockets";
import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { certificates } from "../../certificates.ts";
import {
  assertSameBytes,
  bytes,
  pattern,
  readAll,
  readExactly,
  readText,
} from "../bytes.ts";
import {
  type Capability,
  type Case,
  type Net,
  type Pair,
  pair,
  type Transport,
} from "../case.ts";
import { RawPeer } from "../raw_peer.ts";
import { assertEnds, assertTalk, withCertificates } from "./pair.ts";
import { ROLES, type Sides, sidesOf, startBoth } from "./start_pair.ts";

/** Cases of `startTls`. */
export const tlsStart: readonly Case[] = withCertificates([
  ...overBoth(
    "startTls() secures both ends after an exchange in the clear",
    async ({ net, plain, sides }) => {
      await assertTalk(plain.client, plain.server);
      const [client, server] = await startBoth(net, plain, sides);
      await assertTalk(client, server);
      const [ours, theirs] = await Promise.all([
        client.handshake(),
        server.handshake(),
      ]);
      assertEquals([ours.verified, ours.serverName], [true, "localhost"]);
      assertEquals(theirs.serverName, "localhost");
      const sent = pattern(300_000);
      const writing = client.write(sent).then(() => client.closeWrite());
      assertSameBytes(await readAll(server), sent);
      await writing;
      await server.write(bytes("late"));
      assertEquals(await readText(client), "late");
      client.close();
      server.close();
    },
  ),
  ...overBoth(
    "what was handed over to startTls() rejects BadResource, and keeps its addresses",
    async ({ net, plain, sides }) => {
      const [client, server] = await startBoth(net, plain, sides);
      for (const role of ROLES) {
        const conn = plain[role];
        const calls = [
          () => conn.read(new Uint8Array(1)),
          () => conn.readChunk(),
          () => conn.write(bytes("in the clear")),
          () => conn.closeWrite(),
          () => net.startTls(conn, sides[role]),
        ];
        for (const call of calls) {
          const error = await assertRejects(call, errors.BadResource);
          assertEquals(error.code, "EBADF");
        }
      }
      assertEquals(client.localAddr, plain.client.localAddr);
      assertEquals(server.remoteAddr, plain.server.remoteAddr);
      await assertTalk(client, server);
      client.close();
      server.close();
    },
  ),
  {
    name: "startTls() as a server takes a ClientHello that came early",
    async run(net) {
      using plain = await pair(net);
      const sides = await sidesOf();
      await plain.client.write(bytes("STARTTLS"));
      assertEquals(await readText(plain.server, 3), "STA");
      const client = await net.startTls(plain.client, sides.client);
      // Both lie in the stream now, the one behind the other.
      const rest = await readExactly(plain.server, 5);
      assertSameBytes(rest, bytes("RTTLS"));
      const server = await net.startTls(plain.server, sides.server);
      await assertTalk(client, server);
      await client.closeWrite();
      assertEquals(await readText(server), null);
      server.close();
      client.close();
    },
  },
  ...overBoth(
    "close() of what was handed over to startTls() closes the secured one",
    async ({ net, plain, sides }) => {
      const [client, server] = await startBoth(net, plain, sides);
      await assertTalk(client, server);
      plain.client.close();
      assertEquals(await readText(server), null);
      await assertRejects(() => readText(client), errors.BadResource);
      await assertRejects(() => client.write(bytes("x")), errors.BadResource);
      client.close();
      server.close();
    },
  ),
  ...overBoth(
    "reset() of what was handed over to startTls() breaks the secured one off",
    async ({ net, plain, sides }) => {
      const [client, server] = await startBoth(net, plain, sides);
      await assertTalk(client, server);
      plain.client.reset();
      await assertEnds(readText(server), ["ConnectionReset", "UnexpectedEof"]);
      await assertRejects(() => readText(client), errors.BadResource);
      client.close();
      server.close();
    },
  ),
  ...overBoth(
    "bytesRead and bytesWritten of a connection secured by startTls() count what is not encrypted",
    async ({ net, plain, sides }) => {
      await assertTalk(plain.client, plain.server);
      const [client, server] = await startBoth(net, plain, sides);
      await client.write(pattern(1000));
      await readExactly(server, 1000);
      assertEquals([client.bytesWritten, client.bytesRead], [1000, 0]);
      assertEquals([server.bytesWritten, server.bytesRead], [0, 1000]);
      client.close();
      server.close();
    },
  ),
  ...overBoth(
    "startTls() of a secured connection makes TLS within TLS",
    async ({ net, plain, sides }) => {
      const outer = await startBoth(net, plain, sides);
      await assertTalk(...outer);
      const [client, server] = await startBoth(net, {
        client: outer[0],
        server: outer[1],
      }, sides);
      await assertTalk(client, server);
      const sent = pattern(500_000);
      const writing = server.write(sent).then(() => server.close());
      assertSameBytes(await readAll(client), sent);
      await writing;
      await assertRejects(() => readText(outer[0]), errors.BadResource);
      client.close();
    },
    ["tlsWithinTls"],
  ),
  {
    name:
      "startTls() as a client expects the peer's IP address, unless told otherwise",
    async run(net) {
      const { server, a, otherIp, ca } = await certificates();
      const visits: [StartTlsClientOptions, typeof a, boolean][] = [
        [{}, server, true],
        [{}, otherIp, false],
        [{}, a, false],
        [{ hostname: "a.example.test" }, a, true],
        [{ hostname: "b.example.test" }, a, false],
        [{ hostname: "b.test", serverName: "a.example.test" }, a, true],
        [{ role: "client", serverName: "a.example.test" }, server, false],
      ];
      for (const [options, shown, isGood] of visits) {
        using plain = await pair(net);
        const [client, conn] = await startBoth(net, plain, {
          client: { caCerts: [ca], ...options },
          server: { role: "server", ...shown },
        });
        if (isGood) await assertTalk(client, conn);
        else await assertEnds(client.handshake(), "InvalidData");
        client.close();
        conn.close();
      }
    },
  },
  {
    name: "startTls() over a Unix socket needs the name of its peer",
    needs: ["unix"],
    async run(net) {
      using plain = await pair(net, "unix");
      const { caCerts } = (await sidesOf()).client;
      const error = await assertRejects(
        () => net.startTls(plain.client, { caCerts: caCerts! }),
        TypeError,
      );
      assert(error.message.includes("serverName"), error.message);
      await assertTalk(plain.client, plain.server);
    },
  },
  {
    name: "startTls() times out where the peer does not begin",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      const sides = await sidesOf();
      for (const role of ROLES) {
        using peer = await RawPeer.connect(listener);
        const plain = await listener.accept();
        using conn = await net.startTls(plain, {
          ...sides[role],
          handshakeTimeoutMs: 50,
        });
        await assertEnds(conn.handshake(), "TimedOut");
        await assertEnds(readText(conn), "TimedOut");
        await peer.readToEnd();
      }
    },
  },
]);

/** Over each kind of stream. */
function overBoth(
  name: string,
  run: (given: { net: Net; plain: Pair; sides: Sides }) => Promise<void>,
  needs: readonly Capability[] = [],
): Case[] {
  return (["tcp", "unix"] as Transport[]).map((over) => ({
    name: `${name} (${over})`,
    needs: over === "unix" ? [...needs, "unix"] : needs,
    async run(net) {
      using plain = await pair(net, over);
      await run({ net, plain, sides: await sidesOf() });
    },
  }));
}
