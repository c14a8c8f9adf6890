// An echo server that secures its connections, and tells how it is when it is
// asked to.
import { listenTls, serve } from "@anyport/sockets";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import "./early_signals.mjs";
import { collectGarbage } from "./garbage.mjs";
import { identity } from "./tls_conn.mjs";

const folder = process.argv[2];
const options = JSON.parse(process.argv[3] ?? "{}");
/** How often what was said, by its first word. */
const said = {};
const say = (text) => {
  const word = text.split(":")[0];
  said[word] = (said[word] ?? 0) + 1;
};

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
}, {
  onError: (error) => say(String(error)),
  onEvent: ({ type }) => say(type),
});
console.log("listening", server.addr.port);

for await (const line of createInterface({ input: process.stdin })) {
  const [word, count] = line.split(" ");
  if (word === "stop") break;
  if (word === "reload") {
    reloads = Number(count);
    continue;
  }
  await collectGarbage();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const report = {
    ...server.stats(),
    descriptors: readdirSync("/proc/self/fd").length,
    heap: heapUsed + arrayBuffers,
    rss,
    said,
  };
  console.log("report", JSON.stringify(report));
}
await server.shutdown();
console.log("stopped");
process.exit(0);
