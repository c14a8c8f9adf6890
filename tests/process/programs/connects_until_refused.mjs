// Connects until there are no descriptors left, and again when there is one.
import { connect, errors } from "@anyport/sockets";
import "./early_signals.mjs";

const port = Number(process.argv[2]);
// What connecting needs is loaded while there are descriptors to load it with.
const conns = [await connect({ port })];
try {
  for (;;) conns.push(await connect({ port }));
} catch (error) {
  const kind = Object.keys(errors).find((name) =>
    error.constructor === errors[name]
  );
  console.log("error", kind, error.code, error.message);
}
for (const conn of conns.splice(0)) conn.close();
(await connect({ port })).close();
console.log("connected again");
