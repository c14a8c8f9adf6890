/**
 * Datagrams on Deno's own API, which wants `--unstable-net`.
 *
 *     deno_datagrams.mjs <workload> <way> <size>
 */
import { Supply, Tally } from "./datagrams.mjs";

const [workload, , size] = Deno.args;

/** Room for whatever comes. */
const BUFFER_BYTES = 65536;

const WORKLOADS = {
  async "udp-in"(conn) {
    const tally = new Tally(Number(size));
    const buffer = new Uint8Array(BUFFER_BYTES);
    for (;;) {
      const [data, addr] = await conn.receive(buffer);
      const answer = tally.take(data);
      if (answer !== undefined) await conn.send(answer, addr);
    }
  },
  async "udp-out"(conn) {
    const supply = new Supply(Number(size));
    for await (const [question, addr] of conn) {
      if (supply.begin(question)) {
        while (supply.next()) await conn.send(supply.bytes, addr);
      }
      await conn.send(supply.answer(), addr);
    }
  },
};

const conn = Deno.listenDatagram({
  transport: "udp",
  hostname: "127.0.0.1",
  port: 0,
});
console.log("listening", conn.addr.port);
await WORKLOADS[workload](conn);
