// An echo server that secures its connections.
import { listenTls, serve } from "@anyport/sockets";
import "./early_signals.mjs";
import { listening, tell } from "./telling.mjs";
import { identity } from "./tls_conn.mjs";

const folder = process.argv[2];
const options = JSON.parse(process.argv[3] ?? "{}");

const identities = [identity(folder), identity(folder, "renewed")];
const listener = await listenTls({
  hostname: "127.0.0.1",
  port: 0,
  backlog: 4096,
  ...identities[0],
  ...options,
});

/** How often the certificate is still to be replaced. */
let reloads = 0;

/** With every third connection. */
async function reloadNow() {
  if (reloads === 0 || server.stats().accepted % 3 !== 0) return;
  reloads--;
  await listener.reload(identities[(reloads + 1) % 2]);
  if (reloads === 0) console.log("reloaded");
}

const server = await serve(listener, async (conn, { signal }) => {
  await reloadNow();
  for (;;) {
    const chunk = await conn.readChunk({ signal });
    if (chunk === null) return;
    await conn.write(chunk);
  }
}, listening);
await tell(server, (line) => {
  const [word, count] = line.split(" ");
  if (word !== "reload") return false;
  reloads = Number(count);
  return true;
});
