/**
 * Anyport as the client of the dialogue (see ../dialogue.ts).
 *
 *     echo_client.mjs HOST PORT PAYLOAD EXCHANGES DIGITS
 */
import { connect } from "@anyport/sockets";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import process from "node:process";

const HEADER_BYTES = 8;
/** The sizes of the pieces that are written, again and again. */
const PIECES = [1, 7, 4096, 65536, 333, 100_000];
/**
 * A write that is going to wait. A peer that reads quickly may take a piece of
 * it while it is being written, but hardly all of them.
 */
const TOO_MUCH = Array(64).fill(new Uint8Array(64 * 1024 * 1024));

const [host, port, file, exchanges, digits] = process.argv.slice(2);
const payload = readFileSync(file);
const run = { E: echo, R: expectReset, H: expectResetAfterEnd, C: reset };

for (const exchange of exchanges) {
  const header = new TextEncoder().encode(`${exchange}${digits}\n`);
  const conn = await connect(
    host.startsWith("/")
      ? { path: host }
      : { hostname: host, port: Number(port) },
  );
  const verdict = await run[exchange](conn, header);
  conn.close();
  console.log(JSON.stringify({ exchange, ...verdict }));
}

/** Sends the request, and reads it again. */
async function echo(conn, header) {
  const request = Buffer.concat([header, payload]);
  const [{ received, end }] = await Promise.all([
    receive(conn),
    send(conn, request),
  ]);
  const identical = received.equals(request);
  return { received: received.length, identical, end };
}

async function send(conn, bytes) {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const piece = bytes.subarray(at, at + PIECES[i % PIECES.length]);
    at += await conn.write(piece);
  }
  await conn.closeWrite();
}

/** Has the server reset the connection. */
async function expectReset(conn, header) {
  await conn.write(Buffer.concat([header, payload.subarray(0, 56)]));
  const { received, end } = await receive(conn);
  return {
    received: received.length,
    identical: begins(received, header),
    end,
  };
}

async function expectResetAfterEnd(conn, header) {
  await conn.write(header);
  await conn.closeWrite();
  const { received, end } = await receive(conn);
  return {
    received: received.length,
    identical: begins(received, header),
    end,
  };
}

/** Resets the connection, by closing it while a write waits. */
async function reset(conn, header) {
  await conn.write(header);
  const { received } = await receive(conn, HEADER_BYTES);
  await conn.write(header);
  const waiting = conn.write(TOO_MUCH);
  conn.close();
  const end = await waiting.then(
    () => "A write resolved that was to be waiting",
    (error) => error.code === "EINTR" ? "reset" : error.code,
  );
  return {
    received: received.length,
    identical: begins(received, header),
    end,
  };
}

/** Reads until the connection ends, or `most` bytes have come. */
async function receive(conn, most = Infinity) {
  const p = new Uint8Array(Math.min(most, 16 * 1024));
  const pieces = [];
  let end = "more";
  for (let left = most; left > 0;) {
    let n;
    try {
      n = await conn.read(p.subarray(0, left));
    } catch (error) {
      end = error.code;
      break;
    }
    if (n === null) {
      end = "EOF";
      break;
    }
    pieces.push(p.slice(0, n));
    left -= n;
  }
  return { received: Buffer.concat(pieces), end };
}

function begins(received, header) {
  return received.subarray(0, HEADER_BYTES).equals(header);
}
