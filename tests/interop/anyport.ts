/**
 * Anyport on every runtime, as clients and as servers.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { runtimes } from "../runtimes.ts";
import {
  type Abilities,
  type Client,
  type ServerProgram,
  speakingClient,
  speakingServer,
} from "./programs.ts";

const CLIENT = path("./programs/echo_client.mjs");
const SERVER = path("./programs/echo_server.mjs");

const found = await runtimes();

/** Anyport as a client. It can reset over TCP, and not on Deno. */
export const anyportClients: Client[] = found.map((runtime) =>
  speakingClient({
    name: `anyport on ${runtime.name} client`,
    abilities: abilities(runtime.name, { told: "RH", does: "C" }),
  }, (args) => runtime.command(CLIENT, args))
);

/** Anyport as a server. It can reset over TCP, and not on Deno. */
export const anyportServers: ServerProgram[] = found.map((runtime) =>
  speakingServer({
    name: `anyport on ${runtime.name} server`,
    abilities: abilities(runtime.name, { told: "C", does: "RH" }),
    invocation: (host) => runtime.command(SERVER, [host]),
  })
);

function abilities(
  runtime: string,
  { told, does }: { told: string; does: string },
): Abilities {
  return {
    tcp: "E" + told + (runtime === "deno" ? "" : does),
    unix: "E" + told,
  };
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
