// Accepts until there are no descriptors left, and again when there are some.
import { errors, listen } from "@anyport/sockets";
import "./early_signals.mjs";

const listener = await listen({ hostname: "127.0.0.1", port: 0 });
console.log("listening", listener.addr.port);
const conns = [];
try {
  for (;;) conns.push(await listener.accept());
} catch (error) {
  const kind = Object.keys(errors).find((name) =>
    error.constructor === errors[name]
  );
  console.log("error", kind, error.code, error.message);
}
for (const conn of conns) conn.close();
(await listener.accept()).close();
console.log("accepted again");
listener.close();
