/**
 * What scanners find wrong with secured servers: testssl.sh and sslscan.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { type Runtime, runtimes } from "../runtimes.ts";
import type { Child } from "./child.ts";
import { missing } from "./machine.ts";
import { noCertificates, pemForTests } from "./pem.ts";
import { onRuntimes, start } from "./program.ts";

const pem = pemForTests();

/** For each RSA certificates and those of an elliptic curve, a server. */
const KEYS = ["rsa", "server"] as const;

async function serves(
  runtime: Runtime,
  key: typeof KEYS[number],
): Promise<{ child: Child; port: string }> {
  const child = start(runtime, "tls_answers", [pem.folder, key]);
  try {
    return { child, port: await child.says("listening") };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

/** Runs a scanner; its report goes to a file. */
async function scan(command: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
  }).output();
  return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes))
    .join("\n");
}

/** What testssl.sh is asked for: protocols, ciphers, keys, certificate, and all known attacks. */
const SECTIONS = ["-p", "-s", "-f", "-P", "-S", "-U"];

/** One of them, as its JSON has it. */
interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

const HARMLESS = ["DEBUG", "INFO", "OK", "LOW"];

/** What it finds wrong with the certificates of tests, or cannot try. */
const EXPECTED: Readonly<Record<string, string>> = {
  cert_expirationStatus: "the tests' certificates live for a day",
  cert_notAfter: "the tests' certificates live for a day",
  cert_revocation: "the tests' authority revokes none, and says so nowhere",
  engine_problem: "OpenSSL has no GOST; nothing is said about the server",
  RC4: "OpenSSL has no RC4 to try; sslscan names every cipher",
  sessionresumption_ticket:
    "whether s_client is in time for the ticket; tests/interop resumes sessions",
};

/** What a runtime cannot be told. */
const EXPECTED_ON: Partial<
  Record<Runtime["name"], Readonly<Record<string, string>>>
> = {
  deno: {
    cipher_order:
      "rustls follows the client's order; sslscan sees that all ciphers are safe",
  },
};

/** A scan waits far more than it works, so those of all runtimes are made at once. */
const SCAN_LIMIT_MS = 240_000;

async function testssl(runtime: Runtime): Promise<readonly Finding[]> {
  const { child, port } = await serves(runtime, "rsa");
  await using _server = child;
  const folder = await Deno.makeTempDir({ prefix: "anyport-testssl-" });
  try {
    const report = `${folder}/report.json`;
    const said = await scan("testssl", [
      ...["--quiet", "--color=0", "--warnings=batch", "--fast"],
      ...["--ip=127.0.0.1", "--nodns=none", "--connect-timeout=10"],
      "--openssl-timeout=10",
      `--add-ca=${pem.folder}/ca.crt`,
      `--jsonfile=${report}`,
      ...SECTIONS,
      `localhost:${port}`,
    ]);
    try {
      return JSON.parse(await Deno.readTextFile(report));
    } catch (cause) {
      throw new Error(`testssl.sh leaves no report: ${said}`, { cause });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

test(
  "testssl.sh finds nothing above low wrong with a TlsListener of any runtime",
  {
    skip: noCertificates ?? missing("testssl"),
    limitMs: SCAN_LIMIT_MS,
  },
  async () => {
    const all = await runtimes();
    const reports = await Promise.all(all.map(testssl));
    const wrong = reports.map((findings, at) => ({
      runtime: all[at].name,
      // It has come to the end, and got through the handshakes.
      scanned: ["TLS1_2", "TLS1_3", "cert_chain_of_trust", "scanTime"].filter(
        (wanted) => findings.some(({ id }) => id === wanted),
      ).length === 4,
      wrong: findings
        .filter(({ id, severity }) =>
          !HARMLESS.includes(severity) && !Object.hasOwn(EXPECTED, id) &&
          !Object.hasOwn(EXPECTED_ON[all[at].name] ?? {}, id)
        )
        .map(({ id, severity, finding }) => `${severity} ${id}: ${finding}`),
    }));
    assertEquals(
      wrong,
      all.map(({ name }) => ({ runtime: name, scanned: true, wrong: [] })),
    );
  },
);

/** Ephemeral keys and AEAD; TLS 1.3 has nothing else. */
const SAFE_CIPHER = /^TLS_|^(EC)?DHE-.*-(GCM-SHA\d+|CCM|CHACHA20-POLY1305)$/;

for (const key of KEYS) {
  onRuntimes(
    `sslscan finds TLS 1.2 and 1.3 alone, with ephemeral keys and AEAD, on a TlsListener with the certificate "${key}"`,
    { skip: noCertificates ?? missing("sslscan") },
    async (runtime) => {
      const { child, port } = await serves(runtime, key);
      await using _server = child;
      const report = await Deno.makeTempFile({ prefix: "anyport-sslscan-" });
      try {
        await scan("sslscan", [
          `--xml=${report}`,
          "--sni-name=localhost",
          `127.0.0.1:${port}`,
        ]);
        const elements = elementsOf(await Deno.readTextFile(report));
        assertEquals(findingsOf(elements), {
          protocols: ["tls 1.2", "tls 1.3"],
          renegotiation: false,
          compression: false,
          heartbleed: false,
          unsafe: [],
        });
      } finally {
        await Deno.remove(report);
      }
    },
  );
}

/** An element without content of sslscan's XML. */
interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

function elementsOf(xml: string): Element[] {
  return [...xml.matchAll(/<(\w+)((?: [\w-]+="[^"]*")+)\s*\/>/g)].map((
    [, name, attributes],
  ) => ({
    name,
    attributes: Object.fromEntries(
      [...attributes.matchAll(/ ([\w-]+)="([^"]*)"/g)].map((
        [, key, value],
      ) => [key, value]),
    ),
  }));
}

function findingsOf(elements: readonly Element[]) {
  const named = (wanted: string) =>
    elements.filter(({ name }) => name === wanted)
      .map(({ attributes }) => attributes);
  const has = (name: string, attribute: string) =>
    named(name).some((attributes) => attributes[attribute] === "1");
  return {
    protocols: named("protocol").filter(({ enabled }) => enabled === "1")
      .map(({ type, version }) => `${type} ${version}`),
    renegotiation: has("renegotiation", "supported"),
    compression: has("compression", "supported"),
    heartbleed: has("heartbleed", "vulnerable"),
    unsafe: named("cipher").map(({ cipher }) => cipher)
      .filter((cipher) => !SAFE_CIPHER.test(cipher)),
  };
}
