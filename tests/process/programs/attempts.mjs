// Listens and connects as told, in JSON, and tells in JSON how each went.
import {
  connect,
  connectDatagram,
  errors,
  listen,
  listenDatagram,
} from "@anyport/sockets";
import { Socket } from "@anyport/sockets/berkeley";

async function bind(address) {
  const socket = new Socket();
  await socket.bind(address);
  return { addr: socket.getsockname(), close: () => socket.close() };
}

/** Sends a datagram from a port of its own. */
async function send({ from, to }) {
  const socket = await listenDatagram({ hostname: from, port: 0 });
  try {
    await socket.send(new Uint8Array(1), to);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

const operations = {
  bind,
  connect,
  connectDatagram,
  listen,
  listenDatagram,
  send,
};
const tables = { errors, "Deno.errors": globalThis.Deno?.errors ?? {} };

/** Where an error's class is found, such as `"errors.NotFound"`. */
function classOf(error) {
  for (const [table, classes] of Object.entries(tables)) {
    for (const [name, kind] of Object.entries(classes)) {
      if (error.constructor === kind) return `${table}.${name}`;
    }
  }
  return error.constructor.name;
}

async function attempt(operation, options) {
  try {
    const opened = await operations[operation](options);
    return { opened, outcome: { address: opened.addr ?? opened.remoteAddr } };
  } catch (error) {
    const { code, message, cause } = error;
    const outcome = {
      error: classOf(error),
      code,
      message,
      causedBy: cause instanceof Error ? cause.message : undefined,
    };
    return { opened: undefined, outcome };
  }
}

const attempts = [];
for (const [operation, options] of JSON.parse(process.argv[2])) {
  attempts.push(await attempt(operation, options));
}
for (const { opened, outcome } of attempts) {
  opened?.close();
  console.log("outcome", JSON.stringify(outcome));
}
