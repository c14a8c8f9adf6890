// Opens datagram sockets until there are no descriptors left, and then another.
import { errors, listenDatagram } from "@anyport/sockets";

const here = { hostname: "127.0.0.1", port: 0 };
// Loaded while there are descriptors for it.
const sockets = [await listenDatagram(here)];
let error;
while (error === undefined && sockets.length < 1000) {
  try {
    sockets.push(await listenDatagram(here));
  } catch (refusal) {
    error = refusal;
  }
}
const kind = Object.entries(errors)
  .find(([, kind]) => error?.constructor === kind)?.[0];
sockets.pop().close();
const again = await listenDatagram(here);
await again.send(new Uint8Array(3), again.addr);
const [data] = await again.receive();
console.log(
  "refused",
  JSON.stringify([kind, error?.code, error?.operation, data.byteLength]),
);
for (const socket of [again, ...sockets]) socket.close();
