/**
 * Anyport as the server of the dialogue (see ../dialogue.ts).
 *
 *     echo_server.mjs HOST
 */
import { listen } from "@anyport/sockets";
import { Buffer } from "node:buffer";
import process from "node:process";

const HEADER_BYTES = 8;
/**
 * A write that is going to wait. A peer that reads quickly may take a piece of
 * it while it is being written, but hardly all of them.
 */
const TOO_MUCH = Array(64).fill(new Uint8Array(64 * 1024 * 1024));

const [host] = process.argv.slice(2);
const listener = await listen(
  host.startsWith("/") ? { path: host } : { hostname: host, port: 0 },
);
console.log(JSON.stringify(listener.addr));
for await (const conn of listener) {
  serve(conn).catch(console.error).finally(() => conn.close());
}

async function serve(conn) {
  const header = await readHeader(conn);
  const exchange = String.fromCharCode(header[0]);
  if (exchange === "E") await echo(conn, header);
  else if (exchange === "R") await reset(conn, header);
  else if (exchange === "H") await resetAfterEnd(conn, header);
  else await expectReset(conn, header);
}

async function readHeader(conn) {
  const header = new Uint8Array(HEADER_BYTES);
  for (let filled = 0; filled < header.length;) {
    const n = await conn.read(header.subarray(filled));
    if (n === null) throw new Error("The client ended within its header");
    filled += n;
  }
  return header;
}

/** Sends back all that comes, the last piece after the end. */
async function echo(conn, header) {
  let held = header;
  for (;;) {
    const chunk = await conn.readChunk();
    await conn.write(held);
    if (chunk === null) return;
    held = chunk;
  }
}

/** Resets the connection, by closing it while a write waits. */
async function reset(conn, header) {
  await conn.write(header);
  const waiting = conn.write(TOO_MUCH);
  conn.close();
  await waiting.then(() => {
    throw new Error("A write resolved that was to be waiting");
  }, (error) => {
    if (error.code !== "EINTR") throw error;
  });
}

async function resetAfterEnd(conn, header) {
  while (await conn.readChunk() !== null);
  await reset(conn, header);
}

/** Reads until the connection ends, and says how it does. */
async function expectReset(conn, header) {
  await conn.write(Buffer.concat(Array(8).fill(header)));
  let received = 0;
  let end = "EOF";
  try {
    for (let chunk; (chunk = await conn.readChunk()) !== null;) {
      received += chunk.length;
    }
  } catch (error) {
    end = error.code;
  }
  const digits = String.fromCharCode(...header.subarray(1, 7));
  console.log(JSON.stringify({ digits, received, end }));
}
