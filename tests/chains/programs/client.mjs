/**
 * Anyport's client on one path, connecting to a server of each case.
 *
 * The arguments are a path of `connections` below, and a file:
 *
 *     {"cases":[{"name":"…","host":"…","caCerts":["…"]}],"places":["1234",…]}
 *
 * `caCerts` may be missing. A line of JSON for each case says what became of it.
 */
import { connect, connectTls, startTls } from "@anyport/sockets";
import { readFile } from "node:fs/promises";
import process from "node:process";

/** How many connections there are at once. */
const LANES = 8;
/** Milliseconds after which a connection hangs. */
const LIMIT_MS = 8_000;

const [path, file] = process.argv.slice(2);
const { cases, places, outerCa } = JSON.parse(await readFile(file, "utf8"));

for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => {
    console.log(
      JSON.stringify({ name: "", uncaught: `${event}: ${error?.stack}` }),
    );
  });
}

/** How each path comes to a connection on which the handshake begins. */
const connections = {
  tcp13: (index, options) => connectTls({ ...tcp(places[index]), ...options }),
  tcp12: (index, options) => connectTls({ ...tcp(places[index]), ...options }),
  unix13: (index, options) => connectTls({ path: places[index], ...options }),
  async start13(index, options) {
    const plain = await connect(tcp(places[0]));
    return await startOver(plain, `${index} TLSv1.3\n`, options);
  },
  async start12(index, options) {
    const plain = await connect(tcp(places[0]));
    return await startOver(plain, `${index} TLSv1.2\n`, options);
  },
  async inner13(index, options) {
    const outer = await connectTls({
      ...tcp(places[0]),
      serverName: "outer.example",
      caCerts: [outerCa],
    });
    return await startOver(outer, `${index} TLSv1.3\n`, options);
  },
};

function tcp(port) {
  return { hostname: "127.0.0.1", port: Number(port) };
}

async function startOver(conn, line, options) {
  await conn.write(new TextEncoder().encode(line));
  for (let rest = 2; rest > 0;) {
    const n = await conn.read(new Uint8Array(rest));
    if (n === null) throw new Error("The server does not begin");
    rest -= n;
  }
  return await startTls(conn, options);
}

/** Reads and writes wait for the handshake, and must fail with it. */
async function attempt(index) {
  const { host, caCerts } = cases[index];
  const conn = await connections[path](index, { serverName: host, caCerts });
  try {
    const [shaken, read, written] = await Promise.allSettled([
      conn.handshake(),
      conn.readChunk(),
      conn.write(new TextEncoder().encode("ping")),
    ]);
    return {
      ...ended(shaken),
      verified: shaken.value?.verified,
      version: shaken.value?.version,
      received: read.value?.length ?? 0,
      written: written.status === "fulfilled",
    };
  } finally {
    conn.close();
  }
}

function ended({ status, reason }) {
  return status === "fulfilled"
    ? { trusted: true }
    : { trusted: false, ...described(reason) };
}

function described(error) {
  const { name, code, message } = error ?? {};
  return { error: `${name} ${code}`, message };
}

async function limited(index) {
  let timer;
  const limit = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ hangs: true }), LIMIT_MS);
  });
  try {
    return await Promise.race([attempt(index), limit]);
  } catch (error) {
    // Refused before there was a handshake.
    return { trusted: false, ...described(error) };
  } finally {
    clearTimeout(timer);
  }
}

const left = cases.keys();
await Promise.all(Array.from({ length: LANES }, async () => {
  for (const index of left) {
    console.log(JSON.stringify({
      name: cases[index].name,
      ...await limited(index),
    }));
  }
}));
// What a handshake that hangs has left open.
process.exitCode = 0;
setTimeout(() => process.exit(), 1_000).unref();
