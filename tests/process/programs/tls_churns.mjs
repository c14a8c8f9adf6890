// Opens and drops secured connections in waves, good ones and such as come to
// nothing, and tells what is left of them.
import {
  connect,
  connectTls,
  listen,
  listenTls,
  startTls,
} from "@anyport/sockets";
import { readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import "./early_signals.mjs";
import { collectGarbage } from "./garbage.mjs";
import { identity, roots } from "./tls_conn.mjs";

const folder = process.argv[2];
const ROUNDS = 4;
const WAVE = 12;
const LOCAL = { hostname: "127.0.0.1", port: 0 };
const trust = roots(folder);
const encoder = new TextEncoder();

const tls = await listenTls({
  ...LOCAL,
  ...identity(folder),
  handshakeTimeoutMs: 200,
});
const strict = await listenTls({
  ...LOCAL,
  ...identity(folder),
  ...trust,
  clientAuth: "require",
});
const plain = await listen(LOCAL);

/** Both ends, not always of the same connection: in a wave all are alike. */
const pair = (listener, begin, options) =>
  Promise.all([
    begin({ port: listener.addr.port, ...options }),
    listener.accept(),
  ]);

/** A promise that has to reject, with one of the codes. */
async function lost(promise, ...codes) {
  await promise.then(() => {
    throw new Error("It was not to succeed");
  }, (error) => {
    if (!codes.includes(error.code)) throw error;
  });
}

const CUT_SHORT = ["EPROTO", "EOF", "ECONNRESET", "EPIPE"];

async function talk(client, server) {
  await client.write(new Uint8Array(1));
  await server.read(new Uint8Array(1));
  await server.write(new Uint8Array(1));
  await client.read(new Uint8Array(1));
}

async function end(first, second) {
  first.close();
  await second.read(new Uint8Array(1)).catch(() => {});
  second.close();
}

/** Begins with bytes that are no handshake, or not a whole one. */
async function intrude(bytes, drop, ...codes) {
  const [client, server] = await pair(tls, connect);
  await client.write(bytes);
  drop(client);
  await lost(server.handshake(), ...codes);
  server.close();
  client.close();
}

/** The head of a ClientHello that is longer than what comes of it. */
const HALF_A_HELLO = Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3);

const visits = {
  "the client closes": async () => {
    const [client, server] = await pair(tls, connectTls, trust);
    await talk(client, server);
    await end(client, server);
  },
  "the server closes": async () => {
    const [client, server] = await pair(tls, connectTls, trust);
    await talk(client, server);
    await end(server, client);
  },
  "one end resets": async () => {
    const [client, server] = await pair(tls, connectTls, trust);
    await talk(client, server);
    server.reset();
    await client.read(new Uint8Array(1)).catch(() => {});
    client.close();
  },
  "a read is aborted": async () => {
    const [client, server] = await pair(tls, connectTls, trust);
    const controller = new AbortController();
    const reading = client.read(new Uint8Array(1), {
      signal: controller.signal,
    });
    await Promise.all([client.handshake(), server.handshake()]);
    controller.abort();
    await reading.catch(() => {});
    await end(client, server);
  },
  "the certificate is not trusted": async () => {
    const [client, server] = await pair(
      tls,
      connectTls,
      roots(folder, "otherCa"),
    );
    await lost(client.handshake(), "EPROTO");
    client.close();
    await server.read(new Uint8Array(1)).catch(() => {});
    server.close();
  },
  "the client's certificate is refused": async () => {
    const [client, server] = await pair(strict, connectTls, trust);
    await lost(server.handshake(), "EPROTO");
    await lost(client.read(new Uint8Array(1)), ...CUT_SHORT);
    client.close();
    server.close();
  },
  "garbage comes": () =>
    intrude(encoder.encode("GET / HTTP/1.1\r\n\r\n"), () => {}, ...CUT_SHORT),
  "it is cut off in the midst": () =>
    intrude(HALF_A_HELLO, (client) => client.close(), "EOF", "ECONNRESET"),
  "it is reset in the midst": () =>
    intrude(HALF_A_HELLO, (client) => client.reset(), "EOF", "ECONNRESET"),
  // Or that of another in the same wave, whose visitor then left with this one.
  "its time is over": () =>
    intrude(HALF_A_HELLO, () => {}, "ETIMEDOUT", "EOF", "ECONNRESET"),
  "it is closed in the midst": async () => {
    const [client, server] = await pair(tls, connectTls, trust);
    server.close();
    client.close();
  },
  "startTls() is used": async () => {
    const [client, server] = await pair(plain, connect);
    await talk(client, server);
    const [above, below] = await Promise.all([
      startTls(client, trust),
      startTls(server, { role: "server", ...identity(folder) }),
    ]);
    await talk(above, below);
    await end(below, above);
  },
};

const countDescriptors = () => readdirSync("/proc/self/fd").length;

/** What is left, when there has been time to free it. */
async function rest(expected) {
  const deadline = Date.now() + 5000;
  while (countDescriptors() > expected && Date.now() < deadline) {
    await setTimeout(10);
  }
  await collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { descriptors: countDescriptors(), heap: heapUsed + arrayBuffers };
}

async function round() {
  for (const [name, visit] of Object.entries(visits)) {
    await Promise.all(
      Array.from({ length: WAVE }, () =>
        visit().catch((cause) => {
          throw new Error(`When ${name}`, { cause });
        })),
    );
  }
}

// What the runtime keeps for good it has after the first round.
const first = countDescriptors();
await round();
const before = await rest(first);
for (let i = 0; i < ROUNDS; i++) await round();
const after = await rest(before.descriptors);
console.log("report", JSON.stringify({ before, after }));
process.exit(0);
