// A server that has all the connections it takes, whose handlers wait for
// nothing that a runtime knows of.
import { serve, shutdownOnSignal } from "@anyport/sockets";
import process from "node:process";

const unref = process.argv[2] === "unref";
const server = await serve(
  { hostname: "127.0.0.1", port: 0, maxConnections: 1, graceMs: 0 },
  async (conn) => {
    await conn.read(new Uint8Array(1));
    console.log("full");
    if (unref) server.unref();
    await new Promise(() => {});
  },
);
process.on("exit", () => console.log("over"));
console.log("listening", server.addr.port);
// Not awaited: some runtimes stay for a module that is not done.
if (!unref) shutdownOnSignal(server).then(() => console.log("shut down"));
