/**
 * Datagrams on `node:dgram`, on Node, Bun or Deno.
 *
 *     node_dgram.mjs <workload> <way> <size>
 */
import { createSocket } from "node:dgram";
import process from "node:process";
import { Supply, Tally } from "./datagrams.mjs";

const [workload, way, size] = process.argv.slice(2);

/** Sends until the time is over, each when the one before has gone, then calls `done`. */
function sendAll(supply, send, done) {
  const next = (error) => {
    if (error) throw error;
    if (supply.next()) send(supply.bytes, next);
    else done();
  };
  next();
}

const WAYS = {
  "udp-in": {
    message(socket) {
      const tally = new Tally(Number(size));
      socket.on("message", (data, { address, port }) => {
        const answer = tally.take(data);
        if (answer !== undefined) socket.send(answer, port, address);
      });
    },
  },
  "udp-out": {
    send(socket) {
      const supply = new Supply(Number(size));
      socket.on("message", (question, { address, port }) => {
        const answer = () => socket.send(supply.answer(), port, address);
        if (!supply.begin(question)) {
          if (supply.over) answer();
          return;
        }
        const send = (bytes, next) => socket.send(bytes, port, address, next);
        sendAll(supply, send, answer);
      });
    },
    connected(socket) {
      const supply = new Supply(Number(size));
      socket.on("message", (question, { address, port }) => {
        const answer = () => socket.send(supply.answer(), port, address);
        if (!supply.begin(question)) {
          if (supply.over) answer();
          return;
        }
        const connected = createSocket("udp4");
        connected.connect(port, address, () => {
          const send = (bytes, next) => connected.send(bytes, next);
          sendAll(supply, send, () => {
            connected.close();
            answer();
          });
        });
      });
    },
  },
};

const socket = createSocket("udp4");
WAYS[workload][way](socket);
socket.bind(0, "127.0.0.1", () => {
  console.log("listening", socket.address().port);
});
