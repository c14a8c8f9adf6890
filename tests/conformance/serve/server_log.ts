/**
 * Servers for the cases, and a log of what happens to them that can be waited
 * for.
 *
 * @module
 */
import type {
  Conn,
  Handler,
  ListenOptions,
  ServeOptions,
  Server,
  ServerEvent,
} from "@anyport/sockets";
import { runtimeName } from "../capabilities.ts";
import type { Net } from "../case.ts";

/** How a peer sees a connection end that was reset. */
export const RESET = runtimeName === "deno" ? "end" : "ECONNRESET";

/** What a server has said, in order. */
export class ServerLog {
  readonly events: ServerEvent[] = [];
  /** What handlers threw. */
  readonly errors: unknown[] = [];
  #changed: (() => void) | undefined;

  /** The hooks that fill it. */
  get hooks(): Pick<ServeOptions, "onEvent" | "onError"> {
    return {
      onEvent: (event) => {
        this.events.push(event);
        this.#changed?.();
      },
      onError: (error) => {
        this.errors.push(error);
        this.#changed?.();
      },
    };
  }

  /** Its events as words: "open", "close idle", "reject denied". */
  get words(): string[] {
    return this.events.map((event) =>
      "reason" in event ? `${event.type} ${event.reason}` : event.type
    );
  }

  /** Resolves once a word has been said so often. */
  async until(word: string, times = 1): Promise<void> {
    while (this.words.filter((said) => said === word).length < times) {
      await this.#change();
    }
  }

  /** Resolves once so many errors have been heard. */
  async untilErrors(count: number): Promise<void> {
    while (this.errors.length < count) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed = resolve);
  }
}

/** A server on a port of its own, without any grace unless it is given one. */
export async function serving(
  net: Net,
  handler: Handler,
  options: ServeOptions & Partial<ListenOptions> = {},
): Promise<Server> {
  const where = options.path === undefined
    ? { hostname: "127.0.0.1", port: 0 }
    : {};
  return await net.serve(
    { ...where, graceMs: 0, ...options } as ListenOptions & ServeOptions,
    handler,
  );
}

/** Sends back what comes, until the peer ends or the server stops. */
export const echo: Handler = async (conn, { signal }) => {
  for (;;) {
    const chunk = await conn.readChunk({ signal });
    if (chunk === null) return;
    await conn.write(chunk);
  }
};

/** Something that a handler waits for. */
export class Gate {
  readonly opened: Promise<void>;
  open!: () => void;

  constructor() {
    this.opened = new Promise((resolve) => this.open = resolve);
  }
}

/** Writes and waits for the echo. */
export async function echoed(conn: Conn, p: Uint8Array): Promise<Uint8Array> {
  await conn.write(p);
  const got = new Uint8Array(p.byteLength);
  for (let at = 0; at < got.byteLength;) {
    const n = await conn.read(got.subarray(at));
    if (n === null) return got.subarray(0, at);
    at += n;
  }
  return got;
}
