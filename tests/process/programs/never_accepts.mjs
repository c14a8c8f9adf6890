// Has a listener that is not accepted from; each passage of the gate is a report.
import { listen } from "@anyport/sockets";

const listener = await listen({ hostname: "127.0.0.1", port: 0, backlog: 128 });
console.log("listening", listener.addr.port);
const gate = await listen({ hostname: "127.0.0.1", port: 0 });
console.log("gate", gate.addr.port);
for await (const passing of gate) {
  passing.close();
  console.log("dropped", listener.dropped);
}
