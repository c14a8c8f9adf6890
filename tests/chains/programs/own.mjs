/**
 * The runtime's own client, connecting to a server of each case over TLS 1.3:
 * an oracle. The argument is a file as for `client.mjs`.
 */
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import process from "node:process";
import { checkServerIdentity, connect } from "node:tls";

/** How many connections there are at once. */
const LANES = 8;

const { cases, places } = JSON.parse(await readFile(process.argv[2], "utf8"));

/** Through `Deno.startTls`, as Deno's `node:tls` is what is under test. */
async function withDeno({ host, caCerts }, port) {
  const plain = await Deno.connect({ hostname: "127.0.0.1", port });
  const conn = await Deno.startTls(plain, { hostname: host, caCerts });
  try {
    await conn.handshake();
  } finally {
    conn.close();
  }
}

function withNode({ host, caCerts }, port) {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      ca: caCerts,
      servername: isIP(host) ? "" : host.replace(/\.$/, ""),
      checkServerIdentity: (_, certificate) =>
        checkServerIdentity(host, certificate),
    });
    socket.on("secureConnect", () => {
      // Bun calls back before it has verified.
      if (socket.authorized) resolve();
      else reject(socket.authorizationError ?? new Error("not authorized"));
      socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed")));
  });
}

const attempt = typeof Deno === "object" ? withDeno : withNode;
const left = cases.keys();
await Promise.all(Array.from({ length: LANES }, async () => {
  for (const index of left) {
    const verdict = { name: cases[index].name, trusted: true };
    try {
      await attempt(cases[index], Number(places[index]));
    } catch (error) {
      verdict.trusted = false;
      verdict.reason = String(error?.message ?? error);
    }
    console.log(JSON.stringify(verdict));
  }
}));
process.exit();
