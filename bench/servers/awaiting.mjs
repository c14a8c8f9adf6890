/**
 * Servers that await each read and each write, over the runtime's own sockets
 * and with nothing more around them than that takes: what the promises cost.
 *
 *     awaiting.mjs <workload> <way> [size]
 *
 * No errors, no cancelling, one read and one write at a time. What no call has
 * asked for yet is kept, while the socket pauses.
 */
import { block, countReply } from "./traffic.mjs";

const [workload, way, size = "65536"] = process.argv.slice(2);

/** What is awaited of a connection; who extends it knows the runtime. */
class Awaited {
  /** Settles the read that waits, and what that read fills. */
  #resolve = null;
  #into = null;
  #kept = null;
  #ended = false;

  readChunk() {
    if (this.#kept === null) return this.#next();
    const chunk = this.#kept;
    this.#kept = null;
    this.resume();
    return Promise.resolve(chunk);
  }

  read(into) {
    if (this.#kept !== null) return Promise.resolve(this.#fill(into));
    this.#into = into;
    return this.#next();
  }

  /** Bytes have come. */
  arrived(chunk) {
    const resolve = this.#resolve, into = this.#into;
    if (resolve === null) {
      this.#kept = this.#kept === null ? chunk : joined(this.#kept, chunk);
      this.pause();
      return;
    }
    this.#resolve = this.#into = null;
    if (into === null) resolve(chunk);
    else if (chunk.byteLength <= into.byteLength) {
      into.set(chunk);
      resolve(chunk.byteLength);
    } else {
      this.#kept = chunk;
      this.pause();
      resolve(this.#fill(into));
    }
  }

  /** The other end has sent all that it will. */
  ended() {
    this.#ended = true;
    this.#resolve?.(null);
  }

  #next() {
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  #fill(into) {
    const kept = this.#kept;
    const n = Math.min(kept.byteLength, into.byteLength);
    into.set(kept.subarray(0, n));
    this.#kept = n < kept.byteLength ? kept.subarray(n) : null;
    if (this.#kept === null) this.resume();
    return n;
  }
}

/** One piece of two. */
function joined(one, other) {
  const both = new Uint8Array(one.byteLength + other.byteLength);
  both.set(one);
  both.set(other, one.byteLength);
  return both;
}

const WAYS = {
  echo: {
    async read(conn) {
      const buffer = new Uint8Array(Number(size));
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
  },
  sink: {
    async read(conn) {
      const buffer = new Uint8Array(Number(size));
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
  },
  source: {
    async write(conn) {
      const bytes = block();
      for (let blocks = 1;; blocks++) {
        await conn.write(bytes);
        // A peer that keeps up would keep all others out.
        if (blocks % 64 === 0) await new Promise((done) => setImmediate(done));
      }
    },
  },
};

const handle = WAYS[workload][way];
function serve(conn) {
  const close = () => conn.close();
  handle(conn).then(close, close);
}

class OfBun extends Awaited {
  #rest = null;
  #sent = null;

  constructor(socket) {
    super();
    this.socket = socket;
  }

  write(bytes) {
    const n = this.socket.write(bytes);
    if (n === bytes.byteLength || n < 0) return Promise.resolve();
    this.#rest = bytes.subarray(n);
    return new Promise((resolve) => {
      this.#sent = resolve;
    });
  }

  /** There is room again. */
  drained() {
    if (this.#rest === null) return;
    const n = this.socket.write(this.#rest);
    if (n < this.#rest.byteLength) this.#rest = this.#rest.subarray(n);
    else {
      this.#rest = null;
      this.#sent();
    }
  }

  pause() {
    this.socket.pause();
  }

  resume() {
    this.socket.resume();
  }

  close() {
    this.socket.end();
  }
}

class OfNode extends Awaited {
  #sent = null;

  constructor(socket) {
    super();
    this.socket = socket;
    socket.on("data", (chunk) => this.arrived(chunk));
    socket.on("end", () => this.ended());
    socket.on("drain", () => this.#sent?.());
    socket.on("error", () => {});
  }

  write(bytes) {
    if (this.socket.write(bytes)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#sent = resolve;
    });
  }

  pause() {
    this.socket.pause();
  }

  resume() {
    this.socket.resume();
  }

  close() {
    this.socket.end();
  }
}

if (globalThis.Bun) {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      binaryType: "uint8array",
      open(socket) {
        serve(socket.data = new OfBun(socket));
      },
      data: (socket, chunk) => socket.data.arrived(chunk),
      drain: (socket) => socket.data.drained(),
      end(socket) {
        socket.data.ended();
        if (workload === "source") socket.end();
      },
      close() {},
      error() {},
    },
  });
  console.log("listening", server.port);
} else {
  const { createServer } = await import("node:net");
  const how = { noDelay: true, allowHalfOpen: true };
  const server = createServer(how, (socket) => serve(new OfNode(socket)));
  server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
    console.log("listening", server.address().port);
  });
}
