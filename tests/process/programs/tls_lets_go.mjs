// Nothing secured that has to keep the process alive: it must end by itself.
import { listenForTls, openTlsConn } from "./tls_conn.mjs";

const [folder, subject, situation, port] = process.argv.slice(2);

const onListener = {
  "idle": () => {},
  "unref()ed while accept() waits": (listener) => {
    listener.accept();
    listener.unref();
  },
};

const onConn = {
  "idle after a read and a write": async (conn) => {
    await conn.write(new Uint8Array(1));
    await conn.read(new Uint8Array(1));
  },
  "whose writing has ended": (conn) => conn.closeWrite(),
  "unref()ed while read() waits": async (conn) => {
    await conn.read(new Uint8Array(1));
    conn.read(new Uint8Array(1));
    conn.unref();
  },
  "closed while read() waits": async (conn) => {
    await conn.read(new Uint8Array(1));
    const reading = conn.read(new Uint8Array(1));
    conn.close();
    await lost(reading);
  },
};

/** Its peer never says anything. */
const onSilence = {
  "and no call waits": () => {},
  "and handshake() was aborted": (conn) =>
    abort((signal) => conn.handshake({ signal })),
  "and it is unref()ed while handshake() waits": (conn) => {
    conn.handshake();
    conn.unref();
  },
  "and it is closed while handshake() and write() wait": async (conn) => {
    const waiting = [conn.handshake(), conn.write(new Uint8Array(1))];
    conn.close();
    await Promise.all(waiting.map(lost));
  },
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

if (subject === "listening") {
  await onListener[situation](await listenForTls(folder));
} else {
  const conn = await openTlsConn(folder, subject, port);
  if (situation in onSilence) await onSilence[situation](conn);
  else {
    await conn.handshake();
    await onConn[situation](conn);
  }
}
console.log("done");
