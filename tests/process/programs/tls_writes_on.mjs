// Writes until it has to wait; each passage of the gate is a report.
import { listen } from "@anyport/sockets";
import { openTlsConn } from "./tls_conn.mjs";

const [folder, role, offered, port] = process.argv.slice(2);
const gate = await listen({ hostname: "127.0.0.1", port: 0 });
console.log("gate", gate.addr.port);
const conn = await openTlsConn(folder, role, port);
await conn.handshake();
const piece = new Uint8Array(64 * 1024);
await conn.write(piece);
console.log("ready");
(await gate.accept()).close();
let written = 0;
try {
  while (written < Number(offered)) {
    await conn.write(piece, { timeoutMs: 500 });
    written += piece.byteLength;
  }
} catch (error) {
  if (error.code !== "ETIMEDOUT") throw error;
}
console.log("written", written);
await gate.accept();
