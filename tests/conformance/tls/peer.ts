/**
 * A peer that is not the library: `node:tls`, which can be made to speak TLS 1.2.
 *
 * @module
 */
import type { Listener, TlsVersion } from "@anyport/sockets";
import { once } from "node:events";
import type { Socket } from "node:net";
import {
  connect,
  type ConnectionOptions,
  createServer,
  type Server,
  type TlsOptions,
  type TLSSocket,
} from "node:tls";
import { joined } from "../bytes.ts";
import type { Seen } from "../raw_peer.ts";

/** Speaks that version, and no other. */
export function only(
  version: TlsVersion,
): { minVersion: TlsVersion; maxVersion: TlsVersion } {
  return { minVersion: version, maxVersion: version };
}

/** A peer; it reads nothing until it is told to. */
export class TlsPeer implements Disposable {
  /** Resolves once the handshake is done; rejects with Node's error. */
  readonly secured: Promise<void>;
  readonly #socket: TLSSocket;
  #ending: string | undefined;

  private constructor(socket: TLSSocket, secured: Promise<unknown>) {
    this.#socket = socket;
    this.secured = secured.then(() => {});
    this.secured.catch(() => {}); // Not every case asks.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#ending ??= error.code ?? error.message;
    });
  }

  /** Connects to a listener. */
  static connect(
    { addr }: Pick<Listener, "addr">,
    options: ConnectionOptions = {},
  ): TlsPeer {
    if (addr.transport !== "tcp") throw new TypeError("not a TCP listener");
    const socket = connect({
      host: addr.hostname,
      port: addr.port,
      servername: "localhost",
      allowHalfOpen: true,
      ...options,
    } as ConnectionOptions);
    return new TlsPeer(socket, once(socket, "secureConnect"));
  }

  /** One that has connected to a server, and shaken hands. */
  static accepted(socket: TLSSocket): TlsPeer {
    return new TlsPeer(socket, Promise.resolve());
  }

  /** What was agreed on. */
  get agreed(): {
    version: string | null;
    cipher: string;
    alpnProtocol: string | false | null;
  } {
    return {
      version: this.#socket.getProtocol(),
      cipher: this.#socket.getCipher().standardName,
      alpnProtocol: this.#socket.alpnProtocol,
    };
  }

  /** Sends bytes; resolves when the system has taken them. */
  send(p: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(p, (error) => error ? reject(error) : resolve());
    });
  }

  /** Sends close_notify and FIN. */
  end(): void {
    this.#socket.end();
  }

  /** Reads until the connection ends, one way or the other. */
  async readToEnd(): Promise<Seen> {
    const socket = this.#socket;
    const chunks: Uint8Array[] = [];
    socket.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    if (this.#ending === undefined && !socket.destroyed) {
      await new Promise<void>((resolve) => {
        socket.once("end", () => {
          this.#ending ??= "end";
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
export class TlsPeerServer implements Pick<Listener, "addr">, Disposable {
  readonly #server: Server;
  readonly #peers: (TlsPeer | Error)[] = [];
  /** All connections, for those whose handshake comes to nothing. */
  readonly #sockets = new Set<Socket>();
  #next: (() => void) | undefined;

  private constructor(server: Server) {
    this.#server = server;
    const add = (peer: TlsPeer | Error) => {
      this.#peers.push(peer);
      this.#next?.();
    };
    server.on("secureConnection", (socket) => add(TlsPeer.accepted(socket)));
    server.on("tlsClientError", (error) => add(error));
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {}); // Told by the one above.
    });
  }

  /** Listens on a port of its own. */
  static async listen(options: TlsOptions): Promise<TlsPeerServer> {
    const server = createServer({ allowHalfOpen: true, ...options });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TlsPeerServer(server);
  }

  /** Where it listens. */
  get addr(): { transport: "tcp"; hostname: string; port: number } {
    const { port } = this.#server.address() as { port: number };
    return { transport: "tcp", hostname: "127.0.0.1", port };
  }

  /** Does the same with each peer; one that is gone is none. */
  forEach(run: (peer: TlsPeer) => Promise<void>): void {
    this.#server.on("secureConnection", (socket) => {
      run(TlsPeer.accepted(socket)).catch(() => {});
    });
  }

  /** The next peer whose handshake is done. @throws {Error} if it has failed */
  async accept(): Promise<TlsPeer> {
    while (this.#peers.length === 0) {
      await new Promise<void>((resolve) => this.#next = resolve);
    }
    const peer = this.#peers.shift()!;
    if (peer instanceof Error) throw peer;
    return peer;
  }

  [Symbol.dispose](): void {
    for (const peer of this.#peers) {
      if (peer instanceof TlsPeer) peer[Symbol.dispose]();
    }
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
