/**
 * Where clients can go: a server program that runs on one transport.
 *
 * @module
 */
import { type Server, startServer } from "./child.ts";
import type { Transport } from "./dialogue.ts";
import type { ServerProgram } from "./programs.ts";

/** A server program on a transport, started once for all clients. */
export class Place {
  readonly program: ServerProgram;
  readonly transport: Transport;
  /** Why there is none here. */
  readonly skip: string | undefined;
  #host = "";
  #server: Server | undefined;
  #failure: unknown = new Error("The server was not started");

  constructor(program: ServerProgram, transport: Transport) {
    this.program = program;
    this.transport = transport;
    this.skip = program.skip ??
      (transport === "tcp6" ? NO_IPV6 : undefined);
  }

  /** Starts the server; that it fails is for the tests to tell. */
  async open(folder: string, name: string): Promise<void> {
    if (this.skip !== undefined) return;
    this.#host = this.transport === "tcp4"
      ? "127.0.0.1"
      : this.transport === "tcp6"
      ? "::1"
      : `${folder}/${name}.sock`;
    try {
      this.#server = await startServer(
        this.program.invocation(this.#host, folder),
        `${folder}/${name}.log`,
        this.program.portOf,
      );
    } catch (error) {
      this.#failure = error;
    }
  }

  get host(): string {
    return this.#host;
  }

  /** @throws why it did not start */
  get server(): Server {
    if (this.#server === undefined) throw this.#failure;
    return this.#server;
  }

  async close(): Promise<void> {
    await this.#server?.stop();
  }
}

const NO_IPV6 = whyNoIpv6();

function whyNoIpv6(): string | undefined {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return undefined;
  } catch {
    return "this machine has no ::1";
  }
}
