// Writes until a write has to wait for its peer, which reads nothing meanwhile, or
// so many times, and ends: by process.exit(), or because it has nothing more to do
// than that write, or closes the connection before.
import {
  connect,
  connectTls,
  listen,
  listenTls,
  startTls,
} from "@anyport/sockets";
import process from "node:process";
import { identity, roots } from "./tls_conn.mjs";

const [over, role, way, limit, where, folder, size] = process.argv.slice(2);
const isServer = role === "accepted";
async function open() {
  const at = over === "unix"
    ? { path: where }
    : { hostname: "127.0.0.1", port: isServer ? 0 : Number(where) };
  if (!isServer) {
    if (over === "tls12" || over === "tls13") {
      return await connectTls({ ...at, ...roots(folder) });
    }
    const conn = await connect(at);
    return over === "starttls"
      ? await startTls(conn, { ...roots(folder), serverName: "127.0.0.1" })
      : conn;
  }
  const secured = over === "tls12" || over === "tls13";
  const listener = secured
    ? await listenTls({ ...at, ...identity(folder) })
    : await listen(at);
  console.log("listening", listener.addr.port ?? listener.addr.path);
  const conn = await listener.accept();
  listener.close();
  return over === "starttls"
    ? await startTls(conn, { role: "server", ...identity(folder) })
    : conn;
}

const SIZES = size ? [Number(size)] : [1000, 70_000, 2, 333, 200_000, 16_384];
const pattern = Uint8Array.from({ length: 251 * 1000 }, (_, i) => i % 251);

const conn = await open();
await conn.handshake?.();
let resolved = 0, offered = 0;
for (let i = 0; i < Number(limit); i++) {
  const size = SIZES[i % SIZES.length];
  const from = offered % 251;
  offered += size;
  const writing = conn.write(pattern.subarray(from, from + size));
  if (limit !== "Infinity") {
    resolved += await writing;
    continue;
  }
  const waiting = new Promise((resolve) => setTimeout(resolve, 400, false));
  if (!await Promise.race([writing.then(() => true), waiting])) break;
  resolved += size;
}
console.log("resolved", resolved, offered, conn.bytesWritten);
if (way === "exit") process.exit();
if (way === "close") conn.close();
