/**
 * Datagrams on `Bun.udpSocket`.
 *
 *     bun_udp.mjs <workload> <way> <size>
 */
import { Supply, Tally } from "./datagrams.mjs";

const [workload, way, size] = Bun.argv.slice(2);

/** How many are sent before others get a turn. */
const SENDS_A_TURN = 64;

const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Sends until the time is over. Where the system has no room, a send says
 * `false`, and is made again.
 */
async function sendAll(supply, send) {
  let left = SENDS_A_TURN;
  while (supply.next()) {
    while (!send(supply.bytes)) await turn();
    if (--left > 0) continue;
    left = SENDS_A_TURN;
    await turn();
  }
}

const tally = new Tally(Number(size));
const supply = new Supply(Number(size));

const WAYS = {
  "udp-in": {
    data(socket, data, port, address) {
      const answer = tally.take(data);
      if (answer !== undefined) socket.send(answer, port, address);
    },
  },
  "udp-out": {
    async send(socket, question, port, address) {
      if (supply.begin(question)) {
        await sendAll(supply, (bytes) => socket.send(bytes, port, address));
      }
      if (supply.over) socket.send(supply.answer(), port, address);
    },
    async connected(socket, question, port, address) {
      if (supply.begin(question)) {
        const connected = await Bun.udpSocket({
          connect: { hostname: address, port },
        });
        await sendAll(supply, (bytes) => connected.send(bytes));
        connected.close();
      }
      if (supply.over) socket.send(supply.answer(), port, address);
    },
  },
};

const socket = await Bun.udpSocket({
  hostname: "127.0.0.1",
  port: 0,
  socket: { data: WAYS[workload][way] },
});
console.log("listening", socket.port);
