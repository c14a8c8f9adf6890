/**
 * Datagrams on Anyport, on whichever runtime runs this.
 *
 *     anyport_datagrams.mjs <workload> <way> <size>
 */
import { connectDatagram, listenDatagram } from "@anyport/sockets";
import { Supply, Tally } from "./datagrams.mjs";

const args = globalThis.Deno?.args ?? process.argv.slice(2);
const [workload, way, size] = args;

/** Room for whatever comes. */
const BUFFER_BYTES = 65536;

const WAYS = {
  "udp-in": {
    async receive(conn) {
      const tally = new Tally(Number(size));
      const buffer = new Uint8Array(BUFFER_BYTES);
      for (;;) {
        const [data, addr] = await conn.receive(buffer);
        const answer = tally.take(data);
        if (answer !== undefined) await conn.send(answer, addr);
      }
    },
    /** The same, of a socket that is told how long datagrams are. */
    measured(conn) {
      return this.receive(conn);
    },
    async loop(conn) {
      const tally = new Tally(Number(size));
      for await (const [data, addr] of conn) {
        const answer = tally.take(data);
        if (answer !== undefined) await conn.send(answer, addr);
      }
    },
  },
  "udp-out": {
    async send(conn) {
      const supply = new Supply(Number(size));
      for await (const [question, addr] of conn) {
        if (supply.begin(question)) {
          while (supply.next()) await conn.send(supply.bytes, addr);
        }
        await conn.send(supply.answer(), addr);
      }
    },
    async connected(conn) {
      const supply = new Supply(Number(size));
      for await (const [question, addr] of conn) {
        if (supply.begin(question)) {
          const { hostname, port } = addr;
          using connected = await connectDatagram({ hostname, port });
          while (supply.next()) await connected.send(supply.bytes);
        }
        await conn.send(supply.answer(), addr);
      }
    },
  },
};

const conn = await listenDatagram({
  hostname: "127.0.0.1",
  port: 0,
  maxDatagramBytes: way === "measured" ? 1500 : undefined,
});
console.log("listening", conn.addr.port);
await WAYS[workload][way](conn);
