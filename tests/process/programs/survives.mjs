// Goes on after its peer has reset a connection that had no listener.
import { connect, listen } from "@anyport/sockets";

const [role, situation, port] = process.argv.slice(2);

const MORE_THAN_BUFFERS_TAKE = 64 * 1024 * 1024;

const situations = {
  "idle": () => {},
  "idle after a write": (conn) => conn.write(new Uint8Array(1)),
  "whose writing has ended": (conn) => conn.closeWrite(),
  "whose read() was aborted": (conn) =>
    abort((signal) => conn.read(new Uint8Array(1), { signal })),
  "whose write() was aborted": (conn) =>
    abort((signal) =>
      conn.write(new Uint8Array(MORE_THAN_BUFFERS_TAKE), { signal })
    ),
  "whose streams are not used": (conn) => void [conn.readable, conn.writable],
  "that is closed": (conn) => conn.close(),
};

async function abort(begin) {
  const controller = new AbortController();
  const waiting = begin(controller.signal);
  controller.abort();
  await waiting.catch(() => {});
}

/** How the connection that was reset ends. */
async function endOf(conn) {
  if (situation === "that is closed") return "closed";
  return await conn.read(new Uint8Array(1)).catch((error) => error.code);
}

/** One byte there and back, with a connection that was not reset. */
async function talk(conn, first, then) {
  const byte = new Uint8Array(1);
  await conn[first](byte);
  await conn[then](byte);
  conn.close();
}

if (role === "connected") {
  const conn = await connect({ port: Number(port) });
  await situations[situation](conn);
  console.log("ready");
  await talk(await connect({ port: Number(port) }), "write", "read");
  console.log("alive", await endOf(conn));
} else if (role === "accepted") {
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  console.log("listening", listener.addr.port);
  const conn = await listener.accept();
  await situations[situation](conn);
  console.log("ready");
  await talk(await listener.accept(), "read", "write");
  console.log("alive", await endOf(conn));
} else {
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  console.log("listening", listener.addr.port);
  const gate = await listen({ hostname: "127.0.0.1", port: 0 });
  console.log("gate", gate.addr.port);
  await gate.accept();
  await talk(await listener.accept(), "read", "write");
  console.log("alive");
}
