// An echo server as one writes it: what becomes of one connection is its own.
import { copy, listen } from "@anyport/sockets";
import "./early_signals.mjs";

const listener = await listen({ hostname: "127.0.0.1", port: 0 });
console.log("listening", listener.addr.port);
for await (const conn of listener) {
  copy(conn, conn).catch(() => {}).finally(() => conn.close());
}
