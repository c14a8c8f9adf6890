// Serves with one place for each host, and prints what becomes of peers that
// connect from the addresses given, one after the other, each staying.
import { serve } from "@anyport/sockets";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import process from "node:process";

const server = await serve({
  hostname: "::",
  port: 0,
  maxConnectionsPerHost: 1,
  graceMs: 0,
}, async (conn) => {
  await conn.write(new TextEncoder().encode("in"));
  await conn.readChunk();
});

// Not the runtime's own sockets: not every one binds an address to connect from.
const PEER = `
import socket, sys
port, held = int(sys.argv[1]), []
for source, target in (pair.split(">") for pair in sys.argv[2:]):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    peer = socket.socket(family, socket.SOCK_STREAM)
    peer.bind((source, 0))
    peer.connect((target, port))
    held.append(peer)
    try:
        got = peer.recv(2)
    except ConnectionResetError:
        got = b""
    print(source, "served" if got == b"in" else "reset", flush=True)
`;
const peers = spawn(
  "python3",
  ["-c", PEER, server.addr.port, ...process.argv.slice(2)].map(String),
  { stdio: ["ignore", "pipe", "inherit"] },
);
for await (const line of createInterface({ input: peers.stdout })) {
  console.log(line);
}
await server.shutdown();
