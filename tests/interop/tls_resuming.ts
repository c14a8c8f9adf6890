/**
 * OpenSSL's client, which comes back to Anyport with the session it got before.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { AgentListener, Learned, Means, Steps } from "./tls_agent.ts";
import {
  type Bench,
  brief,
  type Name,
  SKIP,
  type TlsCase,
} from "./tls_bench.ts";
import {
  assertRefused,
  clientPrinted,
  ping,
  sClient,
  VERSIONS,
} from "./tls_openssl.ts";

const skip = SKIP.openssl;
const ECHO: Steps = [["handshake"], ["echo"]];
const FLAGS = ["-tls1_2", "-tls1_3"] as const;

/** What `sessionTickets` is, and what is to come of it, unless it is NotSupported. */
const TICKETS = [
  [undefined, "a client comes back with its session"],
  [false, "no session is resumed"],
  [true, "a session is resumed"],
] as const;

const tickets: TlsCase[] = FLAGS.flatMap((flag) =>
  TICKETS.map(([sessionTickets, title]): TlsCase => ({
    name:
      `openssl s_client ${flag} ↔ server with sessionTickets ${sessionTickets}: ${title}`,
    skip,
    async run(bench) {
      const { anyport, material: { pem } } = bench;
      await using listener = await anyport
        .listen({ ...pem.server, sessionTickets })
        .catch((error) => {
          if (!/^NotSupported ENOTSUP/.test(error.message)) throw error;
          return undefined;
        });
      if (listener === undefined) {
        assert(sessionTickets !== undefined);
        return;
      }
      const [first, again] = await visitTwice(bench, listener, [flag]);
      assertEquals(first.novelty, "New");
      if (sessionTickets === false) assertEquals(again.novelty, "New");
      else if (sessionTickets) assertEquals(again.novelty, "Reused");
    },
  }))
);

/** What a client shows where it is asked, and whether that is to be trusted. */
const SHOWN = {
  none: false,
  client: true,
  clientUntrusted: false,
} as const;

const TITLES = {
  none: "no certificate",
  client: "a good certificate",
  clientUntrusted: "an untrusted certificate",
};

const clients: TlsCase[] = FLAGS.flatMap((flag) =>
  (["request", "require"] as const).flatMap((clientAuth) =>
    (Object.keys(SHOWN) as (keyof typeof SHOWN)[])
      .filter((shown) => clientAuth === "request" || SHOWN[shown])
      .map((shown): TlsCase => ({
        name:
          `openssl s_client ${flag} ↔ server with clientAuth "${clientAuth}": ` +
          `who came with ${TITLES[shown]} is no other on coming back`,
        skip,
        async run(bench) {
          const { anyport, material } = bench;
          await using listener = await anyport.listen({
            ...material.pem.server,
            clientAuth,
            caCerts: [material.pem.ca],
          });
          const visits = await visitTwice(bench, listener, [
            flag,
            ...shown === "none" ? [] : certificateFlags(bench, shown),
          ]);
          for (const { info } of visits) {
            assertEquals(info && whoIs(bench, info), {
              version: VERSIONS[flag],
              certificate: shown === "none" ? null : shown,
              verified: SHOWN[shown],
            });
          }
        },
      }))
  )
);

/** The clients that a listener lets in, where the next one asks for clients of "ca". */
const LAXER: Record<string, Means> = {
  "asks for no certificate": {},
  "asks for a certificate": { clientAuth: "request", caCerts: "ca" },
  "trusts others": { clientAuth: "require", caCerts: "otherCa" },
};

const others: TlsCase[] = FLAGS.flatMap((flag) =>
  Object.entries(LAXER).flatMap(([title, laxer]) =>
    (["request", "require"] as const).map((clientAuth): TlsCase => ({
      name:
        `openssl s_client ${flag} ↔ server with clientAuth "${clientAuth}": ` +
        `no client is verified by a session of a server that ${title}`,
      skip,
      async run(bench) {
        const { anyport, material } = bench;
        const { server, ca } = material.pem;
        const flags = [flag, ...certificateFlags(bench, "clientUntrusted")];
        await using lax = await anyport.listen({
          ...server,
          ...laxer,
          ...laxer.caCerts !== undefined && {
            caCerts: [material.pem[laxer.caCerts as "ca" | "otherCa"]],
          },
        });
        const session = material.newFile();
        await visit(lax, [...flags, "-sess_out", session]);
        const means = { ...server, clientAuth, caCerts: [ca] };
        await using strict = await anyport.listen(means);
        flags.push(...await comingBackWith(session));
        if (clientAuth === "request") {
          const { info } = await visit(strict, flags);
          assertEquals(info?.verified, false);
        } else await assertRefused(strict, flags);
      },
    }))
  )
);

const reloaded: TlsCase[] = FLAGS.flatMap((flag) =>
  ([
    ["ca", "a client comes back after reload()"],
    [
      "otherCa",
      "a client does not come back after reload() with other caCerts",
    ],
  ] as const).map(([after, title]): TlsCase => ({
    name:
      `openssl s_client ${flag} ↔ server with clientAuth "require": ${title}`,
    skip,
    async run(bench) {
      const { anyport, material, material: { pem } } = bench;
      await using listener = await anyport.listen({
        ...pem.server,
        clientAuth: "require",
        caCerts: [pem.ca],
      });
      const session = material.newFile();
      const flags = [flag, ...certificateFlags(bench, "client")];
      await visit(listener, [...flags, "-sess_out", session]);
      await listener.reload({ ...pem.a, caCerts: [pem[after]] });
      flags.push(...await comingBackWith(session));
      if (after === "otherCa") {
        await assertRefused(listener, flags);
        return;
      }
      const { info } = await visit(listener, flags);
      assertEquals(info && whoIs(bench, info), {
        version: VERSIONS[flag],
        certificate: "client",
        verified: true,
      });
    },
  }))
);

/** All of them. */
export const resuming: TlsCase[] = [
  ...tickets,
  ...clients,
  ...others,
  ...reloaded,
];

/** A visit, and one more with the session of the first, if the server gave one. */
async function visitTwice(
  { material }: Bench,
  listener: AgentListener,
  flags: string[],
) {
  const session = material.newFile();
  const first = await visit(listener, [...flags, "-sess_out", session]);
  const again = await comingBackWith(session);
  return [first, await visit(listener, [...flags, ...again])] as const;
}

/** Without a ticket, nor an identifier, there is nothing to come back with. */
async function comingBackWith(session: string): Promise<string[]> {
  return await exists(session) ? ["-sess_in", session] : [];
}

async function visit(listener: AgentListener, flags: string[]) {
  await using client = sClient(listener.port, flags);
  const [report, isIn] = await Promise.all([
    listener.accept(ECHO),
    ping(client).then(async (isIn) => {
      await client.end();
      return isIn;
    }),
  ]);
  assert(isIn, client.output);
  assertEquals(brief(report).end, "EOF");
  return { info: report.info, novelty: clientPrinted(client.output).novelty };
}

function certificateFlags({ material }: Bench, name: Name): string[] {
  return ["-cert", material.file(name), "-key", material.file(name)];
}

function whoIs({ material }: Bench, info: Learned) {
  const { version, certificate, verified } = material.named(info);
  return { version, certificate, verified };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
