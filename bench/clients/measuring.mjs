/**
 * What every client of the bench does around its own way of moving bytes.
 *
 *     <client>.mjs <workload> port=8080 connections=8 size=65536 depth=1 seconds=1 warmup=1
 *
 * It prints the line of JSON that the load generator prints for servers.
 */

// Merely to name `process` costs Deno a start-up.
const [workload, ...words] = globalThis.Deno?.args ?? process.argv.slice(2);

/** What the command line asks for. */
export const options = {
  workload,
  ...Object.fromEntries(words.map((word) => {
    const [name, value] = word.split("=");
    return [name, Number(value)];
  })),
};

/** Bytes that come or go while they are measured. */
let bytes = 0;

/** Counts bytes that have come back, have come, or have gone. */
export function count(n) {
  bytes += n;
}

/** The bytes of a message, as the server's `i % 251`, from `place` of the stream on. */
export function messageAt(place, size) {
  return pattern.subarray(place % 251, place % 251 + size);
}

const pattern = Uint8Array.from(
  { length: 251 + (options.size ?? 65536) },
  (_, i) => i % 251,
);

/** Gives up unless the first and the last byte are those of this place in the stream. */
export function check(chunk, place) {
  const last = chunk.byteLength - 1;
  if (chunk[0] === place % 251 && chunk[last] === (place + last) % 251) return;
  giveUp(`wrong bytes at place ${place}`);
}

/** Tells what is wrong, and ends the process. */
export function giveUp(error) {
  console.error(error);
  end(1);
}

/** How long it may take until everybody is connected. */
const START_LIMIT_MS = 10_000;

/** Measures what `start` does for each connection, and ends the process. */
export async function measure(start) {
  const late = setTimeout(giveUp, START_LIMIT_MS, "no connection in time");
  for (let i = 0; i < options.connections; i++) await start();
  clearTimeout(late);
  await wait(options.warmup);
  const cpu = cpuTime();
  const began = performance.now();
  bytes = 0;
  await wait(options.seconds);
  const seconds = (performance.now() - began) / 1000;
  const cpuNs = Math.round(cpuTime() - cpu);
  if (bytes === 0) {
    giveUp("no byte moved");
  }
  const oneWay = workload === "sink" || workload === "source";
  const messages = oneWay ? 0 : Math.floor(bytes / options.size);
  console.log(JSON.stringify({ seconds, messages, bytes, cpuNs }));
  end(0);
}

function wait(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Nanoseconds of CPU time that this process has used. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

function end(code) {
  if (globalThis.Deno !== undefined) Deno.exit(code);
  process.exit(code);
}
