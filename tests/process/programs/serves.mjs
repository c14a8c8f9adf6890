// An echo server that guards itself, and tells how it is when it is asked to.
import { serve } from "@anyport/sockets";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import "./early_signals.mjs";
import { collectGarbage } from "./garbage.mjs";

const options = JSON.parse(process.argv[2] ?? "{}");
/** How often what was said, by its first word. */
const said = {};
const say = (text) => {
  const word = text.split(":")[0];
  said[word] = (said[word] ?? 0) + 1;
};
const server = await serve({
  hostname: "127.0.0.1",
  port: 0,
  backlog: 4096,
  ...options,
  onError: (error) => say(String(error)),
  onEvent: ({ type }) => say(type),
}, async (conn, { signal }) => {
  for (;;) {
    const chunk = await conn.readChunk({ signal });
    if (chunk === null) return;
    await conn.write(chunk);
  }
});
console.log("listening", server.addr.port);

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "stop") break;
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
