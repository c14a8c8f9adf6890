// Connects to a name of several addresses, and tells where it arrived, when,
// and what is left of the attempts that did not.
import { connect, listen } from "@anyport/sockets";
import { readdirSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import "./early_signals.mjs";

const [hostname, name, timeoutMs] = process.argv.slice(2);

const countDescriptors = () => readdirSync("/proc/self/fd").length;

const listener = await listen({ hostname, port: 0 });
const { port } = listener.addr;

/** Connects, closes, and tells how that went. */
async function arrive(options) {
  const start = performance.now();
  try {
    const conn = await connect(options);
    const tookMs = performance.now() - start;
    (await listener.accept()).close();
    conn.close();
    return { at: conn.remoteAddr.hostname, tookMs };
  } catch (error) {
    return { error: error.name, tookMs: performance.now() - start };
  }
}

// What connecting to a name needs for good it has after the first time.
await arrive({ hostname: "alive.test", port });
const before = countDescriptors();
const arrival = await arrive({
  hostname: name,
  port,
  timeoutMs: timeoutMs && Number(timeoutMs),
});
// Long before the system would give a dead attempt up.
const deadline = Date.now() + 2000;
while (countDescriptors() > before && Date.now() < deadline) {
  await setTimeout(10);
}
console.log(
  "arrival",
  JSON.stringify({ ...arrival, leaked: countDescriptors() - before }),
);
