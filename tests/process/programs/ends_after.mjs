// Sends datagrams, or serves one client, and ends the moment that is said to be done.
import { listen, listenDatagram, listenTls, serve } from "@anyport/sockets";
import process from "node:process";
import { identity } from "./tls_conn.mjs";

const [what, way, port, folder] = process.argv.slice(2);
const at = { hostname: "127.0.0.1", port: 0 };

async function sends() {
  const socket = await listenDatagram(at);
  const to = { transport: "udp", hostname: "127.0.0.1", port: Number(port) };
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => socket.send(Uint8Array.of(i), to)),
  );
}

async function serves() {
  const listener = what === "tls"
    ? await listenTls({ ...at, ...identity(folder) })
    : await listen(at);
  const server = await serve(listener, async (conn) => {
    for (let i = 0; i < 4; i++) await conn.write(new Uint8Array(300).fill(i));
    server.shutdown();
  });
  console.log("listening", listener.addr.port);
  await server.finished;
}

await (what === "udp" ? sends() : serves());
if (way === "exit") process.exit();
