/**
 * OpenSSL's client and server with Anyport: what is refused, and what happens
 * after the handshake.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Means, Steps } from "./tls_agent.ts";
import { type Bench, brief, SKIP, type TlsCase } from "./tls_bench.ts";
import { assertRefused, PING, ping, sClient, sServer } from "./tls_openssl.ts";
import type { Talker } from "./talker.ts";

const skip = SKIP.openssl;
const OLD = ["-cipher", "DEFAULT@SECLEVEL=0"];
const ECHO: Steps = [["handshake"], ["echo"]];

/** Flags of OpenSSL's end, Anyport's options: no version in common. */
const VERSIONS_APART: readonly [string[], Means?][] = [
  [["-tls1_1", ...OLD]],
  [["-tls1", ...OLD]],
  [["-tls1_2"], { minVersion: "TLSv1.3" }],
];

const versionsApart: TlsCase[] = VERSIONS_APART.flatMap(([flags, options]) => {
  const title = `${flags[0]} are refused` +
    (options === undefined ? "" : ` with minVersion ${options.minVersion}`);
  return [{
    name: `openssl s_client ↔ server: clients with ${title}`,
    skip,
    async run(bench) {
      await using listener = await listen(bench, options);
      const { cipher } = await assertRefused(listener, flags);
      assertEquals(cipher, "(NONE)");
    },
  }, {
    name: `openssl s_server ↔ client: servers with ${title}`,
    skip,
    async run(bench) {
      const { server, port } = await serverOf(bench, flags);
      await using _ = server;
      const { info, failed } = await bench.anyport.connect(
        trusting(bench, port, options),
        [["handshake"]],
      );
      assertEquals(info, undefined);
      assertEquals(failed?.error, "InvalidData EPROTO");
      assert(!/^CIPHER is/m.test(await server.end()));
    },
  }];
});

const renegotiation: TlsCase[] = [{
  name: "openssl s_client -tls1_2 ↔ server: a client renegotiates nothing",
  skip,
  async run(bench) {
    await using listener = await listen(bench);
    const flags = ["-tls1_2", "-state"];
    await using client = sClient(listener.port, flags);
    const report = listener.accept(ECHO);
    assert(await ping(client));
    await client.tell("R\n");
    await client.says(/^RENEGOTIATING$/m);
    await ping(client);
    const output = await client.end();
    assertEquals(output.match(/read finished$/gm)?.length, 1, output);
    // To go on or to end the connection is the choice of the end that refuses.
    const { failed } = await report;
    assert(
      failed === undefined ||
        ["InvalidData EPROTO", "UnexpectedEof EOF"].includes(failed.error),
      failed?.message,
    );

    await using next = sClient(listener.port, ["-tls1_2"]);
    const [after] = await Promise.all([
      listener.accept(ECHO),
      ping(next).then(async (isIn) => {
        assert(isIn);
        await next.end();
      }),
    ]);
    assertEquals(after.end, "EOF");
  },
}, {
  name: "openssl s_server -tls1_2 ↔ client: a server renegotiates nothing",
  skip,
  async run(bench) {
    const { server, port } = await serverOf(bench, ["-tls1_2", "-state"]);
    await using _ = server;
    const [{ failed }] = await Promise.all([
      bench.anyport.connect(trusting(bench, port), [
        ["handshake"],
        ["write", "ping\n"],
        ["readEnd"],
      ]),
      (async () => {
        await server.says(PING);
        await server.tell("r\n");
        await server.says(/write hello request$/m);
        // An alert, or the end.
        const answer = await server.said(
          /^.*(no renegotiation|client hello)$/m,
        );
        assert(!answer?.[0].endsWith("client hello"), "It renegotiates");
        await server.tell("Q\n");
        await server.end();
      })(),
    ]);
    assertEquals(failed, undefined);
  },
}];

/** s_client's and s_server's commands, and whether new keys are asked back for. */
const KEY_UPDATES = { k: "", K: ", and asks for the same" };
const TIMES = 3;

/** How often the peer has taken new keys, as it was asked to, or not. */
function assertAnswered({ output }: Talker, command: string): void {
  const answers = output.match(/read (client|server) key update$/gm) ?? [];
  assertEquals(answers.length, command === "K" ? TIMES : 0, output);
}

const keyUpdates: TlsCase[] = Object.entries(KEY_UPDATES).flatMap((
  [command, title],
): TlsCase[] => [{
  name: `openssl s_client -tls1_3 ↔ server: the client takes new keys${title}`,
  skip,
  async run(bench) {
    await using listener = await listen(bench);
    await using client = sClient(listener.port, ["-tls1_3", "-state"]);
    const report = listener.accept(ECHO);
    assert(await ping(client));
    for (let times = 0; times < TIMES; times++) {
      await updateKeys(client, command);
      assert(await ping(client), client.output);
    }
    await client.end();
    assertEquals(brief(await report).end, "EOF");
    assertAnswered(client, command);
  },
}, {
  name: `openssl s_server -tls1_3 ↔ client: the server takes new keys${title}`,
  skip,
  async run(bench) {
    const { server, port } = await serverOf(bench, ["-tls1_3", "-state"]);
    await using _ = server;
    const [report] = await Promise.all([
      bench.anyport.connect(trusting(bench, port), [
        ["handshake"],
        ["write", "ping\n"],
        ...Array(TIMES).fill([["read", 5], ["write", "ping\n"]]).flat(),
      ]),
      (async () => {
        await server.says(PING);
        for (let times = 0; times < TIMES; times++) {
          await updateKeys(server, command);
          await server.tell("pong\n");
          await server.says(PING);
        }
        await server.end();
        assertAnswered(server, command);
      })(),
    ]);
    assertEquals(report.failed, undefined);
    assertEquals(report.texts, Array(TIMES).fill("pong\n"));
  },
}]);

/** All of them. */
export const opensslCases: TlsCase[] = [
  ...versionsApart,
  ...renegotiation,
  ...keyUpdates,
];

function listen({ anyport, material: { pem } }: Bench, options: Means = {}) {
  return anyport.listen({ ...pem.server, ...options });
}

function serverOf(bench: Bench, flags: string[]) {
  const file = bench.material.file("server");
  return sServer(["-cert", file, "-key", file, ...flags]);
}

function trusting(
  { material: { pem } }: Bench,
  port: number,
  options: Means = {},
): Means {
  return { port, serverName: "localhost", caCerts: [pem.ca], ...options };
}

async function updateKeys(end: Talker, command: string): Promise<void> {
  await end.tell(`${command}\n`);
  await end.says(/write (client|server) key update$/m);
}
