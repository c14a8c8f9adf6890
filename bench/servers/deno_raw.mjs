/**
 * Servers on Deno's own API.
 *
 *     deno_raw.mjs <workload> <way> [size] [count]
 */
import { block, countReply, pieces, plainly } from "./traffic.mjs";

const [word, way, size = "65536", count = "0"] = Deno.args;
const { workload, tls } = await plainly(word);
const bufferBytes = Number(size);

/** What `Conn.write` is not: whole. */
async function writeAll(conn, bytes) {
  let at = 0;
  do {
    at += await conn.write(at === 0 ? bytes : bytes.subarray(at));
  } while (at < bytes.byteLength);
}

const WAYS = {
  echo: {
    async loop(conn) {
      const buffer = new Uint8Array(bufferBytes);
      for (;;) {
        const n = await conn.read(buffer);
        if (n === null) return;
        await writeAll(conn, buffer.subarray(0, n));
      }
    },
    streams: (conn) => conn.readable.pipeTo(conn.writable),
  },
  sink: {
    async loop(conn) {
      const buffer = new Uint8Array(bufferBytes);
      let got = 0;
      for (;;) {
        const n = await conn.read(buffer);
        if (n === null) break;
        got += n;
      }
      await writeAll(conn, countReply(got));
    },
    // At its end this stream closes the connection both ways, so that there is
    // no answer (denoland/deno#22258).
    async streams(conn) {
      for await (const _chunk of conn.readable);
    },
  },
  source: {
    async loop(conn) {
      const bytes = block();
      for (;;) await writeAll(conn, bytes);
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
    async loop(conn) {
      const all = pieces(bufferBytes, Number(count));
      const buffer = new Uint8Array(1);
      // One after the other: writes that overlap may be short in the middle.
      while (await conn.read(buffer) !== null) {
        for (const piece of all) await writeAll(conn, piece);
      }
    },
  },
};

const serve = WAYS[workload][way];
const where = { hostname: "127.0.0.1", port: 0, tcpBacklog: 4096 };
const listener = tls === undefined
  ? Deno.listen(where)
  : Deno.listenTls({ ...where, ...tls });
console.log("listening", listener.addr.port);
for await (const conn of listener) {
  // Of what is secured Deno lets no program set it, nor does it itself (seen with 2.9).
  if (tls === undefined) conn.setNoDelay(true);
  const close = () => {
    try {
      conn.close();
    } catch {
      // A stream has closed it.
    }
  };
  serve(conn).then(close, close);
}
