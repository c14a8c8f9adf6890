/**
 * What weakens TLS from outside a program: environment variables and flags of the
 * runtimes.
 *
 * They may add roots where `caCerts` is absent, as `docs/reference/security.md`
 * says, and nothing else.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import { Child } from "./child.ts";
import { missing } from "./machine.ts";
import { noCertificates, pemForTests } from "./pem.ts";
import { onRuntimes, start } from "./program.ts";

const skip = noCertificates ?? missing("env");
const pem = pemForTests();

type Name = Runtime["name"];

const NODE: readonly Name[] = ["node20", "node22", "node24"];
const ALL: readonly Name[] = ["deno", ...NODE, "bun"];

/** A way to weaken TLS. */
interface Setting {
  readonly name: string;
  /** Environment variables; `{folder}` stands for that of the certificates. */
  readonly env: Readonly<Record<string, string>>;
  readonly denoFlags?: readonly string[];
  /** Where it can be tried; by default everywhere. */
  readonly on?: readonly Name[];
}

/** What one of the tests may find in its own environment, and is not to hand on. */
const CLEARED = [
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "NODE_EXTRA_CA_CERTS",
  "NODE_OPTIONS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_USE_SYSTEM_CA",
  "OPENSSL_CONF",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
];

/** A file with the root that vouches for `unknownCa`, and a folder with it alone. */
const FILE = "{folder}/otherCa.crt";
const FOLDER = "{folder}/roots";

/** Each adds a root on some runtimes. */
const ROOTS: readonly (Setting & { readonly adds: readonly Name[] })[] = [
  { name: "nothing", env: {}, adds: [] },
  { name: "SSL_CERT_FILE", env: { SSL_CERT_FILE: FILE }, adds: ["bun"] },
  { name: "SSL_CERT_DIR", env: { SSL_CERT_DIR: FOLDER }, adds: ["bun"] },
  {
    name: "NODE_EXTRA_CA_CERTS",
    env: { NODE_EXTRA_CA_CERTS: FILE },
    adds: ALL,
  },
  { name: "DENO_CERT", env: { DENO_CERT: FILE }, adds: ["deno"] },
  {
    name: "DENO_TLS_CA_STORE=system with SSL_CERT_FILE",
    env: { DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: FILE },
    adds: ["deno", "bun"],
  },
  {
    name: "--use-openssl-ca with SSL_CERT_FILE",
    env: { NODE_OPTIONS: "--use-openssl-ca", SSL_CERT_FILE: FILE },
    adds: [...NODE, "bun"],
  },
  {
    name: "--use-openssl-ca with SSL_CERT_DIR",
    env: { NODE_OPTIONS: "--use-openssl-ca", SSL_CERT_DIR: FOLDER },
    adds: [...NODE, "bun"],
  },
  {
    name: "--use-system-ca with SSL_CERT_FILE",
    env: { NODE_OPTIONS: "--use-system-ca", SSL_CERT_FILE: FILE },
    // Node 20 has no such flag, and does not start with it.
    on: ["deno", "node22", "node24", "bun"],
    adds: ["node22", "node24", "bun"],
  },
  {
    name: "NODE_USE_SYSTEM_CA=1 with SSL_CERT_FILE",
    env: { NODE_USE_SYSTEM_CA: "1", SSL_CERT_FILE: FILE },
    adds: ["node22", "node24", "bun"],
  },
];

/** Each tells a runtime to trust everybody. */
const EVERYBODY: readonly Setting[] = [
  {
    name: "NODE_TLS_REJECT_UNAUTHORIZED=0",
    env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
  },
  {
    name: "--unsafely-ignore-certificate-errors",
    env: {},
    denoFlags: ["--unsafely-ignore-certificate-errors"],
    on: ["deno"],
  },
  {
    name: "--unsafely-ignore-certificate-errors for the host",
    env: {},
    denoFlags: [
      "--unsafely-ignore-certificate-errors=localhost,other.test,127.0.0.1",
    ],
    on: ["deno"],
  },
];

/** Each asks for TLS that is not safe any more, or keeps from what is. */
const PROTOCOLS: readonly Setting[] = [
  {
    name: "--tls-cipher-list and --tls-min-v1.0",
    env: {
      NODE_OPTIONS:
        "--tls-cipher-list=ALL:eNULL:aNULL:@SECLEVEL=0 --tls-min-v1.0",
    },
  },
  { name: "--tls-max-v1.2", env: { NODE_OPTIONS: "--tls-max-v1.2" } },
  {
    name: "OPENSSL_CONF",
    env: {
      OPENSSL_CONF: "{folder}/weak.cnf",
      NODE_OPTIONS: "--openssl-shared-config",
    },
    on: NODE,
  },
];

