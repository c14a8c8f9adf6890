// Nothing that has to keep the process alive: it must end by itself.
import { connect, listen, listenDatagram } from "@anyport/sockets";
import { openConn } from "./conn.mjs";

const [subject, situation, port] = process.argv.slice(2);

const MORE_THAN_BUFFERS_TAKE = 64 * 1024 * 1024;

const onListener = {
  "idle": () => {},
  "idle after ref()": (listener) => listener.ref(),
  "whose accept() was aborted": (listener) =>
    abort((signal) => listener.accept({ signal })),
  "whose accept() timed out": (listener) =>
    lost(listener.accept({ timeoutMs: 10 })),
  "unref()ed while accept() waits": (listener) => {
    listener.accept();
    listener.unref();
  },
  "unref()ed while accept() with a time limit waits": (listener) => {
    listener.accept({ timeoutMs: 60_000 });
    listener.unref();
  },
  "unref()ed before accept() waits": (listener) => {
    listener.unref();
    listener.accept();
  },
  "closed while accept() waits": async (listener) => {
    const accepting = listener.accept();
    listener.close();
    await lost(accepting);
  },
  "closed while for await waits": async (listener) => {
    queueMicrotask(() => listener.close());
    for await (const conn of listener) conn.close();
  },
};

const onDatagrams = {
  "idle": () => {},
  "idle after ref()": (socket) => socket.ref(),
  "idle after a datagram": async (socket) => {
    await socket.send(new Uint8Array(1), socket.addr);
    await socket.receive();
  },
  "whose receive() was aborted": (socket) =>
    abort((signal) => socket.receive({ signal })),
  "whose receive() timed out": (socket) =>
    lost(socket.receive({ timeoutMs: 10 })),
  "unref()ed while receive() waits": (socket) => {
    socket.receive();
    socket.unref();
  },
  "unref()ed while receive() with a time limit waits": (socket) => {
    socket.receive({ timeoutMs: 60_000 });
    socket.unref();
  },
  "unref()ed before receive() waits": (socket) => {
    socket.unref();
    socket.receive();
  },
  "closed while receive() waits": async (socket) => {
    const receiving = socket.receive();
    socket.close();
    await lost(receiving);
  },
  "closed while for await waits": async (socket) => {
    queueMicrotask(() => socket.close());
    for await (const _ of socket) break;
  },
};

const onConn = {
  "idle": () => {},
  "idle after ref()": (conn) => conn.ref(),
  "idle after a read and a write": async (conn) => {
    await conn.write(new Uint8Array(1));
    await conn.read(new Uint8Array(1));
  },
  "whose writing has ended": (conn) => conn.closeWrite(),
  "whose read() was aborted": (conn) =>
    abort((signal) => conn.read(new Uint8Array(1), { signal })),
  "whose read() timed out": (conn) =>
    lost(conn.read(new Uint8Array(1), { timeoutMs: 10 })),
  "whose readable was cancelled during a read": async (conn) => {
    const reader = conn.readable.getReader();
    const reading = reader.read();
    await reader.cancel();
    await reading;
  },
  "unref()ed while read() waits": (conn) => {
    conn.read(new Uint8Array(1));
    conn.unref();
  },
  "unref()ed while read() with a time limit waits": (conn) => {
    conn.read(new Uint8Array(1), { timeoutMs: 60_000 });
    conn.unref();
  },
  "unref()ed before read() waits": (conn) => {
    conn.unref();
    conn.read(new Uint8Array(1));
  },
  "closed while read() and write() wait": async (conn) => {
    // Its peer has come so far as to send: closing now resets no connect().
    await conn.read(new Uint8Array(1));
    const reading = conn.read(new Uint8Array(1));
    const writing = conn.write(new Uint8Array(MORE_THAN_BUFFERS_TAKE));
    conn.close();
    await Promise.all([lost(reading), lost(writing)]);
  },
};

const onConnecting = {
  "aborted": () => abort((signal) => connect({ port: Number(port), signal })),
  "timed out": () => lost(connect({ port: Number(port), timeoutMs: 10 })),
};

async function abort(begin) {
  const controller = new AbortController();
  const waiting = begin(controller.signal);
  controller.abort();
  await lost(waiting);
}

/** A promise that has to reject. */
async function lost(promise) {
  await promise.then(() => {
    throw new Error(`${situation}: it was not to succeed`);
  }, () => {});
}

if (subject === "connecting") {
  await onConnecting[situation]();
} else if (subject === "listening") {
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  await onListener[situation](listener);
} else if (subject === "datagrams") {
  const socket = await listenDatagram({ hostname: "127.0.0.1", port: 0 });
  await onDatagrams[situation](socket);
} else {
  await onConn[situation](await openConn(subject, port));
}
console.log("done");
