/**
 * Receives syslog messages (RFC 3164 and RFC 5424) and prints them.
 *
 * A burst waits in a queue; messages that do not fit are counted and reported.
 *
 * Try it:
 *
 *     deno run --allow-net examples/syslog_receiver.ts
 *     logger --udp --server 127.0.0.1 --port 5514 -p user.warning "Getting warm"
 *
 * `--port` selects another port. Ctrl-C stops it.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { formatAddr, listenDatagram } from "@anyport/sockets";

const { values } = parseArgs({
  options: { port: { type: "string", default: "5514" } },
});

const SEVERITIES = "emergency alert critical error warning notice info debug"
  .split(" ");
const FACILITIES =
  "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp".split(
    " ",
  );

const socket = await listenDatagram({
  hostname: "127.0.0.1",
  port: Number(values.port),
  maxQueuedDatagrams: 10_000,
});
process.once("SIGINT", () => socket.close());
console.log(`Receiving syslog on ${formatAddr(socket.addr)}`);

const decoder = new TextDecoder();
let told = 0;
for await (const [data, addr] of socket) {
  console.log(`${addr.hostname} ${readable(decoder.decode(data))}`);
  if (socket.dropped > told) {
    console.log(`${socket.dropped - told} messages were dropped`);
    told = socket.dropped;
  }
}
console.log("Stopped");

/** Decodes the priority of a message: its facility and severity. */
function readable(message: string): string {
  const found = /^<(\d{1,3})>(?:1 )?(.*)/s.exec(message);
  if (found === null || Number(found[1]) > 191) return `?: ${message}`;
  const priority = Number(found[1]);
  const facility = FACILITIES[priority >> 3] ?? `local${(priority >> 3) - 16}`;
  return `${facility}.${SEVERITIES[priority & 7]}: ${found[2].trimEnd()}`;
}
