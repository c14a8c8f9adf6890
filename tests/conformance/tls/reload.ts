/**
 * Servers of TLS that get new certificates while they listen.
 *
 * @module
 */
import type { errors, TlsCredentials } from "@anyport/sockets";
import { assertEquals, assertRejects } from "@std/assert";
import { certificates } from "../../certificates.ts";
import type { Case } from "../case.ts";
import {
  assertEnds,
  assertFirst,
  assertServesTls,
  assertTalk,
  connectWell,
  listenWell,
  tlsPair,
  withCertificates,
} from "./pair.ts";
import { assertShows, garbage } from "./shown.ts";

/** Cases of `TlsListener.reload`. */
export const tlsReload: readonly Case[] = withCertificates([
  {
    name:
      "reload() gives later TLS clients the new certificate, and leaves earlier ones alone",
    async run(net) {
      const { server, renewed } = await certificates();
      using ends = await tlsPair(net);
      await assertTalk(ends.client, ends.server);
      assertFirst(
        (await ends.client.handshake()).peerCertificates,
        server.cert,
      );
      await ends.listener.reload(renewed);
      await assertShows(net, ends.listener, { "localhost": renewed });
      await assertTalk(ends.client, ends.server);
      await assertTalk(ends.server, ends.client);
      await ends.listener.reload(server);
      await assertShows(net, ends.listener, { "localhost": server });
    },
  },
  {
    name: "reload() of TLS replaces what it is given, and keeps the rest",
    async run(net) {
      const { server, renewed, a, b } = await certificates();
      using listener = await listenWell(net, {
        serverNames: { "a.example.test": a },
      });
      await listener.reload(renewed);
      await assertShows(net, listener, {
        "localhost": renewed,
        "a.example.test": a,
      });
      await listener.reload({ serverNames: { "b.example.test": b } });
      await assertShows(net, listener, {
        "localhost": renewed,
        "b.example.test": b,
      });
      using client = await connectWell(net, listener, {
        serverName: "a.example.test",
      });
      using _conn = await listener.accept();
      await assertEnds(client.handshake(), "InvalidData");
      await listener.reload({ chooseCertificate: () => server });
      await assertShows(net, listener, {
        "localhost": server,
        "b.example.test": b,
      });
    },
  },
  {
    name: "reload() changes whose TLS clients are trusted",
    async run(net) {
      const certs = await certificates();
      using listener = await listenWell(net, {
        clientAuth: "require",
        caCerts: [certs.ca],
      });
      await assertServesTls(net, listener, certs.client);
      await listener.reload({ caCerts: [certs.otherCa] });
      await assertServesTls(net, listener, certs.clientUntrusted);
      using client = await connectWell(net, listener, certs.client);
      using conn = await listener.accept();
      await assertEnds(conn.handshake(), "InvalidData");
      await assertEnds(client.read(new Uint8Array(1)), [
        "InvalidData",
        "UnexpectedEof",
        "ConnectionReset",
      ]);
    },
  },
  {
    name: "reload() of TLS rejects what cannot be used, and the old stays",
    async run(net) {
      const { server, a } = await certificates();
      using listener = await listenWell(net);
      const unusable: TlsCredentials[] = [
        garbage,
        { cert: a.cert, key: server.key },
        { cert: a.cert },
        { key: a.key },
        { serverNames: { "a.example.test": garbage } },
        { serverNames: { "a.example.test": { ...a, key: server.key } } },
      ];
      for (const credentials of unusable) {
        const error = await assertRejects(
          () => listener.reload(credentials),
          Error,
        );
        // Half a pair may be taken for a mistake of the program.
        const isHalf = credentials.serverNames === undefined &&
          (credentials.cert === undefined || credentials.key === undefined);
        if (!(isHalf && error instanceof TypeError)) {
          assertEquals(error.name, "InvalidData");
          assertEquals((error as errors.InvalidData).code, "EBADMSG");
        }
        await assertShows(net, listener, { "localhost": server });
      }
      const wrong = [null, "x", { cert: 5, key: 5 }, { serverNames: 5 }];
      for (const credentials of wrong) {
        await assertRejects(
          () => listener.reload(credentials as never),
          TypeError,
        );
      }
      await assertShows(net, listener, { "localhost": server });
    },
  },
]);
