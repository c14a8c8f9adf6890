// Datagrams as a peer of another make has to see them, or sends them.
import { connectDatagram, listenDatagram } from "@anyport/sockets";
import { setTimeout } from "node:timers/promises";
import { collectGarbage } from "./garbage.mjs";

const [deed, ...words] = process.argv.slice(2);
const HOSTNAME = "127.0.0.1";

const deeds = {
  /** Sends with numbers of hops of its own. */
  async hops(hostname, port) {
    const four = hostname === HOSTNAME;
    const socket = await listenDatagram({
      hostname: four ? HOSTNAME : "::",
      port: 0,
    });
    socket.setTtl(7);
    await socket.send(new Uint8Array(1), { hostname, port: Number(port) });
    socket.setMulticastTtl(9);
    socket.setMulticastInterface(four ? HOSTNAME : "end0");
    await socket.send(new Uint8Array(1), {
      hostname: four ? "239.1.2.3" : "ff02::1234%end0",
      port: Number(port),
    });
    socket.close();
  },

  /** Sends more than the network takes at a time; each once. */
  async crowds(port, count) {
    const to = { hostname: HOSTNAME, port: Number(port) };
    const socket = await listenDatagram({ hostname: HOSTNAME, port: 0 });
    const all = Array.from({ length: Number(count) }, (_, i) => {
      const p = new Uint8Array(1400);
      new DataView(p.buffer).setUint32(0, i);
      return p;
    });
    const controller = new AbortController();
    const { signal } = controller;
    let sent = 0, aborted = 0;
    const sending = all.map((p, i) =>
      // Every other one can be cancelled.
      socket.send(p, to, i % 2 === 0 ? { signal } : {}).then(
        () => sent++,
        () => aborted++,
      )
    );
    // The system takes the first ones at once, and far from all of them.
    await sending[1];
    const early = sent;
    // Of those that are, the buffers are the caller's again.
    controller.abort();
    all.forEach((p, i) => i % 2 === 0 && p.fill(255));
    await Promise.all(sending);
    const waiting = all.map((p) => socket.send(p, to));
    await waiting[0];
    socket.close();
    const ends = await Promise.allSettled(waiting);
    const codes = ends.map(({ reason }) => reason?.code ?? "sent");
    console.log(
      "crowd",
      JSON.stringify({
        early,
        sent,
        aborted,
        codes: [...new Set(codes)].sort(),
      }),
    );
  },

  /** Tells how many datagrams the system takes at once, by what it may keep. */
  async squeezes(...sizes) {
    const counts = [];
    for (const size of sizes) {
      const sendBufferBytes = Number(size);
      const options = { hostname: HOSTNAME, port: 0, sendBufferBytes };
      const socket = await listenDatagram(options);
      const p = new Uint8Array(1400);
      let sent = 0;
      const sending = Array.from(
        { length: 300 },
        () => socket.send(p, socket.addr).then(() => sent++),
      );
      await setTimeout(0);
      counts.push(sent);
      await Promise.all(sending);
      socket.close();
    }
    console.log("taken", JSON.stringify(counts));
  },

  /** Receives slowly, while a flood comes in; then all that is there. */
  async drowns() {
    const socket = await listenDatagram({ hostname: HOSTNAME, port: 0 });
    await collectGarbage();
    const before = process.memoryUsage().rss;
    console.log("listening", socket.addr.port);
    const { addr } = await receiveNumber(socket);
    let most = 0, last = 0, received = 1, inOrder = true;
    for (;;) {
      const { number, data } = await receiveNumber(socket);
      if (number === END) break;
      received++;
      inOrder &&= number > last && data.byteLength === 64;
      last = number;
      // One in a while; what comes meanwhile waits, or is dropped.
      if (received % 50 === 0) await setTimeout(5);
      most = Math.max(most, process.memoryUsage.rss());
    }
    await socket.send(new Uint8Array(1), addr);
    const { dropped } = socket;
    socket.close();
    console.log(
      "drowned",
      JSON.stringify({ received, dropped, inOrder, grown: most - before }),
    );
  },

  /** Talks to itself by link-local addresses and groups of an interface. */
  async zones(address, group) {
    const server = await listenDatagram({ hostname: address, port: 0 });
    const client = await connectDatagram(server.addr);
    await client.send(new Uint8Array([1]));
    const [, from] = await server.receive();
    await server.send(new Uint8Array([2]), from);
    await client.receive();
    const zone = address.split("%")[1];
    const member = await listenDatagram({ hostname: "::", port: 0 });
    member.joinMulticast(group, { interface: zone });
    server.setMulticastInterface(zone);
    await server.send(new Uint8Array([3]), {
      hostname: `${group}%${zone}`,
      port: member.addr.port,
    });
    const [data] = await member.receive({ timeoutMs: 5000 });
    member.leaveMulticast(group, { interface: zone });
    await server.send(new Uint8Array([4]), {
      hostname: `${group}%${zone}`,
      port: member.addr.port,
    });
    await server.send(new Uint8Array([5]), {
      hostname: address,
      port: member.addr.port,
    });
    const [next] = await member.receive({ timeoutMs: 5000 });
    console.log("heard", data[0], next[0]);
    for (const one of [server, client, member]) one.close();
  },
};

/** What the last datagram has for a number. */
const END = 0xffffffff;

async function receiveNumber(socket) {
  const [data, addr] = await socket.receive();
  const number = new DataView(data.buffer, data.byteOffset).getUint32(0);
  return { number, data, addr };
}

await deeds[deed](...words);
