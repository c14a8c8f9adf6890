// Writes, closes, and has nothing more to do.
import { openTlsConn } from "./tls_conn.mjs";

const [folder, role, size, port] = process.argv.slice(2);
const conn = await openTlsConn(folder, role, port);
await conn.write(new Uint8Array(Number(size)));
conn.close();
console.log("closed");
