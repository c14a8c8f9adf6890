// Uses connections of each kind while one method after the other throws once, in a
// copy of the library that asks `globalThis.fault` at each of them, and tells what
// is left uncaught, and whether everything works afterwards.
import process from "node:process";
import { readFileSync } from "node:fs";

const [library, folder, ...names] = process.argv.slice(2);
const { connect, connectTls, listen, listenDatagram, listenTls } = await import(
  library
);
const text = (name) => readFileSync(`${folder}/${name}`, "utf8");

let name = "nothing", armed, hits = 0;
globalThis.fault = (name) => {
  if (name !== armed) return;
  armed = undefined;
  hits++;
  throw new Error(`injected into ${name}`);
};
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => {
    console.log("uncaught", name, error?.stack?.replaceAll("\n", " | "));
  });
}

const bytes = (text) => new TextEncoder().encode(text);
const soon = { timeoutMs: 1_000 };
const local = { hostname: "127.0.0.1", port: 0 };

/** Talks over a connection, large messages included, to both ends. */
async function talk(one, other) {
  const large = new Uint8Array(300_000);
  const writing = one.write(large, soon).then(() => one.closeWrite());
  writing.catch(() => {});
  let got = 0;
  for (;;) {
    const chunk = await other.readChunk(soon);
    if (chunk === null) break;
    got += chunk.length;
  }
  await writing;
  await other.write(bytes("reply"), soon);
  const reply = await one.readChunk(soon);
  if (got !== large.length || reply.length !== 5) throw new Error("lost");
}

async function overTcp(listener, open) {
  const accepting = listener.accept(soon);
  accepting.catch(() => {});
  let client, server;
  try {
    client = await open();
    server = await accepting;
    await talk(client, server);
  } finally {
    client?.close();
    server?.close();
    if (server === undefined) accepting.then((conn) => conn.close(), () => {});
  }
}

async function overUdp(socket) {
  await socket.send(bytes("x"), socket.addr);
  await socket.receive(soon);
}

const cert = text("server.crt"), key = text("server.key");
const plain = await listen(local);
const secure = await listenTls({ ...local, cert, key });
const datagrams = await listenDatagram(local);
const rounds = [
  () => overTcp(plain, () => connect(plain.addr)),
  () =>
    overTcp(
      secure,
      () => connectTls({ ...secure.addr, caCerts: [text("ca.crt")] }),
    ),
  () => overUdp(datagrams),
];

// What waits for nothing would let the process end, instead of being seen to hang.
setInterval(() => {}, 1_000);

// It is idle meanwhile, and is to be none the worse.
const accepting = plain.accept();
const idle = await connect(plain.addr);
const idlePeer = await accepting;

for (const round of rounds) await round();
for (name of names) {
  hits = 0;
  for (const round of rounds) {
    armed = name;
    const outcome = await Promise.race([
      round().then(() => "went on", (error) => `rejected ${error.message}`),
      new Promise((resolve) => setTimeout(resolve, 5_000, "hangs")),
    ]);
    if (outcome === "hangs") console.log("broken", name, "hangs");
    if (armed === undefined && process.env.FAULTS_LOG) {
      console.log("outcome", name, rounds.indexOf(round), outcome);
    }
    armed = undefined;
    // What was left behind is gone, and the next are served.
    for (let tries = 0;; tries++) {
      try {
        await round();
        break;
      } catch (error) {
        if (tries === 3) console.log("broken", name, String(error));
        if (tries === 3) break;
      }
    }
  }
  console.log("survived", name, hits);
}
await idle.write(bytes("still"));
console.log("idle", (await idlePeer.readChunk(soon)).length);
process.exit();
