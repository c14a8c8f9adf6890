/**
 * Servers on `Bun.listen`.
 *
 *     bun_raw.mjs <workload> <way> [size] [count]
 */
import { block, countReply, pieces, plainly } from "./traffic.mjs";

const [word, , size = "0", count = "0"] = Bun.argv.slice(2);
const { workload, tls } = await plainly(word);

const bytes = workload === "source" ? block() : undefined;
const all = workload === "burst" ? pieces(Number(size), Number(count)) : [];

/** Writes, and keeps what the system does not take. */
function send(socket, chunk) {
  const { data } = socket;
  if (data.kept.length > 0) {
    data.kept.push(chunk);
    return;
  }
  const n = socket.write(chunk);
  if (n >= 0 && n < chunk.byteLength) {
    data.kept.push(chunk.subarray(n));
    socket.pause();
  }
}

/** Sends what was kept. @returns Whether all of it has gone. */
function sendKept(socket) {
  const { kept } = socket.data;
  while (kept.length > 0) {
    const n = socket.write(kept[0]);
    if (n < kept[0].byteLength) {
      if (n > 0) kept[0] = kept[0].subarray(n);
      return false;
    }
    kept.shift();
  }
  return true;
}

/** How many blocks one connection gets before it is another's turn. */
const BLOCKS_A_TURN = 64;

function fill(socket) {
  const { data } = socket;
  for (let blocks = 0; blocks < BLOCKS_A_TURN; blocks++) {
    const n = socket.write(data.at === 0 ? bytes : bytes.subarray(data.at));
    if (n <= 0) return;
    data.at = (data.at + n) % bytes.byteLength;
    if (data.at > 0) return;
  }
  setImmediate(fill, socket);
}

const WORKLOADS = {
  echo: {
    data: send,
    drain(socket) {
      if (sendKept(socket)) socket.resume();
    },
    end: (socket) => socket.end(),
  },
  sink: {
    data(socket, chunk) {
      socket.data.got += chunk.byteLength;
    },
    end(socket) {
      socket.write(countReply(socket.data.got));
      socket.end();
    },
  },
  source: { open: fill, drain: fill, end: (socket) => socket.end() },
  burst: {
    data(socket) {
      for (const piece of all) send(socket, piece);
    },
    drain(socket) {
      if (sendKept(socket)) socket.resume();
    },
    end: (socket) => socket.end(),
  },
};

const { open = () => {}, data = () => {}, drain = () => {}, end } =
  WORKLOADS[workload];
const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  allowHalfOpen: true,
  tls,
  socket: {
    open(socket) {
      socket.data = { kept: [], got: 0, at: 0 };
      open(socket);
    },
    data,
    drain,
    end,
    close() {},
    error() {},
  },
});
console.log("listening", server.port);
