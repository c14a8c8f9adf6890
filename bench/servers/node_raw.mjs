/**
 * Servers on `node:net` and `node:tls`, on any runtime.
 *
 *     node_raw.mjs <workload> <way> [size] [count]
 */
import { createServer } from "node:net";
import { Duplex } from "node:stream";
import { block, countReply, pieces, plainly } from "./traffic.mjs";

const [word, way, size = "0", count = "0"] = process.argv.slice(2);
const { workload, tls } = await plainly(word);

/** Writes, and takes nothing more in until there is room. */
function pass(socket, chunk) {
  if (!socket.write(chunk)) socket.pause();
}

const WAYS = {
  echo: {
    data(socket) {
      socket.on("data", (chunk) => pass(socket, chunk));
      socket.on("drain", () => socket.resume());
      socket.on("end", () => socket.end());
    },
    pipe(socket) {
      socket.pipe(socket);
    },
    web(socket) {
      const { readable, writable } = Duplex.toWeb(socket);
      readable.pipeTo(writable).catch(() => socket.destroy());
    },
  },
  sink: {
    data(socket) {
      let got = 0;
      socket.on("data", (chunk) => {
        got += chunk.byteLength;
      });
      socket.on("end", () => socket.end(countReply(got)));
    },
    async web(socket) {
      const { readable, writable } = Duplex.toWeb(socket);
      let got = 0;
      for await (const chunk of readable) got += chunk.byteLength;
      const writer = writable.getWriter();
      await writer.write(countReply(got));
      await writer.close();
    },
  },
  source: {
    data(socket) {
      const bytes = block();
      const fill = () => {
        while (socket.write(bytes));
      };
      socket.on("drain", fill);
      fill();
    },
    async web(socket) {
      const bytes = block();
      const writer = Duplex.toWeb(socket).writable.getWriter();
      for (;;) {
        await writer.ready;
        await writer.write(bytes);
      }
    },
  },
  burst: {
    data(socket) {
      const all = pieces(Number(size), Number(count));
      socket.on("data", () => {
        for (const piece of all) socket.write(piece);
      });
      socket.on("end", () => socket.end());
    },
    cork(socket) {
      const all = pieces(Number(size), Number(count));
      socket.on("data", () => {
        socket.cork();
        for (const piece of all) socket.write(piece);
        socket.uncork();
      });
      socket.on("end", () => socket.end());
    },
  },
};

const serve = WAYS[workload][way];
function admit(socket) {
  socket.on("error", () => {});
  // A stream that the load generator has left is an error of `serve`.
  Promise.resolve(serve(socket)).catch(() => {});
}
const how = { noDelay: true, allowHalfOpen: true };
const server = tls === undefined
  ? createServer(how, admit)
  : (await import("node:tls")).createServer({ ...how, ...tls }, admit);
server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
  console.log("listening", server.address().port);
});
