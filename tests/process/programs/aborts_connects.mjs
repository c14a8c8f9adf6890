// Aborts connecting at every moment around the one in which the system has connected,
// and tells what is left of it: at the server, and of descriptors.
import {
  connect,
  connectDatagram,
  connectTls,
  listen,
  listenTls,
  startTls,
} from "@anyport/sockets";
import { AF_INET, Socket } from "@anyport/sockets/berkeley";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import "./early_signals.mjs";
import { identity, roots } from "./tls_conn.mjs";

const folder = process.argv[2];

/** How many microtasks after that moment the abort comes, at most. */
const MICROTASKS = 24;
/** How often the abort and the system's result are due in one turn of the event loop. */
const TURNS = 200;
/** Longer than any end takes that comes at all. */
const END_MS = 5000;

const aborted = new Error("aborted");
const directory = mkdtempSync(join(tmpdir(), "anyport-"));
const path = join(directory, "socket");

const nothing = () => {};
/** Called when the system has connected, before the library knows. */
let onConnected = nothing;

if ("Deno" in globalThis) {
  const original = Deno.connect;
  Deno.connect = async (given) => {
    if (onConnected === nothing) return await original(given);
    // As Deno does it: a signal that has aborted meanwhile drops the connection.
    const { signal, ...options } = given;
    const conn = await original(options);
    onConnected();
    signal?.throwIfAborted();
    return conn;
  };
} else {
  const original = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    this.once("connect", () => onConnected());
    return original.apply(this, args);
  };
}

/** Sockets that this process has. */
function countSockets() {
  let count = 0;
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:")) count++;
    } catch {
      // It was that of the directory.
    }
  }
  return count;
}

async function microtasks(count) {
  for (let i = 0; i < count; i++) await undefined;
}

/** Keeps the thread busy, so that all that is due meanwhile is due in one turn. */
function block(ms) {
  for (const end = performance.now() + ms; performance.now() < end;);
}

const local = { hostname: "127.0.0.1", port: 0 };

/** How to listen, and to begin what can be aborted by `signal`. */
const kinds = {
  tcp: [
    () => listen(local),
    (port, signal) => connect({ port, signal }),
  ],
  name: [
    () => listen({ hostname: "localhost", port: 0 }),
    (port, signal) => connect({ hostname: "localhost", port, signal }),
  ],
  unix: [
    () => listen({ path }),
    (_port, signal) => connect({ path, signal }),
  ],
  tls: [
    () => listenTls({ ...local, ...identity(folder) }),
    (port, signal) => connectTls({ port, signal, ...roots(folder) }),
  ],
  tlsUnix: [
    () => listenTls({ path, ...identity(folder) }),
    (_port, signal) =>
      connectTls({ path, signal, serverName: "localhost", ...roots(folder) }),
  ],
  startTls: [
    () => listen(local),
    async (port, signal) => {
      const conn = await connect({ port });
      signal.addEventListener("abort", () => conn.close());
      if (signal.aborted) conn.close();
      return await startTls(conn, { hostname: "localhost", ...roots(folder) });
    },
  ],
  berkeley: [
    () => listen(local),
    async (port, signal) => {
      const socket = new Socket(AF_INET);
      signal.addEventListener("abort", () => socket.close());
      await socket.connect({ hostname: "127.0.0.1", port });
      return socket;
    },
  ],
  datagram: [
    () => listen(local),
    (port, signal) => connectDatagram({ port, signal }),
  ],
};

/** Makes one attempt, which `abortWith` aborts. @returns Whether it was in time */
async function attempt(begin, port, abortWith) {
  const controller = new AbortController();
  const abort = () => controller.abort(aborted);
  const outcome = begin(port, controller.signal).then(
    (conn) => conn,
    (error) => {
      if (error !== aborted && error.code !== "EBADF") throw error;
    },
  );
  abortWith(abort);
  const conn = await outcome;
  onConnected = nothing;
  abort();
  conn?.close();
  return conn === undefined;
}

async function report([listening, begin]) {
  const listener = await listening();
  const { port } = listener.addr;
  const before = countSockets();
  /** How each accepted connection ends. */
  const ends = [];
  const accepting = (async () => {
    for await (const conn of listener) ends.push(endOf(conn));
  })();
  let inTime = 0, tooLate = 0;
  const count = (wasInTime) => wasInTime ? inTime++ : tooLate++;
  for (let turns = 0; turns <= MICROTASKS; turns++) {
    count(
      await attempt(begin, port, (abort) => {
        onConnected = () =>
          turns === 0 ? abort() : microtasks(turns).then(abort);
      }),
    );
    count(
      await attempt(begin, port, (abort) => microtasks(turns).then(abort)),
    );
  }
  for (let i = 0; i < TURNS; i++) {
    count(
      await attempt(begin, port, (abort) => {
        microtasks(MICROTASKS).then(() => {
          setTimeout(abort);
          block(1.5);
        });
      }),
    );
  }
  // What is left open shows in ends that do not come.
  for (let at = 0; at < ends.length; at++) await ends[at];
  let sockets = countSockets();
  const deadline = Date.now() + END_MS;
  while ((sockets = countSockets()) > before && Date.now() < deadline) {
    await sleep(10);
  }
  listener.close();
  await accepting;
  const open = (await Promise.all(ends)).filter((end) => end === "open");
  return { inTime, tooLate, open: open.length, sockets: sockets - before };
}

async function endOf(conn) {
  try {
    for (;;) {
      const chunk = await conn.readChunk({ timeoutMs: END_MS });
      if (chunk === null) return "end";
    }
  } catch (error) {
    return error.name === "TimedOut" ? "open" : error.name;
  } finally {
    conn.close();
  }
}

for (const [name, kind] of Object.entries(kinds)) {
  console.log(name, JSON.stringify(await report(kind)));
}
rmSync(directory, { recursive: true });
