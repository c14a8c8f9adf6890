/**
 * Measures the clock offset of this machine with a time server (RFC 5905 §8).
 *
 * Of several answers, the one with the shortest delay is the most accurate. Lost
 * answers time out.
 *
 * Try it, with time_server.ts running:
 *
 *     deno run --allow-net examples/time_client.ts
 *
 * `--server` and `--port` select another server.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { connectDatagram, errors } from "@anyport/sockets";

const { values } = parseArgs({
  options: {
    server: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "1123" },
  },
});

/** Seconds from 1900, the epoch of NTP, to 1970. */
const EPOCH = 2_208_988_800;
const ATTEMPTS = 4;

/** The result of an exchange, in milliseconds. */
interface Sample {
  readonly offset: number;
  readonly delay: number;
}

using socket = await connectDatagram({
  hostname: values.server,
  port: Number(values.port),
});
const samples: Sample[] = [];
for (let i = 0; i < ATTEMPTS; i++) {
  const sample = await exchange();
  if (sample !== undefined) samples.push(sample);
}
samples.sort((a, b) => a.delay - b.delay);
if (samples.length > 0) {
  const [{ offset, delay }] = samples;
  console.log(
    `${samples.length} of ${ATTEMPTS} answers; the clock is off by ` +
      `${offset.toFixed(1)} ms, give or take ${(delay / 2).toFixed(1)} ms`,
  );
} else {
  console.error(`No answer from ${values.server}:${values.port}`);
  process.exitCode = 1;
}

async function exchange(): Promise<Sample | undefined> {
  const request = new Uint8Array(48);
  request[0] = 4 << 3 | 3; // Version 4, a client.
  // The client's time is not sent: a random number identifies the answer just as
  // well (draft-ietf-ntp-data-minimization).
  const cookie = crypto.getRandomValues(request.subarray(40, 48));
  const sent = Date.now(), started = performance.now();
  try {
    await socket.send(request);
    for (;;) {
      const [reply] = await socket.receive({ timeoutMs: 1000 });
      const came = sent + performance.now() - started;
      // The answer to an earlier request, or an unrelated one.
      if (cookie.some((byte, i) => byte !== reply[24 + i])) continue;
      const view = new DataView(reply.buffer, reply.byteOffset, reply.length);
      const [received, replied] = [timeAt(view, 32), timeAt(view, 40)];
      return {
        offset: (received - sent + replied - came) / 2,
        // The difference of two clocks may be slightly negative.
        delay: Math.max(0, came - sent - (replied - received)),
      };
    }
  } catch (error) {
    const lost = error instanceof errors.TimedOut ||
      error instanceof errors.ConnectionRefused;
    if (lost) return undefined;
    throw error;
  }
}

/** Milliseconds since 1970. */
function timeAt(view: DataView, at: number): number {
  const seconds = view.getUint32(at) - EPOCH;
  return (seconds + view.getUint32(at + 4) / 2 ** 32) * 1000;
}
