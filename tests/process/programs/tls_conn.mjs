// The secured connection that a program is about: accepted, or connected to `port`.
import { connectTls, listenTls } from "@anyport/sockets";
import { readFileSync } from "node:fs";

/** What a server shows: one of the folder's certificates. */
export function identity(folder, name = "server") {
  return {
    cert: text(folder, `${name}.crt`),
    key: text(folder, `${name}.key`),
  };
}

/** The root that everybody trusts, or another one of the folder. */
export function roots(folder, name = "ca") {
  return { caCerts: [text(folder, `${name}.crt`)] };
}

function text(folder, name) {
  return readFileSync(`${folder}/${name}`, "utf8");
}

export async function listenForTls(folder) {
  const listener = await listenTls({
    hostname: "127.0.0.1",
    port: 0,
    ...identity(folder),
  });
  console.log("listening", listener.addr.port);
  return listener;
}

/** Its handshake is under way. */
export async function openTlsConn(folder, role, port) {
  return role === "connected"
    ? await connectTls({ port: Number(port), ...roots(folder) })
    : await (await listenForTls(folder)).accept();
}
