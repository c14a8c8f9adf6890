/** A client on `node:net`, on Node or Bun. */
import { once } from "node:events";
import { connect } from "node:net";
import { check, count, measure, messageAt, options } from "./measuring.mjs";

const { workload, port, size, depth } = options;

const WORKLOADS = {
  /** Up to `depth` messages are under way; each that is back lets another go. */
  echo(socket) {
    let sent = 0, back = 0;
    const send = () => {
      socket.write(messageAt(sent, size));
      sent += size;
    };
    socket.on("data", (chunk) => {
      check(chunk, back);
      count(chunk.byteLength);
      const whole = Math.floor(back / size);
      back += chunk.byteLength;
      for (let due = Math.floor(back / size) - whole; due > 0; due--) send();
    });
    for (let i = 0; i < depth; i++) send();
  },
  sink(socket) {
    let got = 0;
    socket.on("data", (chunk) => {
      check(chunk, got);
      count(chunk.byteLength);
      got += chunk.byteLength;
    });
  },
  source(socket) {
    let sent = 0;
    const fill = () => {
      for (let room = true; room;) {
        room = socket.write(messageAt(sent, size));
        sent += size;
        count(size);
      }
    };
    socket.on("drain", fill);
    fill();
  },
};

await measure(async () => {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  WORKLOADS[workload](socket);
});
