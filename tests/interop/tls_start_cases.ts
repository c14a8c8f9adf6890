/**
 * Connections that begin in the clear and are secured later, with Python and
 * OpenSSL as the peers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Report, Steps } from "./tls_agent.ts";
import { type Bench, brief, SKIP, type TlsCase } from "./tls_bench.ts";
import { clientPrinted, ping, sClient } from "./tls_openssl.ts";
import {
  inBothVersions,
  meet,
  other,
  type Role,
  ROLES,
  skip,
} from "./tls_python.ts";

/** In the clear: a greeting, a question, and what the server says to it. */
const GREETING = "220 ready\n";
const QUESTION = "STARTTLS\n";
const ANSWER = "220 go\n";

const CLEAR: { readonly [role in Role]: Steps } = {
  server: [
    ["write", GREETING],
    ["read", QUESTION.length],
    ["write", ANSWER],
  ],
  client: [
    ["read", GREETING.length],
    ["write", QUESTION],
    ["read", ANSWER.length],
  ],
};
const HEARD = { server: [QUESTION], client: [GREETING, ANSWER] };

const secured: TlsCase[] = ROLES.map((role) => ({
  name: `python3 ${role} ↔ ${other(role)}: TLS begins after words in the clear`,
  skip,
  run: (bench) =>
    inBothVersions(async (version) => {
      const name = { serverName: "localhost" };
      const { python, anyport } = await meet(bench, role, {
        python: { version, ...role === "client" && name },
        anyport: { plain: true, ...role === "server" && name },
      }, {
        python: [
          ...CLEAR[role],
          ["handshake"],
          ["write", "ping\n"],
          ["read", 5],
          ["unwrap"],
        ],
        anyport: [
          ...CLEAR[other(role)],
          ["startTls"],
          ["handshake"],
          ["read", 5],
          ["write", "pong\n"],
          ["readEnd"],
        ],
      });
      assertEquals([python.failed, anyport.failed], [undefined, undefined]);
      assertEquals(python.texts, [...HEARD[role], "pong\n"]);
      assertEquals(anyport.texts, [...HEARD[other(role)], "ping\n", ""]);
      assertEquals(anyport.end, "EOF");
      const knowsName = role === "client" ? python : anyport;
      const server = knowsName.info && bench.material.named(knowsName.info);
      assertEquals(server?.certificate, "server");
    }),
}));

/** Words that an attacker in the middle adds, to be taken for secured ones. */
const INJECTED = "RSET\n";

const injected: TlsCase[] = ROLES.map((role) => ({
  name: `python3 ${role} ↔ ${
    other(role)
  }: what comes in the clear behind the last word is refused`,
  skip,
  async run(bench) {
    const last = role === "client" ? QUESTION : ANSWER;
    const { anyport } = await meet(bench, role, { anyport: { plain: true } }, {
      python: [
        ...CLEAR[role].map(([verb, value]) =>
          value === last
            ? [verb, last + INJECTED] as const
            : [verb, value] as const
        ),
        ["handshake"],
      ],
      anyport: [...CLEAR[other(role)], ["startTls"], ["handshake"], [
        "read",
        5,
      ]],
    });
    assertRefused(anyport);
  },
}));

/** Whether the runtime has taken in the bytes already or only its system. */
function assertRefused(report: Report): void {
  const { failed, texts } = brief(report);
  assert(
    failed === "startTls: InvalidData EPROTO" ||
      failed === "handshake: InvalidData EPROTO",
    failed,
  );
  assert(!texts.includes(INJECTED));
}

const smtp: TlsCase = {
  name:
    "openssl s_client -starttls smtp ↔ server: TLS begins after words in the clear",
  skip: SKIP.openssl,
  async run(bench: Bench) {
    const { material, material: { pem } } = bench;
    await using listener = await bench.anyport.listen({ plain: true });
    await using client = sClient(listener.port, [
      ...["-starttls", "smtp", "-name", "client.example"],
      ...["-CAfile", material.file("ca"), "-verify_return_error"],
      ...["-verify_hostname", "localhost"],
    ]);
    const [report, isIn] = await Promise.all([
      listener.accept([
        ["write", "220 mail.example ESMTP\r\n"],
        ["read", "EHLO client.example\r\n".length],
        ["write", "250-mail.example\r\n250 STARTTLS\r\n"],
        ["read", "STARTTLS\r\n".length],
        ["write", "220 go\r\n"],
        ["startTls", { role: "server", ...pem.server }],
        ["handshake"],
        ["echo"],
      ]),
      ping(client).then(async (isIn) => {
        await client.end();
        return isIn;
      }),
    ]);
    assert(isIn, client.output);
    assertEquals(clientPrinted(client.output).certificate, "server");
    assertEquals(report.texts, ["EHLO client.example\r\n", "STARTTLS\r\n"]);
    assertEquals(report.end, "EOF");
  },
};

/** All of them. */
export const startCases: TlsCase[] = [...secured, ...injected, smtp];
