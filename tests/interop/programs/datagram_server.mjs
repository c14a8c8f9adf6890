// Sends every datagram back to its sender: datagram_server.mjs HOST
import { listenDatagram } from "@anyport/sockets";

const socket = await listenDatagram({ hostname: process.argv[2], port: 0 });
console.log(JSON.stringify({ port: socket.addr.port }));
for await (const [data, addr] of socket) await socket.send(data, addr);
