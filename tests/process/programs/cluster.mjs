// Listens in two workers of node:cluster, each of which serves one connection.
import cluster from "node:cluster";
import { listen } from "@anyport/sockets";

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) {
    cluster.fork().on("message", (said) => console.log(...said));
  }
} else {
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  process.send(["listening", listener.addr.port]);
  (await listener.accept()).close();
  process.send(["got it"], () => process.disconnect());
  listener.close();
}
