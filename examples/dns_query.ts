/**
 * Queries a name server for addresses or TXT records (RFC 1035).
 *
 * Datagrams may be lost, so the query is sent again after a timeout. If the answer is
 * too long for a datagram, the query is repeated over TCP.
 *
 * Try it, with a name server for example.test:
 *
 *     dnsmasq -d -p 5353 --no-resolv --address /example.test/127.0.0.7
 *     deno run --allow-net examples/dns_query.ts example.test
 *
 * `--server` and `--port` select another server, `--type` AAAA or TXT instead of A.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { connect, connectDatagram, errors } from "@anyport/sockets";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "5353" },
    type: { type: "string", default: "A" },
  },
});
const server = { hostname: values.server, port: Number(values.port) };
const TYPES: Record<string, number> = { A: 1, TXT: 16, AAAA: 28 };
const CODES = ["", "format error", "server failure", "no such name"];
const WAITS_MS = [500, 1000, 2000];

try {
  const type = TYPES[values.type];
  if (type === undefined) throw new Error(`No such type: ${values.type}`);
  const query = queryFor(positionals[0] ?? "example.test", type);
  const answer = await ask(query);
  for (const line of records(answer, type)) console.log(line);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function ask(query: Uint8Array): Promise<Uint8Array> {
  using socket = await connectDatagram(server);
  for (const timeoutMs of WAITS_MS) {
    await socket.send(query);
    try {
      const [answer] = await socket.receive({ timeoutMs });
      // Another id belongs to the answer to an earlier query.
      if (answer[0] !== query[0] || answer[1] !== query[1]) continue;
      const truncated = (answer[2] & 0x02) !== 0;
      return truncated ? await askOverTcp(query) : answer;
    } catch (error) {
      if (!(error instanceof errors.TimedOut)) throw error;
    }
  }
  throw new Error(`No answer from ${server.hostname}:${server.port}`);
}

/** Over TCP, a length precedes each message. */
async function askOverTcp(query: Uint8Array): Promise<Uint8Array> {
  console.error("It is too long for a datagram; asking over TCP");
  using conn = await connect({ ...server, timeoutMs: 5000 });
  const length = new Uint8Array([query.length >> 8, query.length & 255]);
  await conn.write([length, query]);
  const limits = { timeoutMs: 5000 };
  const head = await conn.readExactly(2, limits);
  const answer = head &&
    await conn.readExactly(head[0] << 8 | head[1], limits);
  if (answer === null) throw new Error("The server has left without an answer");
  return answer;
}

/** A query that requests recursion. */
function queryFor(name: string, type: number): Uint8Array {
  const id = crypto.getRandomValues(new Uint8Array(2));
  const labels = name.split(".").filter((label) => label !== "")
    .map((label) => new TextEncoder().encode(label));
  if (labels.some(({ length }) => length > 63)) {
    throw new Error(`A part of ${name} is too long`);
  }
  return new Uint8Array([
    ...[...id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    ...labels.flatMap((label) => [label.length, ...label]),
    ...[0, 0, type, 0, 1],
  ]);
}

/** The records of a type in an answer, as text. */
function* records(answer: Uint8Array, type: number): Iterable<string> {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  const code = answer[3] & 15;
  if (code !== 0) throw new Error(CODES[code] ?? `error ${code}`);
  let at = afterName(answer, 12) + 4;
  for (let left = view.getUint16(6); left > 0; left--) {
    at = afterName(answer, at);
    const length = view.getUint16(at + 8);
    const data = answer.subarray(at + 10, at + 10 + length);
    if (view.getUint16(at) === type) yield shown(data, type);
    at += 10 + length;
  }
}

/** The offset after a name, which ends with an empty label or a pointer. */
function afterName(message: Uint8Array, at: number): number {
  while (message[at] !== 0) {
    if (message[at] >= 0xc0) return at + 2;
    at += 1 + message[at];
  }
  return at + 1;
}

function shown(data: Uint8Array, type: number): string {
  if (type === TYPES.A) return data.join(".");
  if (type === TYPES.TXT) {
    return new TextDecoder().decode(data.subarray(1, 1 + data[0]));
  }
  const groups = [];
  for (let i = 0; i < data.length; i += 2) {
    groups.push((data[i] << 8 | data[i + 1]).toString(16));
  }
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
