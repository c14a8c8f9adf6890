// Listens on an address with a zone, and connects to what addr says.
import { connect, listen } from "@anyport/sockets";

const listener = await listen({ hostname: process.argv[2], port: 0 });
const [conn, peer] = await Promise.all([
  connect(listener.addr),
  listener.accept(),
]);
await conn.write(new Uint8Array(1));
await peer.read(new Uint8Array(1));
console.log("arrived");
