// Has the package by require() and by import(), in one program.
"use strict";
const required = require("@anyport/sockets");
const { constants, Socket } = require("@anyport/sockets/berkeley");

async function main() {
  const imported = await import("@anyport/sockets");
  const berkeley = await import("@anyport/sockets/berkeley");
  const unused = await required.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = unused.addr;
  unused.close();
  const error = await imported.connect({ port }).catch((error) => error);
  console.log(JSON.stringify({
    // Node before 20.19 and 22.12 requires no ES modules: there are two libraries.
    canBeOne: process.features.require_module !== false,
    isInstance: error instanceof required.errors.ConnectionRefused,
    isOne: required.listen === imported.listen &&
      required.errors.SocketError === imported.errors.SocketError &&
      Socket === berkeley.Socket && constants === berkeley.constants,
  }));
}

main();
