/**
 * An echo server with a metrics endpoint for Prometheus: the values of `stats()` over
 * HTTP, served by the library too.
 *
 * Try it:
 *
 *     deno run --allow-net examples/metrics.ts
 *     nc 127.0.0.1 8080
 *     curl http://127.0.0.1:9090/metrics
 *
 * `--port` and `--metrics-port` select other ports. Ctrl-C stops both.
 */
import { parseArgs } from "node:util";
import {
  type Conn,
  copy,
  serve,
  type Server,
  shutdownOnSignal,
} from "@anyport/sockets";

const { values } = parseArgs({
  options: {
    "port": { type: "string", default: "8080" },
    "metrics-port": { type: "string", default: "9090" },
  },
});
const hostname = "127.0.0.1";

const echo = await serve(
  { hostname, port: Number(values.port), idleTimeoutMs: 600_000 },
  (conn, { signal }) => copy(conn, conn, { signal }),
);
console.log(`Echoing on ${hostname}:${echo.addr.port}`);
const metrics = await serve({
  hostname,
  port: Number(values["metrics-port"]),
  // One request per connection: a slower client is closed.
  idleTimeoutMs: 5_000,
  maxConnections: 10,
}, answer);
const stopped = Promise.all([
  shutdownOnSignal(echo),
  shutdownOnSignal(metrics),
]);
console.log(`Metrics on ${hostname}:${metrics.addr.port}`);
await stopped;
console.log("Stopped");

/** The part of HTTP/1.1 (RFC 9112) for one request without a body. */
async function answer(conn: Conn): Promise<void> {
  const head = await conn.readUntil("\r\n\r\n", { maxBytes: 8192 });
  if (head === null) return;
  const request = new TextDecoder().decode(head);
  const found = /^GET \/metrics(?:\?\S*)? HTTP\/1\.[01]\r\n/.test(request);
  const body = found ? exposition(echo) : "There is /metrics.\n";
  await conn.write([
    `HTTP/1.1 ${found ? "200 OK" : "404 Not Found"}\r\n`,
    "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
    `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
    body,
  ]);
}

/** The statistics in the text format of Prometheus, version 0.0.4. */
function exposition(server: Server): string {
  const { accepted, active, closed, rejected, dropped, ...rest } = server
    .stats();
  const by = (reasons: Readonly<Record<string, number>>) =>
    Object.entries(reasons)
      .map(([reason, count]): [string, number] => [
        `{reason="${reason}"}`,
        count,
      ]);
  const families: [string, string, string, [string, number][]][] = [
    ["accepted_total", "counter", "Accepted", [["", accepted]]],
    ["active", "gauge", "Open", [["", active]]],
    ["closed_total", "counter", "Closed", by(closed)],
    ["rejected_total", "counter", "Reset unserved", by(rejected)],
    ["dropped_total", "counter", "Beyond the backlog", [["", dropped]]],
    ["read_bytes_total", "counter", "Read", [["", rest.bytesRead]]],
    ["written_bytes_total", "counter", "Written", [["", rest.bytesWritten]]],
  ];
  return families.map(([name, type, help, samples]) =>
    [
      `# HELP echo_${name} ${help}.`,
      `# TYPE echo_${name} ${type}`,
      ...samples.map(([label, value]) => `echo_${name}${label} ${value}`),
    ].join("\n") + "\n"
  ).join("");
}
