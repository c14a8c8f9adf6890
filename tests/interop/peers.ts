/**
 * The peers that are not Anyport: other languages' sockets, and tools.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Invocation } from "../runtimes.ts";
import { needs } from "./needs.ts";
import {
  type Client,
  plainClient,
  type ServerProgram,
  speakingClient,
  speakingServer,
} from "./programs.ts";

const SKIP = {
  python3: needs("python3", "python3 -c 'import asyncio'"),
  php: needs("php with ext-sockets", "php --re sockets"),
  gcc: needs("gcc", "gcc --version"),
  socat: needs("socat", "socat -V"),
  nc: needs("nc, OpenBSD's", "nc -h 2>&1 | grep OpenBSD"),
};

/** Reads no more than it is asked to, and can set SO_LINGER. */
const EVERYTHING = { tcp: "ERHC", unix: "ERC" };

/** Other clients. */
export const peerClients: Client[] = [
  speakingClient({
    name: "python3 socket client",
    skip: SKIP.python3,
    abilities: EVERYTHING,
  }, (args) => direct("python3", peer("echo_client.py"), ...args)),
  speakingClient({
    name: "python3 asyncio client",
    skip: SKIP.python3,
    // It reads ahead, so that no byte is unread when a Unix socket is closed.
    abilities: { tcp: "ERHC", unix: "ER" },
  }, (args) => direct("python3", peer("asyncio_client.py"), ...args)),
  speakingClient({
    name: "php sockets client",
    skip: SKIP.php,
    abilities: EVERYTHING,
  }, (args) => direct("php", peer("echo_client.php"), ...args)),
  speakingClient({
    name: "C client",
    skip: SKIP.gcc,
    abilities: EVERYTHING,
  }, (args, folder) => direct(`${folder}/echo`, "client", ...args)),
  plainClient(
    { name: "socat client", skip: SKIP.socat },
    (host, port) =>
      direct("socat", "-t", "20", "-", socatAddress("CONNECT", host, port)),
  ),
  plainClient(
    { name: "nc client", skip: SKIP.nc },
    (host, port) =>
      host.startsWith("/")
        ? direct("nc", "-N", "-U", host)
        : direct("nc", "-N", host, String(port)),
  ),
];

/** Other servers. */
export const peerServers: ServerProgram[] = [
  speakingServer({
    name: "python3 socket server",
    skip: SKIP.python3,
    abilities: EVERYTHING,
    invocation: (host) => direct("python3", peer("echo_server.py"), host),
  }),
  speakingServer({
    name: "python3 asyncio server",
    skip: SKIP.python3,
    abilities: { tcp: "ERHC", unix: "EC" },
    invocation: (host) => direct("python3", peer("asyncio_server.py"), host),
  }),
  speakingServer({
    name: "php streams server",
    skip: SKIP.php,
    abilities: { tcp: "ERH", unix: "ER" },
    invocation: (host) => direct("php", peer("echo_server.php"), host),
  }),
  speakingServer({
    name: "C server",
    skip: SKIP.gcc,
    abilities: EVERYTHING,
    invocation: (host, folder) => direct(`${folder}/echo`, "server", host),
  }),
  // A pipe that has room takes this much without blocking; with more, socat
  // can wait for itself to read the other end.
  socatServer("socat PIPE server", "PIPE", "-b", "4096"),
  socatServer("socat EXEC server", "EXEC:cat"),
];

/** Compiles what is to be compiled, into a folder. */
export async function compilePeers(folder: string): Promise<void> {
  if (SKIP.gcc !== undefined) return;
  const { success, stderr } = await new Deno.Command("gcc", {
    args: ["-O1", "-Wall", "-o", `${folder}/echo`, peer("echo.c")],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function socatServer(
  name: string,
  echo: string,
  ...options: string[]
): ServerProgram {
  return {
    name,
    skip: SKIP.socat,
    abilities: { tcp: "E", unix: "E" },
    invocation: (host) => {
      const address = socatAddress("LISTEN", host, 0) +
        (host.startsWith("/") ? "" : `,bind=${bracketed(host)}`);
      const args = [...options, "-d", "-d", "-t", "20"];
      args.push(`${address},fork`, echo);
      // Only its log tells the port.
      return direct("sh", "-c", 'exec socat "$@" 2>&1', "sh", ...args);
    },
    portOf(line) {
      const found = /listening on .*?(?::(\d+))?$/.exec(line);
      if (found === null) throw new Error(`socat says: ${line}`);
      return Number(found[1] ?? 0);
    },
  };
}

function socatAddress(verb: string, host: string, port: number): string {
  if (host.startsWith("/")) return `UNIX-${verb}:${host}`;
  const version = host.includes(":") ? 6 : 4;
  return verb === "LISTEN"
    ? `TCP${version}-LISTEN:${port}`
    : `TCP${version}:${bracketed(host)}:${port}`;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function direct(command: string, ...args: string[]): Invocation {
  return { command, args, env: {} };
}

function peer(file: string): string {
  return fileURLToPath(new URL(`./peers/${file}`, import.meta.url));
}
