import { getAvailablePort } from "@std/net";
import { assertEquals, assertMatch } from "@std/assert";
import { certificates, type Identity } from "../certificates.ts";
import { Child, type Exit } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import type { Runtime } from "../runtimes.ts";
import { onEach, start } from "./example.ts";
import { Files, userNamed } from "./files.ts";
import { Guest } from "./guest.ts";

/** The user that the server runs as, which refuses to be root's. */
const POSTGRES = Deno.uid() === 0 ? userNamed("postgres") : undefined;

/** Where the programs are: on Debian not where commands are looked for. */
const BIN = bin();

const NEEDS_POSTGRES = {
  skip: missing("openssl", "setpriv", `${BIN}initdb`) ??
    (Deno.uid() === 0 && POSTGRES === undefined
      ? "needs the user postgres"
      : undefined),
};

const PASSWORD = "correct horse";

function bin(): string {
  try {
    const root = "/usr/lib/postgresql";
    const versions = [...Deno.readDirSync(root)].map(({ name }) => name);
    const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
    if (newest !== undefined) return `${root}/${newest}/bin/`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return "";
}

/** A database server of Ann's, who comes over TLS and with a password. */
class Postgres implements AsyncDisposable {
  readonly port: number = getAvailablePort();
  readonly #files: Files;
  readonly #server: Child;

  private constructor(files: Files) {
    this.#files = files;
    const settings = {
      listen_addresses: "127.0.0.1",
      port: this.port,
      unix_socket_directories: "",
      hba_file: files.at("pg_hba.conf"),
      ssl: "on",
      ssl_cert_file: files.at("cert.pem"),
      ssl_key_file: files.at("key.pem"),
      lc_messages: "C",
      fsync: "off",
    };
    this.#server = program("postgres", [
      ...["-D", files.at("data")],
      ...Object.entries(settings).map(([name, is]) => `--${name}=${is}`),
    ]);
  }

  static async start({ cert, key }: Identity): Promise<Postgres> {
    const files = new Files({
      "cert.pem": cert,
      "key.pem": key,
      "password": PASSWORD,
      "pg_hba.conf": "hostssl all all 127.0.0.1/32 scram-sha-256\n",
    });
    if (POSTGRES !== undefined) files.give(POSTGRES);
    try {
      await using initdb = program("initdb", [
        ...["--pgdata", files.at("data"), "--no-sync", "--no-locale"],
        ...["--encoding", "UTF8", "--username", "ann"],
        ...["--auth", "scram-sha-256", "--pwfile", files.at("password")],
      ]);
      const { code, lines } = await initdb.exit();
      assertEquals(code, 0, lines.join("\n"));
    } catch (error) {
      files[Symbol.dispose]();
      throw error;
    }
    const postgres = new Postgres(files);
    const ready = "database system is ready to accept connections";
    try {
      while (!(await postgres.#server.line(ready)).includes(ready));
    } catch (error) {
      await postgres[Symbol.asyncDispose]();
      throw error;
    }
    return postgres;
  }

  /** Ends it as it wants to be ended; killed, it would leave shared memory behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      Deno.kill(this.#server.pid, "SIGINT");
      await this.#server.exit();
    } finally {
      await this.#server[Symbol.asyncDispose]();
      this.#files[Symbol.dispose]();
    }
  }
}

/** A program of PostgreSQL's, run by the user that it may be. */
function program(name: string, words: readonly string[]): Child {
  const command = [
    // Its log goes where lines are read from.
    ...["sh", "-c", 'exec "$@" 2>&1', "sh", `${BIN}${name}`],
    ...words,
  ];
  if (POSTGRES !== undefined) {
    const { uid, gid } = POSTGRES;
    const wrapper = `setpriv --reuid=${uid} --regid=${gid} --clear-groups`;
    command.unshift(...wrapper.split(" "));
  }
  const [first, ...args] = command;
  return new Child({ name, command: first, args, limitMs: 20_000 });
}

/** Ann, who asks, and trusts the authority. */
class Asker implements AsyncDisposable {
  readonly #files: Files;
  readonly #child: Child;

  constructor(
    runtime: Runtime,
    ca: string,
    { server = "127.0.0.1", port, password = PASSWORD, sql }: Question,
  ) {
    this.#files = new Files({ "ca.pem": ca });
    this.#child = start(runtime, "postgres_tls", [
      ...["--server", server, "--port", String(port), "--user", "ann"],
      ...["--ca", this.#files.at("ca.pem"), sql],
    ], { PGPASSWORD: password });
  }

  exit(): Promise<Exit> {
    return this.#child.exit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    this.#files[Symbol.dispose]();
  }
}

/** The question, and the server it is for. */
interface Question {
  readonly server?: string;
  readonly port: number;
  readonly password?: string;
  readonly sql: string;
}

onEach("postgres_tls asks PostgreSQL", async (runtime) => {
  const { ca, server } = await certificates();
  await using postgres = await Postgres.start(server);
  const { port } = postgres;
  const ask = async (sql: string, other: Partial<Question> = {}) => {
    await using asker = new Asker(runtime, ca, { port, sql, ...other });
    return await asker.exit();
  };
  const well = { code: 0, signal: null, stderr: "" };
  const sql =
    "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()";
  assertEquals(await ask(sql, { server: "localhost" }), {
    ...well,
    lines: ["ssl\tversion", "t\tTLSv1.3"],
  });

  const many = await ask(
    "select i, repeat('ä', i), null as no, e'\\t' from generate_series(1, 2000) i",
  );
  assertEquals([many.code, many.stderr], [0, ""]);
  assertEquals(many.lines[0], "i\trepeat\tno\t?column?");
  assertEquals(many.lines.length, 2001);
  assertEquals(many.lines[2000], `2000\t${"ä".repeat(2000)}\t\\N\t\\x09`);

  const noticed = await ask("do $$ begin raise notice 'Good morning'; end $$");
  assertEquals(noticed, {
    ...well,
    lines: [],
    stderr: "NOTICE: Good morning\n",
  });

  const wrong = await ask("select 1 / 0");
  assertEquals([wrong.code, wrong.stderr], [1, "ERROR: division by zero\n"]);

  const stranger = await ask("select 1", { password: "wrong" });
  assertEquals([stranger.code, stranger.stderr], [
    1,
    'FATAL: password authentication failed for user "ann"\n',
  ]);
}, NEEDS_POSTGRES);

onEach("postgres_tls tells no stranger anything", async (runtime) => {
  const { ca, unknownCa } = await certificates();
  await using postgres = await Postgres.start(unknownCa);
  const { port } = postgres;
  await using asker = new Asker(runtime, ca, { port, sql: "select 1" });
  const { code, lines, stderr } = await asker.exit();
  assertEquals([code, lines], [1, []]);
  assertMatch(stderr, /^Cannot .* \(EPROTO\)\n$/);
}, NEEDS_POSTGRES);

for (
  const [what, answer, told] of [
    ["no TLS", "N", /^127\.0\.0\.1 has no TLS, and is told nothing without\n$/],
    // AuthenticationOk, to be taken for a secured one.
    [
      "more to say in the clear",
      "SR\0\0\0\x08\0\0\0\0",
      /^Cannot .*\(EPROTO\)\n$/,
    ],
  ] as const
) {
  onEach(`postgres_tls asks nothing of who has ${what}`, async (runtime) => {
    const { ca } = await certificates();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    await using asker = new Asker(runtime, ca, { port, sql: "select 1" });
    using client = new Guest(await listener.accept());
    // As much of the SSLRequest as is ASCII.
    await client.hear("\0\0\0\x08\x04");
    await client.send(answer);
    await client.outlive();
    const { code, lines, stderr } = await asker.exit();
    assertEquals([code, lines], [1, []]);
    assertMatch(stderr, told);
  }, { skip: missing("openssl") });
}
