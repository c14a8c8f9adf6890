/**
 * A peer that is not the library: a plain socket, which can also reset and
 * refuse to read.
 *
 * @module
 */
import type { Addr, Listener } from "@anyport/sockets";
import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { joined } from "./bytes.ts";

/** What a peer has seen when its stream is over. */
export interface Seen {
  readonly bytes: Uint8Array;
  /** `"end"` at FIN, otherwise the error's code. */
  readonly ending: string;
}

/** A peer; it reads nothing until it is told to. */
export class RawPeer implements Disposable {
  readonly #socket: Socket;
  #ending: string | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.pause();
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#ending ??= error.code ?? error.message;
    });
  }

  /** Connects to a listener; one that resets it at once is no failure. */
  static async connect({ addr }: Pick<Listener, "addr">): Promise<RawPeer> {
    const socket = connect(
      addr.transport === "unix"
        ? { path: addr.path, allowHalfOpen: true }
        : { host: addr.hostname, port: addr.port, allowHalfOpen: true },
    );
    const peer = new RawPeer(socket);
    await Promise.race([once(socket, "connect"), once(socket, "close")])
      .catch((error) => {
        if (error.code !== "ECONNRESET") throw error;
      });
    return peer;
  }

  /** Sends bytes; resolves when the system has taken them. */
  send(p: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(p, (error) => error ? reject(error) : resolve());
    });
  }

  /** Sends FIN. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.end(() => resolve());
    });
  }

  /** Resets the connection; resolves when that is done. */
  async reset(): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.resetAndDestroy();
    await closed;
  }

  /** Waits for bytes, and takes them. */
  async readSome(): Promise<Uint8Array> {
    const came = once(this.#socket, "data");
    this.#socket.resume();
    const [chunk] = await came;
    this.#socket.pause();
    return chunk;
  }

  /** Reads until the connection ends, one way or the other. */
  async readToEnd(): Promise<Seen> {
    const socket = this.#socket;
    const chunks: Uint8Array[] = [];
    socket.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    if (this.#ending === undefined) {
      await new Promise<void>((resolve) => {
        socket.once("end", () => {
          // On Node 20 and 22 a reset may come as an end; then even a write of
          // nothing fails.
          if (socket.writable) socket.write(new Uint8Array(0));
          const error = socket.errored as NodeJS.ErrnoException | null;
          this.#ending ??= error?.code === "ECONNRESET" ? error.code : "end";
          resolve();
        });
        socket.once("close", () => resolve());
        socket.resume();
      });
    }
    return { bytes: joined(chunks), ending: this.#ending ?? "closed" };
  }

  /** Closes at once. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = once(this.#socket, "close");
    this.#socket.destroy();
    await closed;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** A listening peer. */
export class RawServer implements Disposable {
  readonly addr: Addr & { transport: "tcp" };
  readonly #server: ReturnType<typeof createServer>;
  readonly #peers: RawPeer[] = [];
  #next: (() => void) | undefined;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    const { port } = server.address() as { port: number };
    this.addr = { transport: "tcp", hostname: "127.0.0.1", port };
    server.on("connection", (socket) => {
      this.#peers.push(new RawPeer(socket));
      this.#next?.();
    });
  }

  /** Listens on a port of its own. */
  static async listen(): Promise<RawServer> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RawServer(server);
  }

  /** The next connection's peer. */
  async accept(): Promise<RawPeer> {
    while (this.#peers.length === 0) {
      await new Promise<void>((resolve) => this.#next = resolve);
    }
    return this.#peers.shift()!;
  }

  [Symbol.dispose](): void {
    for (const peer of this.#peers) peer[Symbol.dispose]();
    this.#server.close();
  }
}
