// Writes as much as is taken from it while the peer reads nothing, or so many pieces
// of that, and closes.
import process from "node:process";
import { openTlsConn } from "./tls_conn.mjs";

const [folder, role, size, limit, port] = process.argv.slice(2);
const conn = await openTlsConn(folder, role, port);
await conn.handshake();
const piece = new Uint8Array(Number(size));
let filled = 0;
while (filled < Number(limit)) {
  const written = conn.write(piece).then(() => true, () => false);
  const waited = new Promise((resolve) => setTimeout(resolve, 500, false));
  if (!await Promise.race([written, waited])) break;
  filled++;
}
conn.close();
console.log("filled", filled);
