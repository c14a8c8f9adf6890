/**
 * Servers on Anyport, on whichever runtime runs this.
 *
 *     anyport.mjs <workload> <way> [size] [count]
 */
import { copy, listen, listenTls, serve } from "@anyport/sockets";
import { block, countReply, pieces, plainly } from "./traffic.mjs";

// Merely to name `process` costs Deno 10 ms.
const args = globalThis.Deno?.args ?? process.argv.slice(2);
const [word, way, size = "65536", count = "0"] = args;
const { workload, tls } = await plainly(word);
const bufferBytes = Number(size);

const WAYS = {
  echo: {
    async read(conn) {
      const buffer = new Uint8Array(bufferBytes);
      for (;;) {
        const n = await conn.read(buffer);
        if (n === null) return;
        await conn.write(buffer.subarray(0, n));
      }
    },
    async chunk(conn) {
      for (;;) {
        const chunk = await conn.readChunk();
        if (chunk === null) return;
        await conn.write(chunk);
      }
    },
    copy: (conn) => copy(conn, conn),
    streams: (conn) => conn.readable.pipeTo(conn.writable),
  },
  sink: {
    async read(conn) {
      const buffer = new Uint8Array(bufferBytes);
      let got = 0;
      for (;;) {
        const n = await conn.read(buffer);
        if (n === null) break;
        got += n;
      }
      await conn.write(countReply(got));
    },
    async chunk(conn) {
      let got = 0;
      for (;;) {
        const chunk = await conn.readChunk();
        if (chunk === null) break;
        got += chunk.byteLength;
      }
      await conn.write(countReply(got));
    },
    async streams(conn) {
      let got = 0;
      for await (const chunk of conn.readable) got += chunk.byteLength;
      await conn.write(countReply(got));
    },
  },
  source: {
    async write(conn) {
      const bytes = block();
      for (;;) await conn.write(bytes);
    },
    async streams(conn) {
      const bytes = block();
      const writer = conn.writable.getWriter();
      for (;;) {
        await writer.ready;
        await writer.write(bytes);
      }
    },
  },
  burst: {
    async write(conn) {
      const all = pieces(bufferBytes, Number(count));
      while (await conn.readChunk() !== null) {
        let last;
        for (const piece of all) last = conn.write(piece);
        await last;
      }
    },
    async gather(conn) {
      const all = pieces(bufferBytes, Number(count));
      while (await conn.readChunk() !== null) await conn.write(all);
    },
  },
};

const SERVED = "served-";
const where = { hostname: "127.0.0.1", port: 0, backlog: 4096 };

if (way.startsWith(SERVED)) {
  const server = await serve({
    ...where,
    maxConnections: 100_000,
    maxConnectionsPerHost: 100_000,
    idleTimeoutMs: 60_000,
    onError() {},
  }, WAYS[workload][way.slice(SERVED.length)]);
  console.log("listening", server.addr.port);
} else {
  const handle = WAYS[workload][way];
  const listener = tls === undefined
    ? await listen(where)
    : await listenTls({ ...where, ...tls });
  console.log("listening", listener.addr.port);
  for await (const conn of listener) {
    // The load generator tells what is wrong; how it leaves is its own affair.
    const close = () => conn.close();
    handle(conn).then(close, close);
  }
}
