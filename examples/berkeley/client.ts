// The client, in TypeScript:  deno run --allow-net client.ts port words...
import process from "node:process";
import {
  AF_INET,
  SHUT_WR,
  SOCK_STREAM,
  Socket,
} from "@anyport/sockets/berkeley";

const port = Number(process.argv[2]);
const words = process.argv.slice(3).join(" ");

const client = new Socket(AF_INET, SOCK_STREAM);
await client.connect({ hostname: "127.0.0.1", port });
await client.sendAll(new TextEncoder().encode(words));
await client.shutdown(SHUT_WR);
const decoder = new TextDecoder();
let answer = "";
for (;;) {
  const data = await client.recv(1024);
  if (data.length === 0) break;
  answer += decoder.decode(data, { stream: true });
}
console.log(answer);
client.close();
