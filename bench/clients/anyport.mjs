/** A client on Anyport, on whichever runtime runs this. */
import { connect } from "@anyport/sockets";
import { check, count, measure, messageAt, options } from "./measuring.mjs";

const { workload, port, size, depth } = options;

const WORKLOADS = {
  /** Up to `depth` messages are under way; each that is back lets another go. */
  async echo(conn) {
    let sent = 0;
    const send = () => {
      const message = messageAt(sent, size);
      sent += size;
      return conn.write(message);
    };
    for (let i = 0; i < depth; i++) send();
    const buffer = new Uint8Array(65536);
    for (let back = 0;;) {
      const n = await conn.read(buffer);
      check(buffer.subarray(0, n), back);
      count(n);
      for (let due = wholeIn(back, n); due > 0; due--) send();
      back += n;
    }
  },
  async sink(conn) {
    const buffer = new Uint8Array(65536);
    for (let got = 0;;) {
      const n = await conn.read(buffer);
      check(buffer.subarray(0, n), got);
      count(n);
      got += n;
    }
  },
  async source(conn) {
    for (let sent = 0;; sent += size) {
      count(await conn.write(messageAt(sent, size)));
    }
  },
};

/** How many messages are whole when `n` bytes are added to `back`. */
function wholeIn(back, n) {
  return Math.floor((back + n) / size) - Math.floor(back / size);
}

await measure(async () => {
  const conn = await connect({ hostname: "127.0.0.1", port });
  WORKLOADS[workload](conn);
});
