// One pending operation on what is secured, and nothing else that keeps the
// process alive.
import { setTimeout } from "node:timers";
import { listenForTls, openTlsConn } from "./tls_conn.mjs";

const [folder, subject, operation, port] = process.argv.slice(2);

const MORE_THAN_BUFFERS_TAKE = 64 * 1024 * 1024;

const onListener = {
  "accept() after unref() and ref()": (listener) => {
    listener.unref();
    listener.ref();
    return listener.accept();
  },
};

const onConn = {
  "read() during unref() and ref()": (conn) => {
    const reading = conn.read(new Uint8Array(1));
    conn.unref();
    conn.ref();
    return reading;
  },
  "write()": (conn) => conn.write(new Uint8Array(MORE_THAN_BUFFERS_TAKE)),
};

/** Before the peer has begun with its part of the handshake. */
const early = {
  "handshake() during unref() and ref()": (conn) => {
    const shaking = conn.handshake();
    conn.unref();
    conn.ref();
    return shaking;
  },
  "read() before the handshake": (conn) => conn.read(new Uint8Array(1)),
};

let pending;
if (subject === "listening") {
  pending = onListener[operation](await listenForTls(folder));
} else {
  const conn = await openTlsConn(folder, subject, port);
  if (operation in early) pending = early[operation](conn);
  else {
    await conn.handshake();
    pending = onConn[operation](conn);
  }
}

// Not awaited: on Bun that alone would keep the process alive.
pending.then(() => console.log("got it"));
// This timer fires only while something else keeps the process alive.
setTimeout(() => console.log("still here"), 50).unref();
