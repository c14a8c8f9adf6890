/**
 * Anyport's end of secured connections: does what its standard input tells it,
 * and answers, a line of JSON each (see ../tls_agent.ts).
 *
 *     {"id":1,"do":"listen","plain":false,"options":{…}}
 *     {"id":2,"do":"accept","listener":1,"steps":[["handshake"],["echo"]]}
 *     {"id":3,"do":"connect","plain":false,"options":{…},"steps":[…]}
 *     {"id":4,"do":"reload","listener":1,"options":{…}}
 *     {"id":5,"do":"close","listener":1}
 *
 * The answer to `listen` has the port; those to `accept` and `connect` come when
 * the steps are done or one has failed, and the connection is closed.
 */
import {
  connect,
  connectTls,
  listen,
  listenTls,
  startTls,
} from "@anyport/sockets";
import { Buffer } from "node:buffer";
import process from "node:process";
import { createInterface } from "node:readline";

/** Milliseconds that a client gets to come. */
const ACCEPT_MS = 10_000;

const listeners = new Map();

const actions = {
  async listen({ id, plain, options }) {
    const where = { hostname: "127.0.0.1", port: 0, ...options };
    const listener = await (plain ? listen : listenTls)(where);
    listeners.set(id, listener);
    return { port: listener.addr.port };
  },

  async accept({ listener, steps }) {
    const options = { timeoutMs: ACCEPT_MS };
    return await follow(await listeners.get(listener).accept(options), steps);
  },

  async connect({ plain, options, steps }) {
    const where = { hostname: "127.0.0.1", ...options };
    return await follow(await (plain ? connect : connectTls)(where), steps);
  },

  async reload({ listener, options }) {
    await listeners.get(listener).reload(options);
    return {};
  },

  close({ listener }) {
    listeners.get(listener).close();
    listeners.delete(listener);
    return {};
  },
};

/** Each takes the connection, what to do with it, and where to report. */
const verbs = {
  async handshake(conn, _, report) {
    const info = await conn.handshake();
    report.info = {
      version: info.version,
      cipher: info.cipher,
      alpn: info.alpnProtocol,
      serverName: info.serverName,
      certificate: info.peerCertificates.length === 0
        ? null
        : Buffer.from(info.peerCertificates[0]).toString("base64"),
      verified: info.verified,
    };
  },

  async write(conn, text) {
    await conn.write(new TextEncoder().encode(text));
  },

  async read(conn, count, report) {
    let text = "";
    while (text.length < count) {
      const buffer = new Uint8Array(count - text.length);
      const n = await conn.read(buffer);
      if (n === null) throw Object.assign(new Error("it ended"), { code: "" });
      text += new TextDecoder().decode(buffer.subarray(0, n));
    }
    report.texts.push(text);
  },

  async readEnd(conn, _, report) {
    let text = "";
    try {
      for (let chunk; (chunk = await conn.readChunk()) !== null;) {
        text += new TextDecoder().decode(chunk);
      }
      report.end = "EOF";
    } catch (error) {
      report.end = `${error.name} ${error.code}`;
    }
    report.texts.push(text);
  },

  /** Sends back all that comes. */
  async echo(conn, _, report) {
    for (let chunk; (chunk = await conn.readChunk()) !== null;) {
      await conn.write(chunk);
    }
    report.end = "EOF";
  },

  /** Sends so many bytes, and reads them again meanwhile. */
  async pour(conn, count, report) {
    const sent = Uint8Array.from({ length: count }, (_, i) => i % 251);
    const written = conn.write(sent);
    let at = 0;
    while (at < count) {
      const chunk = await conn.readChunk();
      if (chunk === null || chunk.some((byte, i) => byte !== (at + i) % 251)) {
        throw new Error(`The bytes from ${at} on are not those sent`);
      }
      at += chunk.length;
    }
    await written;
    report.texts.push(`${at} bytes`);
  },

  async closeWrite(conn) {
    await conn.closeWrite();
  },

  close(conn) {
    conn.close();
  },

  startTls(conn, options) {
    return startTls(conn, options);
  },
};

/** Takes the steps, as far as they go. */
async function follow(first, steps) {
  let conn = first;
  const report = { texts: [] };
  for (const [verb, value] of steps) {
    try {
      conn = await verbs[verb](conn, value, report) ?? conn;
    } catch ({ name, code, message }) {
      report.failed = { at: verb, error: `${name} ${code}`, message };
      break;
    }
  }
  conn.close();
  return report;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = (value) =>
    console.log(JSON.stringify({ id: request.id, ...value }));
  Promise.resolve(request).then(actions[request.do]).then(
    answer,
    (error) =>
      answer({ refused: `${error.name} ${error.code}: ${error.message}` }),
  );
}
process.exit();
