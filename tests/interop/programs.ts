/**
 * What speaks the dialogue: the interface of the tables of clients and servers.
 *
 * @module
 */
import type { Invocation } from "../runtimes.ts";
import { printedPort, run } from "./child.ts";
import {
  type Exchange,
  EXCHANGES,
  request,
  type Transport,
  type Verdict,
} from "./dialogue.ts";

/** The exchanges that a program can show, as letters, such as `"ERHC"`. */
export interface Abilities {
  readonly tcp: string;
  readonly unix: string;
}

/** Where to connect, and what to show there. */
export interface Talk {
  readonly host: string;
  readonly port: number;
  readonly exchanges: readonly Exchange[];
  readonly digits: string;
  /** The payload, and the file that it is in. */
  readonly payload: Uint8Array;
  readonly payloadFile: string;
  /** The folder of the programs that were compiled. */
  readonly folder: string;
}

/** A program as a client. */
export interface Client {
  readonly name: string;
  /** Why it cannot be run here. */
  readonly skip?: string | undefined;
  readonly abilities: Abilities;
  /** Holds the dialogue. */
  hold(talk: Talk): Promise<Verdict[]>;
}

/** A program as a server. */
export interface ServerProgram {
  readonly name: string;
  /** Why it cannot be run here. */
  readonly skip?: string | undefined;
  readonly abilities: Abilities;
  /** How to start it. */
  invocation(host: string, folder: string): Invocation;
  /** Finds the port in its first line. */
  portOf(line: string): number;
}

/** A client that speaks the dialogue by itself. */
export function speakingClient(
  client: Omit<Client, "hold">,
  invocation: (args: string[], folder: string) => Invocation,
): Client {
  return {
    ...client,
    async hold({ host, port, payloadFile, exchanges, digits, folder }) {
      const output = await run(
        invocation(
          [host, String(port), payloadFile, exchanges.join(""), digits],
          folder,
        ),
      );
      return new TextDecoder().decode(output).trimEnd().split("\n").map((
        line,
      ) => JSON.parse(line) as Verdict);
    },
  };
}

/** A client that only sends its input, half-closes, and prints what it receives. */
export function plainClient(
  client: Omit<Client, "hold" | "abilities">,
  invocation: (host: string, port: number) => Invocation,
): Client {
  return {
    ...client,
    abilities: { tcp: "E", unix: "E" },
    async hold({ host, port, payload, digits }) {
      const sent = request(digits, payload);
      const output = await run(invocation(host, port), sent);
      const identical = output.length === sent.length &&
        output.every((byte, i) => byte === sent[i]);
      const received = output.length;
      return [{ exchange: "E", received, identical, end: "EOF" }];
    },
  };
}

/** A server that speaks the dialogue. */
export function speakingServer(
  server: Omit<ServerProgram, "portOf">,
): ServerProgram {
  return { ...server, portOf: printedPort };
}

/** What both programs can show over this transport. */
export function common(
  a: Abilities,
  b: Abilities,
  transport: Transport,
): Exchange[] {
  const kind = transport === "unix" ? "unix" : "tcp";
  return EXCHANGES.filter((exchange) => {
    // That a closed Unix socket resets is Linux's.
    if (kind === "unix" && exchange !== "E" && Deno.build.os !== "linux") {
      return false;
    }
    return a[kind].includes(exchange) && b[kind].includes(exchange);
  });
}