/** Lets OpenSSL agree to everything, for programs that ask for nothing themselves. */
const WEAK_CONFIGURATION = `
openssl_conf = main
nodejs_conf = main
[main]
ssl_conf = all
[all]
system_default = weak
[weak]
MinProtocol = TLSv1
MaxProtocol = TLSv1.2
CipherString = ALL:eNULL:aNULL:@SECLEVEL=0
`;

Deno.test.beforeAll(async () => {
  if (skip !== undefined) return;
  await Deno.writeTextFile(`${pem.folder}/weak.cnf`, WEAK_CONFIGURATION);
  await Deno.mkdir(`${pem.folder}/roots`);
  // OpenSSL finds a root by the hash of its name.
  const { success, stdout } = await new Deno.Command("openssl", {
    args: ["x509", "-hash", "-noout", "-in", `${pem.folder}/otherCa.crt`],
  }).output();
  if (!success) throw new Error("Cannot tell the hash of a root's name");
  const hash = new TextDecoder().decode(stdout).trim();
  await Deno.copyFile(
    `${pem.folder}/otherCa.crt`,
    `${pem.folder}/roots/${hash}.0`,
  );
});

/** A server that a program is to verify. */
interface Attempt {
  readonly port: number;
  /** What the server has to be called. */
  readonly name: string;
  /** Whether `caCerts` is given. */
  readonly isGiven: boolean;
}

/** Starts `tls_verifies.mjs`. */
function verifying(
  runtime: Runtime,
  { env, denoFlags = [] }: Setting,
  attempts: readonly Attempt[],
): Child {
  const set = Object.entries(env).map(([name, value]) =>
    `${name}=${value.replace("{folder}", pem.folder)}`
  );
  const cleared = CLEARED.flatMap((name) => ["-u", name]);
  return start(
    runtime,
    "tls_verifies",
    [pem.folder, JSON.stringify(attempts)],
    {
      wrapper: ["env", ...cleared, ...set],
      denoFlags: ["-A", ...denoFlags],
    },
  );
}

/** A server: the certificate that it shows, and the name that it is asked for. */
const SERVERS = [
  ["server", "localhost"],
  ["server", "other.test"],
  ["expired", "localhost"],
  ["selfSigned", "localhost"],
  ["unknownCa", "localhost"],
  ["unknownCa", "other.test"],
] as const;

/** What each attempt comes to; `connectTls` and `startTls` agree. */
type Verdicts = Record<string, readonly string[]>;

