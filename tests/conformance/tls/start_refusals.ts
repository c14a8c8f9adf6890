/**
 * Connections that cannot be secured, or not now.
 *
 * @module
 */
import type {
  Conn,
  StartTlsClientOptions,
  StartTlsServerOptions,
} from "@anyport/sockets";
import { errors } from "@anyport/sockets";
import { assertEquals, assertRejects } from "@std/assert";
import { certificates } from "../../certificates.ts";
import { bytes, CLOGGING, pattern, readExactly, readText } from "../bytes.ts";
import { type Capability, type Case, type Net, pair } from "../case.ts";
import { assertEnds, assertTalk, tlsPair, withCertificates } from "./pair.ts";
import { type Role, ROLES, sidesOf, startBoth } from "./start_pair.ts";

/** Cases of `startTls`: what it refuses. */
export const tlsStartRefusals: readonly Case[] = withCertificates([
  ...ROLES.flatMap((role): Case[] => [
    ...refuses(
      role,
      "while a read waits, with EBUSY",
      async ({ net, conn, other, options }) => {
        const reading = readText(conn);
        reading.catch(() => {}); // Where startTls() takes it all the same.
        await assertCode("EBUSY", () => net.startTls(conn, options));
        await other.write(bytes("x"));
        assertEquals(await reading, "x");
      },
    ),
    ...refuses(
      role,
      "while a write waits, with EBUSY",
      async ({ net, conn, other, options }) => {
        const writing = conn.write(pattern(CLOGGING));
        writing.catch(() => {}); // As above.
        await assertCode("EBUSY", () => net.startTls(conn, options));
        await readExactly(other, CLOGGING);
        await writing;
      },
    ),
    ...refuses(
      role,
      "while bytes in the clear lie unread, with EPROTO",
      async ({ net, conn, other, options }) => {
        await other.write(bytes("250 injected\r\n"));
        // With a limit, since a runtime that pulls takes no more than it needs else.
        const p = new Uint8Array(1);
        assertEquals(await conn.read(p, { timeoutMs: 20_000 }), 1);
        const error = await assertRejects(
          () => net.startTls(conn, options),
          errors.InvalidData,
        );
        assertEquals([error.code, error.operation], ["EPROTO", "startTls"]);
        assertEquals(await readText(conn), "50 injected\r\n");
      },
    ),
    ...(["tcp", "unix", "tls"] as const).flatMap((below) =>
      refuses(
        role,
        `while bytes in the clear lie with the system, with EPROTO (${below})`,
        async ({ net, conn, other, options }) => {
          // Resolved, it is with the system: no read has asked for it yet.
          await other.write(bytes("250 injected\r\n"));
          const error = await assertRejects(
            () => net.startTls(conn, options),
            errors.InvalidData,
          );
          assertEquals([error.code, error.operation], ["EPROTO", "startTls"]);
          assertEquals(await readText(conn), "250 injected\r\n");
        },
        below,
      )
    ),
    ...refuses(
      role,
      "with options that make no sense",
      async ({ net, conn, options }) => {
        const wrong = [
          { ...options, role: "peer" },
          { ...options, alpnProtocols: [""] },
          { ...options, handshakeTimeoutMs: "soon" },
          "server",
        ];
        for (const options of wrong) {
          await assertRejects(
            () => net.startTls(conn, options as never),
            TypeError,
            "Cannot ",
            JSON.stringify(options),
          );
        }
      },
    ),
    ...refuses(
      role,
      "with a certificate that cannot be used, with EBADMSG",
      async ({ net, conn, options }) => {
        const { a, server } = await certificates();
        const pair = { cert: a.cert, key: server.key };
        const error = await assertRejects(
          () => net.startTls(conn, { ...options, ...pair }),
          errors.InvalidData,
        );
        assertEquals(error.code, "EBADMSG");
      },
    ),
    {
      name:
        `startTls() as a ${role} never takes bytes in the clear for secured ones`,
      async run(net) {
        using plain = await pair(net);
        const sides = await sidesOf();
        const [conn, other] = role === "client"
          ? [plain.client, plain.server]
          : [plain.server, plain.client];
        await other.write(bytes("250 injected\r\n"));
        // They may be here, with the system, or on their way.
        const outcome = await net.startTls(conn, sides[role]).catch((
          error,
        ) => error);
        const told = outcome instanceof Error
          ? Promise.reject(outcome)
          : readText(outcome);
        await assertEnds(told, "InvalidData");
        if (!(outcome instanceof Error)) outcome.close();
      },
    },
    {
      name:
        `startTls() as a ${role} rejects BadResource when close() is called before it is done`,
      async run(net) {
        using plain = await pair(net);
        const sides = await sidesOf();
        const starting = assertCode(
          "EBADF",
          () => net.startTls(plain[role], sides[role]),
        );
        plain[role].close();
        await starting;
      },
    },
    ended(role, "closed, with EBADF", "EBADF", (conn) => {
      conn.close();
    }),
    ended(role, "after closeWrite(), with EPIPE", "EPIPE", async (conn) => {
      await conn.closeWrite();
    }),
  ]),
  {
    name: "startTls() refuses what is no connection of this library",
    async run(net) {
      for (const wrong of [null, undefined, 5, {}, { read() {} }, new Map()]) {
        await assertRejects(
          () => net.startTls(wrong as never, clientSide),
          TypeError,
          "Cannot ",
        );
      }
    },
  },
]);

const clientSide: StartTlsClientOptions = { hostname: "localhost" };

/** What one end cannot do, after which the plain connection works as before. */
function refuses(
  role: Role,
  when: string,
  run: (given: {
    net: Net;
    conn: Conn;
    other: Conn;
    options: StartTlsClientOptions | StartTlsServerOptions;
  }) => Promise<void>,
  below: "tcp" | "unix" | "tls" = "tcp",
): Case[] {
  const needs: Record<typeof below, Capability[]> = {
    tcp: [],
    unix: ["unix"],
    tls: ["tlsWithinTls"],
  };
  return [{
    name:
      `startTls() as a ${role} refuses ${when}, and the connection works on`,
    needs: needs[below],
    async run(net) {
      using plain = below === "tls"
        ? await tlsPair(net)
        : await pair(net, below);
      const sides = await sidesOf();
      const [conn, other] = role === "client"
        ? [plain.client, plain.server]
        : [plain.server, plain.client];
      await run({ net, conn, other, options: sides[role] });
      await assertTalk(conn, other);
      const [client, server] = await startBoth(net, plain, sides);
      await assertTalk(client, server);
      client.close();
      server.close();
    },
  }];
}

function ended(
  role: Role,
  when: string,
  code: string,
  end: (conn: Conn) => Promise<void> | void,
): Case {
  return {
    name: `startTls() as a ${role} refuses a connection ${when}`,
    async run(net) {
      using plain = await pair(net);
      const sides = await sidesOf();
      await end(plain[role]);
      await assertCode(code, () => net.startTls(plain[role], sides[role]));
    },
  };
}

async function assertCode(
  code: string,
  run: () => Promise<unknown>,
): Promise<void> {
  const error = await assertRejects(run, errors.SocketError);
  assertEquals([error.code, error.operation], [code, "startTls"]);
}
