/**
 * Anyport's server, with a listener for each case and client.
 *
 * The arguments are how TLS begins, `listen` or `start`, `clientAuth`, and a file:
 *
 *     {"cases":[{"name":"…","caCerts":["…"]}],"cert":"…","key":"…"}
 *
 * The first line printed is the list of ports. At the end of its input it prints
 * a line of JSON for each case whose client has come.
 */
import { listen, listenTls, startTls } from "@anyport/sockets";
import { readFile } from "node:fs/promises";
import process from "node:process";

const [way, clientAuth, file] = process.argv.slice(2);
const { cases, cert, key } = JSON.parse(await readFile(file, "utf8"));

for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => {
    console.log(
      JSON.stringify({ name: "", uncaught: `${event}: ${error?.stack}` }),
    );
  });
}

/** Milliseconds after which a client hangs. */
const LIMIT_MS = 12_000;

async function open({ caCerts }) {
  const options = { cert, key, clientAuth, caCerts };
  const where = { hostname: "127.0.0.1", port: 0 };
  if (way === "listen") {
    const listener = await listenTls({ ...where, ...options });
    return { listener, secure: (conn) => conn };
  }
  const listener = await listen(where);
  return {
    listener,
    secure: (conn) => startTls(conn, { ...options, role: "server" }),
  };
}

/** What becomes of the first client. */
async function serve({ name }, { listener, secure }) {
  const plain = await listener.accept({ timeoutMs: 120_000 });
  let timer;
  const limit = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ hangs: true }), LIMIT_MS);
  });
  const outcome = await Promise.race([hold(plain, secure), limit]);
  clearTimeout(timer);
  return { name, ...outcome };
}

async function hold(plain, secure) {
  let conn = plain;
  try {
    conn = await secure(plain);
    const [shaken, read, written] = await Promise.allSettled([
      conn.handshake(),
      conn.readChunk(),
      conn.write(new TextEncoder().encode("pong")),
    ]);
    const verified = shaken.value?.verified;
    return {
      ...described(shaken.reason),
      trusted: verified === true,
      verified,
      handshake: shaken.status === "fulfilled",
      received: read.value?.length ?? 0,
      written: written.status === "fulfilled",
    };
  } catch (error) {
    return { trusted: false, ...described(error) };
  } finally {
    conn.close();
  }
}

function described(error) {
  if (error === undefined) return {};
  const { name, code, message } = error ?? {};
  return { error: `${name} ${code}`, message };
}

const places = [];
const outcomes = [];
for (const item of cases) {
  try {
    const place = await open(item);
    outcomes.push(serve(item, place));
    places.push(place.listener);
  } catch (error) {
    // Refused before there was a client.
    outcomes.push({ name: item.name, trusted: false, ...described(error) });
    places.push(null);
  }
}
console.log(JSON.stringify(places.map((place) => place?.addr.port ?? 0)));
for (const outcome of outcomes) {
  const { name, ...rest } = await outcome;
  console.log(JSON.stringify({ name, ...rest }));
}
console.log(JSON.stringify({ done: true }));
for (const place of places) place?.close();
process.exit();