async function verifyServers(
  runtime: Runtime,
  setting: Setting,
): Promise<{ child: Child; verdicts: Verdicts }> {
  using servers = new Servers();
  const attempts = [true, false].flatMap((isGiven) =>
    SERVERS.map(([shown, name]) => ({
      port: servers.listen(shown),
      name,
      isGiven,
    }))
  );
  const child = verifying(runtime, setting, attempts);
  try {
    const told = await child.tells<string[][]>("verdicts");
    const names = [true, false].flatMap((isGiven) =>
      SERVERS.map((server) => nameOf(server, isGiven))
    );
    return {
      child,
      verdicts: Object.fromEntries(names.map((name, i) => [name, told[i]])),
    };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

function nameOf(
  [shown, name]: typeof SERVERS[number],
  isGiven: boolean,
): string {
  return `${shown} as ${name}, caCerts ${isGiven ? "given" : "absent"}`;
}

/** All are refused but the right one, and one that a root was added for. */
function verdictsWhere(isAdded: boolean): Verdicts {
  const refused = ["InvalidData", "InvalidData"];
  const trusted = ["trusted", "trusted"];
  const verdicts = Object.fromEntries(
    [true, false].flatMap((isGiven) =>
      SERVERS.map((server) => [nameOf(server, isGiven), refused])
    ),
  );
  verdicts[nameOf(["server", "localhost"], true)] = trusted;
  if (isAdded) verdicts[nameOf(["unknownCa", "localhost"], false)] = trusted;
  return verdicts;
}

/** Servers of Deno's own, none of which asks for a certificate. */
class Servers {
  readonly #listeners: Deno.TlsListener[] = [];

  /** @returns The port */
  listen(shown: typeof SERVERS[number][0]): number {
    const listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      ...pem.certificates[shown],
    });
    this.#listeners.push(listener);
    serve(listener).catch(() => {
      // Closed with the test.
    });
    return listener.addr.port;
  }

  [Symbol.dispose](): void {
    for (const listener of this.#listeners) listener.close();
  }
}

async function serve(listener: Deno.TlsListener): Promise<void> {
  for await (const conn of listener) await talk(conn);
}

/** Until the other side, which may refuse this one, has gone. */
async function talk(conn: Deno.TlsConn): Promise<void> {
  try {
    await conn.handshake();
    await conn.read(new Uint8Array(1));
  } catch {
    // Refused.
  } finally {
    conn.close();
  }
}

/** Who comes to servers, and what those think where they require, and request. */
const CLIENTS = [
  ["client", "trusted", "trusted"],
  [undefined, "InvalidData", "let in"],
  ["clientUntrusted", "InvalidData", "let in"],
  ["clientSelfSigned", "InvalidData", "let in"],
  ["clientExpired", "InvalidData", "let in"],
  ["clientWrongUsage", "InvalidData", "let in"],
] as const;

/** Has clients come to the servers of a child. */
async function assertClientsVerified(child: Child): Promise<void> {
  const ports = [
    Number(await child.says("require")),
    Number(await child.says("request")),
  ];
  for (const [shown, ...expected] of CLIENTS) {
    for (const [at, port] of ports.entries()) {
      const conn = await Deno.connectTls({
        hostname: "localhost",
        port,
        caCerts: [pem.certificates.ca],
        ...shown && pem.certificates[shown],
      });
      await talk(conn);
      assertEquals(
        [shown, await child.says("verdict")],
        [shown, expected[at]],
      );
    }
  }
}

for (const setting of ROOTS) {
  onRuntimes(
    `A client trusts added roots where caCerts is absent at most, and a server none, with ${setting.name} set`,
    { skip, ...setting.on && { only: setting.on } },
    async (runtime) => {
      const { child, verdicts } = await verifyServers(runtime, setting);
      await using verifier = child;
      assertEquals(
        verdicts,
        verdictsWhere(setting.adds.includes(runtime.name)),
      );
      await assertClientsVerified(verifier);
    },
  );
}

for (const setting of EVERYBODY) {
  onRuntimes(
    `Clients and servers refuse what they refuse without it, with ${setting.name} set`,
    { skip, ...setting.on && { only: setting.on } },
    async (runtime) => {
      const { child, verdicts } = await verifyServers(runtime, setting);
      await using verifier = child;
      assertEquals(verdicts, verdictsWhere(false));
      await assertClientsVerified(verifier);
    },
  );
}

/** What peers offer, and whether one agrees. */
const OFFERS = [
  ["TLSv1_1", "ALL:@SECLEVEL=0", false],
  ["TLSv1_2", "eNULL:@SECLEVEL=0", false],
  ["TLSv1_2", "aNULL:!eNULL:@SECLEVEL=0", false],
  ["TLSv1_2", "ECDHE+AESGCM", true],
  ["TLSv1_3", "DEFAULT", true],
] as const;

for (const setting of PROTOCOLS) {
  onRuntimes(
    `Clients and servers agree to what they agree to without it, with ${setting.name} set`,
    { skip: skip ?? missing("python3"), ...setting.on && { only: setting.on } },
    async (runtime) => {
      await using peer = new Child({
        name: "tls_weak.py",
        command: "python3",
        args: [`${import.meta.dirname}/tls_weak.py`, pem.folder],
        listens: true,
      });
      const attempts: Attempt[] = [];
      for (const [version, ciphers] of OFFERS) {
        await peer.hear(`serve ${version} ${ciphers}`);
        const port = Number(await peer.says("done"));
        attempts.push({ port, name: "localhost", isGiven: true });
      }
      await using child = verifying(runtime, setting, attempts);
      const verdicts = await child.tells<string[][]>("verdicts");
      const port = await child.says("require");
      for (const [at, [version, ciphers, isSafe]] of OFFERS.entries()) {
        const offer = `${version} ${ciphers}`;
        const verdict = isSafe ? "trusted" : "InvalidData";
        assertEquals([offer, ...verdicts[at]], [offer, verdict, verdict]);
        await peer.hear(`visit ${offer} ${port}`);
        const agreed = await peer.says("done");
        assertEquals([offer, agreed !== "nothing"], [offer, isSafe]);
      }
    },
  );
}
