/**
 * Sends one query to a PostgreSQL server over TLS and prints the rows. Without TLS it
 * fails.
 *
 * It implements the required part of the protocol (version 3.0): SSLRequest,
 * authentication by SCRAM-SHA-256 (RFC 7677), and the simple query.
 *
 * Try it, with a server that has TLS, the certificate of its CA in ca.pem, and the
 * password in PGPASSWORD:
 *
 *     deno run --allow-net --allow-read --allow-env examples/postgres_tls.ts \
 *       --server localhost --user ann --database postgres --ca ca.pem \
 *       "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"
 *
 * `--port` selects another port than 5432. Without `--ca` the runtime's roots are
 * trusted.
 */
import { Buffer } from "node:buffer";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Conn, connect, startTls } from "@anyport/sockets";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string", default: "localhost" },
    port: { type: "string", default: "5432" },
    user: { type: "string", default: "postgres" },
    database: { type: "string", default: "postgres" },
    ca: { type: "string" },
  },
});

const SSL_REQUEST = new Uint8Array([0, 0, 0, 8, 4, 210, 22, 47]);
const VERSION_3 = [0, 3, 0, 0];
/** The codes of authentication messages. */
const OK = 0, SASL = 10, SASL_CONTINUE = 11, SASL_FINAL = 12;
const PATIENCE_MS = 60_000;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

try {
  using plain = await connect({
    hostname: values.server,
    port: Number(values.port),
    timeoutMs: PATIENCE_MS,
  });
  using conn = await secure(plain);
  await logIn(conn);
  await query(conn, positionals.join(" "));
  await send(conn, "X");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function secure(plain: Conn): Promise<Conn> {
  await plain.write(SSL_REQUEST);
  // Reads one byte only. Plaintext after it would be injected by an attacker
  // (CVE-2021-23222); startTls() rejects it.
  const answer = await exactly(plain, 1);
  if (answer.toString() !== "S") {
    throw new Error(`${values.server} has no TLS, and is told nothing without`);
  }
  return await startTls(plain, {
    hostname: values.server,
    ...values.ca && { caCerts: [await readFile(values.ca, "utf8")] },
  });
}

async function logIn(conn: Conn): Promise<void> {
  const { user, database } = values;
  const settings = strings("user", user, "database", database, "");
  await send(conn, "", Buffer.from([...VERSION_3, ...settings]));
  let { method, data } = await authentication(conn);
  if (method === SASL && data.includes("SCRAM-SHA-256\0")) {
    await prove(conn, process.env.PGPASSWORD ?? "");
    ({ method, data } = await authentication(conn));
  }
  if (method !== OK) throw new Error("The server wants another kind of login");
  // The server sends its settings, then ReadyForQuery.
  while ((await receive(conn)).type !== "Z");
}

/** Proves knowledge of the password to the peer, in both directions (RFC 5802). */
async function prove(conn: Conn, password: string): Promise<void> {
  const nonce = randomBytes(18).toString("base64");
  const asked = `n=,r=${nonce}`;
  const first = Buffer.from(`n,,${asked}`);
  const size = Buffer.from([0, 0, 0, first.length]);
  await send(conn, "p", strings("SCRAM-SHA-256"), size, first);

  const challenge = await authentication(conn);
  const found = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(challenge.data);
  if (challenge.method !== SASL_CONTINUE || !found?.[1].startsWith(nonce)) {
    throw new Error("The server's challenge is for another client");
  }
  const [, both, salt, rounds] = found;
  const answer = `c=biws,r=${both}`;
  const exchange = `${asked},${challenge.data},${answer}`;
  const secret = pbkdf2Sync(
    password,
    Buffer.from(salt, "base64"),
    Number(rounds),
    32,
    "sha256",
  );
  const key = hmac(secret, "Client Key");
  const mask = hmac(createHash("sha256").update(key).digest(), exchange);
  const proof = Buffer.from(key.map((byte, i) => byte ^ mask[i]));
  await send(conn, "p", Buffer.from(`${answer},p=${proof.toString("base64")}`));

  const final = await authentication(conn);
  const proven = hmac(hmac(secret, "Server Key"), exchange).toString("base64");
  if (final.method !== SASL_FINAL || final.data !== `v=${proven}`) {
    throw new Error("The server does not know the password itself");
  }
}

async function query(conn: Conn, sql: string): Promise<void> {
  await send(conn, "Q", strings(sql));
  for (;;) {
    const { type, body } = await receive(conn);
    if (type === "T") console.log(columns(body).join("\t"));
    else if (type === "D") console.log(row(body).join("\t"));
    else if (type === "Z") return;
    else if (type === "G") {
      throw new Error("There is nothing to COPY from here");
    }
  }
}

/** The names in a RowDescription; 18 bytes about the type follow each. */
function columns(body: Buffer): string[] {
  const names: string[] = [];
  for (let at = 2; at < body.length;) {
    const end = body.indexOf(0, at);
    names.push(body.toString("utf8", at, end));
    at = end + 19;
  }
  return names;
}

/** The values in a DataRow, in the format of COPY. */
function row(body: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 2; at < body.length;) {
    const size = body.readInt32BE(at);
    at += 4;
    if (size < 0) texts.push("\\N");
    else {
      texts.push(escaped(body.toString("utf8", at, at + size)));
      at += size;
    }
  }
  return texts;
}

/** Escapes tabs and line ends, which separate values, and terminal controls. */
function escaped(text: string): string {
  return text.replace(
    /[\\\p{Cc}]/gu,
    (it) => `\\x${it.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

async function authentication(
  conn: Conn,
): Promise<{ method: number; data: string }> {
  const { type, body } = await receive(conn);
  if (type !== "R") throw new Error(`This is no authentication: ${type}`);
  return { method: body.readInt32BE(0), data: body.toString("utf8", 4) };
}

/** The server's next message; notices are printed, and errors are thrown. */
async function receive(conn: Conn): Promise<{ type: string; body: Buffer }> {
  for (;;) {
    const head = await exactly(conn, 5);
    const type = head.toString("latin1", 0, 1);
    const size = head.readInt32BE(1) - 4;
    if (size < 0 || size > MAX_MESSAGE_BYTES) {
      throw new Error(`A message of ${size} bytes`);
    }
    const body = await exactly(conn, size);
    if (type !== "E" && type !== "N") return { type, body };
    // Each field starts with a letter: S is the severity, M the text.
    const fields = body.toString().split("\0");
    const [severity, text] = ["S", "M"].map((letter) =>
      escaped(fields.find((field) => field.startsWith(letter))?.slice(1) ?? "")
    );
    if (type === "E") throw new Error(`${severity}: ${text}`);
    console.error(`${severity}: ${text}`);
  }
}

async function send(
  conn: Conn,
  type: string,
  ...parts: Buffer[]
): Promise<void> {
  const size = Buffer.alloc(4);
  size.writeInt32BE(parts.reduce((sum, part) => sum + part.length, 4));
  await conn.write([Buffer.from(type), size, ...parts], {
    timeoutMs: PATIENCE_MS,
  });
}

async function exactly(conn: Conn, size: number): Promise<Buffer> {
  const p = Buffer.alloc(size);
  const limits = { timeoutMs: PATIENCE_MS, maxBytes: MAX_MESSAGE_BYTES };
  if (await conn.readExactly(p, limits) === null) {
    throw new Error(`${values.server} has hung up`);
  }
  return p;
}

/** NUL-terminated strings. */
function strings(...texts: string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\0`).join(""));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
