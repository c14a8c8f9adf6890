/**
 * Serves the time, as simple NTP servers do (RFC 5905 §14).
 *
 * One socket answers all clients, without connections or state.
 *
 * Try it:
 *
 *     deno run --allow-net examples/time_server.ts
 *     deno run --allow-net examples/time_client.ts
 *
 * `--port` selects another port than 1123. Ctrl-C stops it.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { listenDatagram } from "@anyport/sockets";

const { values } = parseArgs({
  options: { port: { type: "string", default: "1123" } },
});

/** Seconds from 1900, the epoch of NTP, to 1970. */
const EPOCH = 2_208_988_800;

const socket = await listenDatagram({
  hostname: "127.0.0.1",
  port: Number(values.port),
});
process.once("SIGINT", () => socket.close());
console.log(`Telling the time on 127.0.0.1:${socket.addr.port}`);

for await (const [request, addr] of socket) {
  const received = Date.now();
  // Accepts version 3 or 4, mode client; other requests are ignored.
  const version = request[0] >> 3 & 7;
  if (request.length < 48 || (request[0] & 7) !== 3 || version < 3) continue;
  const reply = new Uint8Array(48);
  const view = new DataView(reply.buffer);
  reply[0] = version << 3 | 4; // Mode server, no leap second.
  reply[1] = 1; // Stratum 1: a primary clock.
  reply[2] = request[2];
  reply[3] = 0xf6; // Precision: 2^-10 seconds.
  reply.set(new TextEncoder().encode("LOCL"), 12);
  putTime(view, 16, received);
  // The client identifies its request by this field.
  reply.set(request.subarray(40, 48), 24);
  putTime(view, 32, received);
  putTime(view, 40, Date.now());
  await socket.send(reply, addr);
}
console.log("Stopped");

/** Seconds since 1900, and the fraction in units of 2^-32. */
function putTime(view: DataView, at: number, ms: number): void {
  view.setUint32(at, Math.floor(ms / 1000) + EPOCH);
  view.setUint32(at + 4, (ms % 1000) / 1000 * 2 ** 32);
}
