// Tells where Node hands over what sockets read: how many hear it as 'data', each time
// in a buffer of its own.
import { connect, listen } from "@anyport/sockets";
import { subscribe } from "node:diagnostics_channel";

const sockets = [];
for (const end of ["server", "client"]) {
  subscribe(`net.${end}.socket`, ({ socket }) => sockets.push(socket));
}

const listener = await listen({ hostname: "127.0.0.1", port: 0 });
const conn = await connect(listener.addr);
const accepted = await listener.accept();
await conn.write(Uint8Array.of(1));
await accepted.readChunk();
await accepted.write(Uint8Array.of(2));
await conn.readChunk();
console.log(
  "hearing",
  JSON.stringify(sockets.map((socket) => socket.listenerCount("data"))),
);
conn.close();
accepted.close();
listener.close();
