/**
 * Sends commands to a Redis server, all in one write (pipelining), and prints the
 * replies. It implements RESP2 and RESP3, the protocols of Redis, without a buffer of
 * its own.
 *
 * Try it, with a server on this machine:
 *
 *     deno run --allow-net examples/redis_client.ts "SET greeting hello" "GET greeting"
 *     deno run --allow-net examples/redis_client.ts --resp3 --messages 2 "SUBSCRIBE news"
 *
 * `--server` and `--port` select another address than localhost, port 6379. After the
 * replies, `--messages` many published messages are awaited.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type Conn, connect } from "@anyport/sockets";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string", default: "localhost" },
    port: { type: "string", default: "6379" },
    messages: { type: "string", default: "0" },
    resp3: { type: "boolean", default: false },
  },
});

type Reply =
  | string
  | number
  | bigint
  | boolean
  | null
  | Error
  | Reply[]
  | Map<Reply, Reply>;

const PATIENCE_MS = 60_000;
/** The limit of Redis itself for a string. */
const MAX_STRING_BYTES = 512 * 1024 * 1024;
const MAX_ELEMENTS = 1024 * 1024;
const MAX_DEPTH = 32;

try {
  using conn = await connect({
    hostname: values.server,
    port: Number(values.port),
    timeoutMs: PATIENCE_MS,
  });
  const commands = positionals.map((command) => command.split(" "));
  if (values.resp3) commands.unshift(["HELLO", "3"]);
  await conn.write(commands.flatMap(piecesOf));
  if (values.resp3) await receive(conn);
  const replies = positionals.length + Number(values.messages);
  for (let i = 0; i < replies; i++) {
    console.log(shown(await receive(conn)));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** A command: an array of strings, each behind its length in bytes. */
function piecesOf(words: string[]): (string | Uint8Array)[] {
  return [
    `*${words.length}\r\n`,
    ...words.flatMap((word) => {
      const bytes = new TextEncoder().encode(word);
      return [`$${bytes.byteLength}\r\n`, bytes, "\r\n"];
    }),
  ];
}

/** Receives one reply. The first byte of its line is its type. */
async function receive(conn: Conn, depth = 0): Promise<Reply> {
  if (depth > MAX_DEPTH) throw new Error("The reply is nested too deeply");
  const line = await conn.readLine({ timeoutMs: PATIENCE_MS });
  if (line === null) throw new Error("The server has closed the connection");
  const value = line.slice(1);
  switch (line[0]) {
    case "+":
      return value;
    case "-":
      return new Error(value);
    case ":":
    case ",":
      return Number(value);
    case "(":
      return BigInt(value);
    case "#":
      return value === "t";
    case "_":
      return null;
    case "$":
      return value === "-1" ? null : await receiveString(conn, value);
    case "!":
      return new Error(await receiveString(conn, value));
    case "=":
      // "txt:" comes first.
      return (await receiveString(conn, value)).slice(4);
    case "*":
    case "~":
    case ">":
      return value === "-1" ? null : await receiveArray(conn, value, depth);
    case "%": {
      const pairs = await receiveArray(conn, value, depth, 2);
      const map = new Map<Reply, Reply>();
      for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
      return map;
    }
    default:
      throw new Error(`No reply begins with ${JSON.stringify(line[0])}`);
  }
}

async function receiveString(conn: Conn, length: string): Promise<string> {
  const size = count(length, MAX_STRING_BYTES);
  // CRLF is behind it.
  const bytes = await conn.readExactly(size + 2, {
    maxBytes: MAX_STRING_BYTES + 2,
    timeoutMs: PATIENCE_MS,
  });
  if (bytes === null) throw new Error("The server has closed the connection");
  return new TextDecoder().decode(bytes.subarray(0, size));
}

async function receiveArray(
  conn: Conn,
  length: string,
  depth: number,
  each = 1,
): Promise<Reply[]> {
  const elements: Reply[] = [];
  for (let left = count(length, MAX_ELEMENTS) * each; left > 0; left--) {
    elements.push(await receive(conn, depth + 1));
  }
  return elements;
}

function count(digits: string, most: number): number {
  const number = /^\d+$/.test(digits) ? Number(digits) : Infinity;
  if (number <= most) return number;
  throw new Error(`The reply has the length ${JSON.stringify(digits)}`);
}

function shown(reply: Reply): string {
  if (reply instanceof Error) return `(error) ${reply.message}`;
  if (Array.isArray(reply)) return `[${reply.map(shown).join(", ")}]`;
  if (reply instanceof Map) {
    const pairs = [...reply].map((pair) => pair.map(shown).join(": "));
    return `{${pairs.join(", ")}}`;
  }
  if (typeof reply !== "string") return String(reply);
  return reply.length > 1000
    ? `(a string of ${reply.length})`
    : JSON.stringify(reply);
}
