// A server that tells how it is when it is asked to.
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { collectGarbage } from "./garbage.mjs";

/** How often what was said, by its first word. */
const said = {};

function say(text) {
  const word = text.split(":")[0];
  said[word] = (said[word] ?? 0) + 1;
}

/** What `serve()` is to call. */
export const listening = {
  onError: (error) => say(String(error)),
  onEvent: ({ type }) => say(type),
};

/**
 * Tells the server's port, answers what is asked on the input, and shuts the server
 * down when told to stop.
 *
 * @param take Takes a line of the input; returns whether it was for it.
 */
export async function tell(server, take = () => false) {
  console.log("listening", server.addr.port);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "stop") break;
    if (take(line)) continue;
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
}
