/**
 * Datagrams between the library, on each runtime, and others: every client with
 * every server, of which at least one is the library's.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { test } from "../harness.ts";
import { type Invocation, runtimes } from "../runtimes.ts";
import { printedPort, run, startServer } from "./child.ts";

/** One byte; what fits into an Ethernet frame; what takes several; the longest. */
const SIZES = [1, 1400, 9000, 65507];
const HOSTS = ["127.0.0.1", "::1"];

/** A client or a server. */
interface Party {
  readonly name: string;
  readonly own: boolean;
  readonly skip?: string | undefined;
}

interface Client extends Party {
  /** Has its datagrams back; returns how many came as they had left. */
  hold(host: string, port: number): Promise<number>;
}

interface ServerParty extends Party {
  invocation(host: string, port: number): Invocation;
  /** Whether it cannot be asked for any port. */
  readonly needsPort?: boolean;
}

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

function needs(program: string, ...args: string[]): string | undefined {
  try {
    const { success } = new Deno.Command(program, { args }).outputSync();
    if (success) return undefined;
  } catch {
    // It is not there.
  }
  return `needs program ${program}`;
}

/** A client that is told the sizes, and says how many it kept. */
function sized(
  party: Party,
  invocation: (args: string[]) => Invocation,
): Client {
  return {
    ...party,
    async hold(host, port) {
      const args = [host, `${port}`, ...SIZES.map(String)];
      const told = new TextDecoder().decode(await run(invocation(args)));
      return (JSON.parse(told) as { kept: number }).kept;
    },
  };
}

const direct = (command: string, ...args: string[]): Invocation => ({
  command,
  args,
  env: {},
});

const python = needs("python3", "--version");
const socat = needs("socat", "-V");
const all = await runtimes();

const clients: Client[] = [
  ...all.map((runtime) =>
    sized(
      { name: runtime.name, own: true },
      (args) => runtime.command(file("programs/datagram_client.mjs"), args),
    )
  ),
  sized(
    { name: "python3", own: false, skip: python },
    (args) => direct("python3", file("peers/datagram_client.py"), ...args),
  ),
  sized(
    { name: "php", own: false, skip: needs("php", "--re", "sockets") },
    (args) => direct("php", file("peers/datagram_client.php"), ...args),
  ),
  {
    name: "socat",
    own: false,
    skip: socat,
    async hold(host, port) {
      let kept = 0;
      const address = host.includes(":") ? `[${host}]` : host;
      for (const size of SIZES) {
        const sent = Uint8Array.from({ length: size }, (_, i) => i * 7 + size);
        const got = await run(
          direct(
            "socat",
            ...[
              "-b",
              "65536",
              "-t",
              "5",
              "-",
              `UDP:${address}:${port},readbytes=${size}`,
            ],
          ),
          sent,
        );
        if (got.length === size && got.every((byte, i) => byte === sent[i])) {
          kept++;
        }
      }
      return kept;
    },
  },
];

const servers: ServerParty[] = [
  ...all.map((runtime) => ({
    name: runtime.name,
    own: true,
    invocation: (host: string) =>
      runtime.command(file("programs/datagram_server.mjs"), [host]),
  })),
  {
    name: "python3",
    own: false,
    skip: python,
    invocation: (host) =>
      direct("python3", file("peers/datagram_server.py"), host),
  },
  {
    name: "socat",
    own: false,
    skip: socat,
    needsPort: true,
    // Its log, of which the first line says that it listens, goes where the
    // others say their port.
    invocation: (host, port) =>
      direct(
        "socat",
        ...["-b", "65536", "-d", "-d", "-lf", "/dev/stdout"],
        host.includes(":")
          ? `UDP6-RECVFROM:${port},bind=[${host}],fork`
          : `UDP4-RECVFROM:${port},bind=${host},fork`,
        "PIPE",
      ),
  },
];

async function freePort(host: string): Promise<number> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

for (const host of HOSTS) {
  for (const server of servers) {
    test(
      `Datagrams come back from ${server.name} at ${host} to every client`,
      { skip: server.skip, limitMs: 60_000 },
      async () => {
        const wanted = server.needsPort ? await freePort(host) : 0;
        const log = await Deno.makeTempFile();
        const running = await startServer(
          server.invocation(host, wanted),
          log,
          server.needsPort ? () => wanted : printedPort,
        );
        try {
          const kept: Record<string, number> = {};
          for (const client of clients) {
            if (client.skip !== undefined) continue;
            if (!client.own && !server.own) continue;
            kept[client.name] = await client.hold(host, running.port);
          }
          const expected = Object.keys(kept)
            .map((name) => [name, SIZES.length]);
          assertEquals(kept, Object.fromEntries(expected));
        } finally {
          await running.stop();
          await Deno.remove(log);
        }
      },
    );
  }
}
