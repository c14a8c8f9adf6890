// Listens and connects as told, in JSON, and tells in JSON how each went.
import { connect, errors, listen } from "@anyport/sockets";
import { Socket } from "@anyport/sockets/berkeley";

async function bind(address) {
  const socket = new Socket();
  await socket.bind(address);
  return { addr: socket.getsockname(), close: () => socket.close() };
}

const operations = { bind, connect, listen };
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
