// Sends datagrams of those sizes, and wants each back as it was, from a socket
// of one peer and from one of many: datagram_client.mjs HOST PORT SIZE...
import { connectDatagram, listenDatagram } from "@anyport/sockets";

const [hostname, ...numbers] = process.argv.slice(2);
const [port, ...sizes] = numbers.map(Number);

/** Bytes that show their place and their datagram. */
function pattern(size) {
  return Uint8Array.from({ length: size }, (_, i) => i * 7 + size);
}

async function hold(send, receive) {
  let kept = 0;
  for (const size of sizes) {
    const sent = pattern(size);
    await send(sent);
    const [data, addr, truncated] = await receive({ timeoutMs: 5000 });
    const same = data.byteLength === size && !truncated &&
      data.every((byte, i) => byte === sent[i]);
    if (same && addr.port === port) kept++;
  }
  return kept;
}

const connected = await connectDatagram({ hostname, port });
const one = await hold(
  (p) => connected.send(p),
  (options) => connected.receive(options),
);
const any = hostname.includes(":") ? "::" : "0.0.0.0";
const open = await listenDatagram({ hostname: any, port: 0 });
const many = await hold(
  (p) => open.send(p, { hostname, port }),
  (options) => open.receive(new Uint8Array(65536), options),
);
connected.close();
open.close();
console.log(JSON.stringify({ kept: Math.min(one, many) }));
