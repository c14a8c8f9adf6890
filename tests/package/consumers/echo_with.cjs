"use strict";

/** Sends a text to a server of its own, and returns what comes back. */
module.exports = async function echoWith({ connect, copy, listen }) {
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serveOne(listener, copy);

  const { hostname, port } = listener.addr;
  const conn = await connect({ hostname, port });
  await conn.write(new TextEncoder().encode("ping"));
  await conn.closeWrite();
  const decoder = new TextDecoder();
  let received = "";
  for await (const chunk of conn.readable) {
    received += decoder.decode(chunk, { stream: true });
  }

  conn.close();
  await serving;
  listener.close();
  return received;
};

async function serveOne(listener, copy) {
  const conn = await listener.accept();
  await copy(conn, conn);
  await conn.closeWrite();
  conn.close();
}
