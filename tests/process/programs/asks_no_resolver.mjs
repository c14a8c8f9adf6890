// Listens on an address where a question to node:dns gets no answer.
import dns from "node:dns";
import { listen } from "@anyport/sockets";

dns.lookup = () => console.log("asked");
const listener = await listen({ hostname: process.argv[2], port: 0 });
console.log("listening", listener.addr.hostname);
listener.close();
