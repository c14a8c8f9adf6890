// The server, in TypeScript:  deno run --allow-net server.ts [port]
import process from "node:process";
import { formatAddr } from "@anyport/sockets";
import {
  AF_INET,
  SHUT_RDWR,
  SO_REUSEADDR,
  SOCK_STREAM,
  Socket,
  SOL_SOCKET,
} from "@anyport/sockets/berkeley";

const port = Number(process.argv[2] ?? 8080);

const server = new Socket(AF_INET, SOCK_STREAM);
server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
await server.bind({ hostname: "127.0.0.1", port });
await server.listen(5);
console.log(`Listening on ${formatAddr(server.getsockname())}`);
for (;;) {
  const [client, address] = await server.accept();
  console.log(`Connection from ${formatAddr(address)}`);
  for (;;) {
    const data = await client.recv(1024);
    if (data.length === 0) break;
    await client.sendAll(upper(data));
  }
  await client.shutdown(SHUT_RDWR);
  client.close();
}

function upper(data: Uint8Array): Uint8Array {
  return data.map((byte) => byte >= 97 && byte <= 122 ? byte - 32 : byte);
}
