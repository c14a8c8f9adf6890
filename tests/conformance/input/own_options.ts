/**
 * Options are an object's own properties.
 *
 * `tests/process/pollution_test.ts` shows the same of `Object.prototype` itself.
 *
 * @module
 */
import type { TlsConn, TlsListener } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { certificates } from "../../certificates.ts";
import { bytes, readText } from "../bytes.ts";
import { type Case, pair, to } from "../case.ts";
import {
  assertEnds,
  assertServesTls,
  assertTalk,
  connectWell,
  listenWell,
  withCertificates,
} from "../tls/pair.ts";

/** The same properties, inherited. */
function inherited<T extends object>(options: T, own: object = {}): T {
  return Object.assign(Object.create(options), own);
}

/** The same properties, own but not enumerable. */
function hidden<T extends object>(options: T): T {
  const copy = {};
  for (const [name, value] of Object.entries(options)) {
    Object.defineProperty(copy, name, { value, enumerable: false });
  }
  return copy as T;
}

/** Cases of options. */
export const ownOptions: readonly Case[] = [
  {
    name: "options that are inherited are none, of any function",
    async run(net) {
      const local = { hostname: "127.0.0.1", port: 0 };
      const calls = [
        () => net.listen(inherited(local)),
        () => net.connect(inherited({ ...local, port: 9 })),
        () => net.listenDatagram(inherited(local)),
        () => net.connectDatagram(inherited({ ...local, port: 9 })),
        () => net.serve(inherited(local), () => {}),
      ];
      for (const call of calls) {
        const error = await assertRejects(call, TypeError);
        assert(error.message.includes("port undefined"), error.message);
      }
      // These make no sense, and are not looked at.
      const nonsense = {
        path: "/tmp/unused",
        backlog: -1,
        signal: 5,
        timeoutMs: -1,
        noDelay: "x",
        maxConnections: 0,
        graceMs: -1,
      };
      using listener = await net.listen(inherited(nonsense, local) as never);
      using client = await net.connect(
        inherited(nonsense, to(listener)) as never,
      );
      using server = await listener.accept(inherited(nonsense) as never);
      await client.write(bytes("ping"), inherited(nonsense) as never);
      assertEquals(await readText(server), "ping");
      const serving = await net.serve(
        inherited(nonsense, local) as never,
        () => {},
      );
      await serving.shutdown(inherited(nonsense) as never);
    },
  },
  {
    name: "getters of a class are no options",
    async run(net) {
      class Where {
        get port(): number {
          return 0;
        }
      }
      await assertRejects(() => net.listen(new Where()), TypeError);
    },
  },
  {
    name: "options that are own and not enumerable count, and are read once",
    async run(net) {
      let asked = 0;
      const where = {
        hostname: "127.0.0.1",
        get port() {
          return asked++ === 0 ? 0 : -1;
        },
      };
      using listener = await net.listen(where);
      assertEquals(asked, 1);
      using client = await net.connect(hidden(to(listener)));
      using server = await listener.accept();
      await client.write(bytes("ping"));
      assertEquals(await readText(server), "ping");
      await assertRejects(
        () => client.read(new Uint8Array(1), hidden({ timeoutMs: 0 })),
        Error,
        "timed out",
      );
    },
  },
  {
    name: "datagram targets and memberships are own properties, too",
    async run(net) {
      const local = { hostname: "127.0.0.1", port: 0 };
      using a = await net.listenDatagram(local);
      using b = await net.connectDatagram(
        { hostname: "127.0.0.1", port: (a.addr as { port: number }).port },
      );
      // Options of a socket with a peer, and not the address of another socket.
      await b.send(
        bytes("ping"),
        inherited({ hostname: "192.0.2.1", port: 9 }),
      );
      const [data] = await a.receive();
      assertEquals(data.byteLength, 4);
      await assertRejects(
        () => a.send(bytes("x"), inherited(a.addr, { hostname: "127.0.0.1" })),
        TypeError,
        "port undefined",
      );
    },
  },
  ...withCertificates([
    {
      name: "options of TLS that are inherited are none",
      async run(net) {
        const { otherCa, ca, wrongName, server, unknownCa } =
          await certificates();
        using wrong = await listenWell(net, wrongName);
        using unknown = await listenWell(net, unknownCa);
        using good = await net.listenTls(
          inherited(
            {
              clientAuth: "require" as const,
              caCerts: [],
              chooseCertificate: () => unknownCa,
              serverNames: { localhost: unknownCa },
              maxHandshakes: 0,
            },
            { hostname: "127.0.0.1", port: 0, ...server },
          ) as never,
        ) as TlsListener;
        const trusting = {
          unsafelyDisableHostnameVerification: true,
          caCerts: [otherCa, ca],
        };
        for (const listener of [wrong, unknown]) {
          using conn = await net.connectTls(
            inherited(trusting, {
              ...to(listener),
              caCerts: [ca],
              serverName: "localhost",
            }) as never,
          ) as TlsConn;
          using accepted = await listener.accept();
          void accepted;
          await assertEnds(conn.handshake(), "InvalidData");
        }
        await assertServesTls(net, good);
        using plain = await pair(net);
        const [client, secured] = await Promise.all([
          net.startTls(
            plain.client,
            inherited({ role: "server" as const }, {
              caCerts: [ca],
              serverName: "localhost",
            }) as never,
          ),
          net.startTls(plain.server, { role: "server", ...server }),
        ]);
        await assertTalk(client, secured);
        client.close();
        secured.close();
        await good.reload(inherited(unknownCa, server));
        using again = await connectWell(net, good);
        using accepted = await good.accept();
        await assertTalk(again, accepted);
      },
    },
  ]),
];
