// Has a secured connection that is not read; each passage of the gate is a report.
import { listen } from "@anyport/sockets";
import { openTlsConn } from "./tls_conn.mjs";

const [folder, role, port] = process.argv.slice(2);
const gate = await listen({ hostname: "127.0.0.1", port: 0 });
console.log("gate", gate.addr.port);
const conn = await openTlsConn(folder, role, port);
await conn.handshake();
console.log("ready");
for await (const passing of gate) {
  passing.close();
  console.log("report", conn.remoteAddr.port);
}
