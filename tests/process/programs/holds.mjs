// One pending operation, and nothing else that keeps the process alive.
import { connect, listen, listenDatagram } from "@anyport/sockets";
import { setTimeout } from "node:timers";
import { openConn } from "./conn.mjs";

const [subject, operation, port] = process.argv.slice(2);

const MORE_THAN_BUFFERS_TAKE = 64 * 1024 * 1024;

const onListener = {
  "accept()": (listener) => listener.accept(),
  "accept() after unref() and ref()": (listener) => {
    listener.unref();
    listener.ref();
    return listener.accept();
  },
  "accept() during unref() and ref()": (listener) => {
    const accepting = listener.accept();
    listener.unref();
    listener.ref();
    return accepting;
  },
  "accept() after an aborted one": (listener) => {
    abort((signal) => listener.accept({ signal }));
    return listener.accept();
  },
};

const onDatagrams = {
  "receive()": (socket) => socket.receive(),
  "for await": (socket) => socket[Symbol.asyncIterator]().next(),
  "receive() after unref() and ref()": (socket) => {
    socket.unref();
    socket.ref();
    return socket.receive();
  },
  "receive() during unref() and ref()": (socket) => {
    const receiving = socket.receive();
    socket.unref();
    socket.ref();
    return receiving;
  },
  "receive() after an aborted one": (socket) => {
    abort((signal) => socket.receive({ signal }));
    return socket.receive();
  },
};

const onConn = {
  "read()": (conn) => conn.read(new Uint8Array(1)),
  "readChunk()": (conn) => conn.readChunk(),
  "a read of readable": (conn) => conn.readable.getReader().read(),
  "read() after unref() and ref()": (conn) => {
    conn.unref();
    conn.ref();
    return conn.read(new Uint8Array(1));
  },
  "read() during unref() and ref()": (conn) => {
    const reading = conn.read(new Uint8Array(1));
    conn.unref();
    conn.ref();
    return reading;
  },
  "read() after an aborted one": (conn) => {
    abort((signal) => conn.read(new Uint8Array(1), { signal }));
    return conn.read(new Uint8Array(1));
  },
  "write()": (conn) => conn.write(new Uint8Array(MORE_THAN_BUFFERS_TAKE)),
  "write() with a signal": (conn) =>
    conn.write(new Uint8Array(MORE_THAN_BUFFERS_TAKE), {
      signal: new AbortController().signal,
    }),
  "write() and then unref()": (conn) => {
    const writing = conn.write(new Uint8Array(MORE_THAN_BUFFERS_TAKE));
    conn.unref();
    return writing;
  },
  "closeWrite() behind a write": (conn) => {
    conn.write(new Uint8Array(MORE_THAN_BUFFERS_TAKE));
    return conn.closeWrite();
  },
};

function abort(begin) {
  const controller = new AbortController();
  begin(controller.signal).catch(() => {});
  controller.abort();
}

let pending;
if (subject === "connecting") {
  pending = connect({ port: Number(port) });
} else if (subject === "listening") {
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  console.log("listening", listener.addr.port);
  pending = onListener[operation](listener);
} else if (subject === "datagrams") {
  const socket = await listenDatagram({ hostname: "127.0.0.1", port: 0 });
  console.log("listening", socket.addr.port);
  pending = onDatagrams[operation](socket);
} else {
  pending = onConn[operation](await openConn(subject, port));
}

// Not awaited: on Bun that alone would keep the process alive.
pending.then(() => console.log("got it"));
// This timer fires only while something else keeps the process alive.
setTimeout(() => console.log("still here"), 50).unref();
