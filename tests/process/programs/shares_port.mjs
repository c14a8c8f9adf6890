// Listens on a port that other processes may listen on too.
import { listen } from "@anyport/sockets";

const listener = await listen({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  reusePort: true,
});
console.log("listening", listener.addr.port);
(await listener.accept()).close();
console.log("got it");
