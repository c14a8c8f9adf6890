/**
 * Stores and fetches values of a memcached server, by its text protocol: lines, and
 * blocks of a known size.
 *
 * Try it, with a server on this machine:
 *
 *     deno run --allow-net examples/memcached_client.ts greeting=hello
 *     deno run --allow-net examples/memcached_client.ts greeting
 *
 * `--server` and `--port` select another address than localhost, port 11211. The keys
 * without a value are fetched by one request.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type Conn, connect } from "@anyport/sockets";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string", default: "localhost" },
    port: { type: "string", default: "11211" },
  },
});

const PATIENCE = { timeoutMs: 10_000 };
/** The server's default limit of a value. */
const MAX_VALUE_BYTES = 1024 * 1024;

try {
  using conn = await connect({
    hostname: values.server,
    port: Number(values.port),
    ...PATIENCE,
  });
  const keys: string[] = [];
  for (const word of positionals) {
    const at = word.indexOf("=");
    if (at === -1) keys.push(word);
    else await store(conn, word.slice(0, at), word.slice(at + 1));
  }
  if (keys.length > 0) {
    const found = await fetchAll(conn, keys);
    for (const key of keys) console.log(key, found.get(key) ?? "(none)");
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function store(conn: Conn, key: string, text: string): Promise<void> {
  checkKey(key);
  const bytes = new TextEncoder().encode(text);
  await conn.write([`set ${key} 0 0 ${bytes.byteLength}\r\n`, bytes, "\r\n"]);
  const answer = await receiveLine(conn);
  if (answer !== "STORED") throw new Error(`The server says ${answer}`);
}

async function fetchAll(
  conn: Conn,
  keys: readonly string[],
): Promise<Map<string, string>> {
  keys.forEach(checkKey);
  await conn.write(`get ${keys.join(" ")}\r\n`);
  const found = new Map<string, string>();
  for (;;) {
    const line = await receiveLine(conn);
    if (line === "END") return found;
    const [, key, size] = /^VALUE (\S+) \d+ (\d{1,7})$/.exec(line) ?? [];
    if (key === undefined) throw new Error(`The server says ${line}`);
    const block = await conn.readExactly(Number(size) + 2, {
      maxBytes: MAX_VALUE_BYTES + 2,
      ...PATIENCE,
    });
    if (block === null) throw new Error("The server closed the connection");
    found.set(key, new TextDecoder().decode(block.subarray(0, -2)));
  }
}

async function receiveLine(conn: Conn): Promise<string> {
  const line = await conn.readLine({ maxBytes: 2048, ...PATIENCE });
  if (line === null) throw new Error("The server closed the connection");
  return line;
}

/** A key with a space or an end of line would be another command. */
function checkKey(key: string): void {
  if (/^[!-~]{1,250}$/.test(key)) return;
  throw new Error(`${JSON.stringify(key)} is no key: use printable ASCII`);
}
