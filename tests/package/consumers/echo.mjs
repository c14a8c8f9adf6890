import { connect, copy, errors, listen } from "@anyport/sockets";
import echoWith from "./echo_with.cjs";

console.log(JSON.stringify({
  received: await echoWith({ connect, copy, listen }),
  classes: Object.keys(errors).length,
  // Bundles have nothing left to resolve.
  resolved: process.env.BUNDLED ?? import.meta.resolve("@anyport/sockets"),
}));
