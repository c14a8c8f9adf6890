/**
 * Types of the part of Bun's API that the adapter uses. They type-check where Bun's own
 * types are not installed.
 *
 * @module
 */
import type { DetailedPeerCertificate } from "node:tls";
import type { Chunk } from "../../api/stream.ts";

/** A connection. Its methods never throw, even after it is closed. */
export interface BunSocket<T> {
  data: T;
  /** The file descriptor. */
  readonly fd: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** `undefined` once the peer has reset the connection. */
  readonly remoteAddress: string | undefined;
  readonly remotePort: number;
  /**
   * Returns how many bytes the kernel took; 0 if its buffer is full, -1 if the
   * connection is gone.
   */
  write(bytes: Uint8Array): number;
  /** Sends FIN and goes on reading. */
  shutdown(): void;
  /** Closes both directions, after the written bytes. */
  end(): void;
  /** Sends RST and closes. */
  terminate(): void;
  pause(): void;
  resume(): void;
  ref(): void;
  unref(): void;
  setNoDelay(noDelay: boolean): boolean;
  setKeepAlive(keepAlive: boolean, delayMs?: number): boolean;
  /** Replaces the event handlers. */
  reload(options: { socket: BunHandlers<T> }): void;
  /**
   * Begins TLS on the connection.
   *
   * @returns The plain socket, whose handlers receive the encrypted bytes, and the
   *   secured one. They replace this socket.
   */
  upgradeTLS<D>(
    options: {
      isServer: boolean;
      tls: BunTlsOptions;
      socket: BunHandlers<D, BunTlsSocket<D>>;
      /** The `data` of the secured socket. */
      data: D;
      /** Bytes of the peer that were already read. */
      initialData: Uint8Array | undefined;
    },
  ): [BunSocket<T>, BunTlsSocket<D>];
}

/** The TLS options of a connection. */
export interface BunTlsOptions {
  /** The native context in a `SecureContext` of `node:tls`. */
  readonly secureContext: unknown;
  /** The server name that a client sends. */
  readonly serverName?: string | undefined;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized: boolean;
  /** As on the wire: each name after its length. */
  readonly ALPNProtocols?: Uint8Array;
  checkServerIdentity?(): undefined;
}

/** A secured connection. */
export interface BunTlsSocket<T = unknown> extends BunSocket<T> {
  /** Whether the peer's certificate is trusted. */
  readonly authorized: boolean;
  readonly alpnProtocol: string | false | null;
  close(): void;
  /** Refuses renegotiation by the peer. */
  disableRenegotiation(): void;
  getTLSVersion(): string;
  getCipher(): { standardName: string };
  /** The server name that the client has sent. */
  getServername(): string | undefined;
  /** Whether the handshake has resumed a session. */
  isSessionReused(): boolean;
  getPeerCertificate(abbreviated: boolean): DetailedPeerCertificate;
  getAuthorizationError(): Error | null;
}

/** The event handlers of a socket. */
export interface BunHandlers<T, S = BunSocket<T>> {
  /** The type of the bytes that `data` receives; `Buffer` by default. */
  binaryType: "uint8array";
  open(socket: S): void;
  data(socket: S, chunk: Chunk): void;
  drain(socket: S): void;
  end(socket: S): void;
  close(socket: S, error?: Error): void;
  error?(socket: S, error: Error): void;
  /**
   * Called at the end of the handshake. @param success Whether it succeeded and Bun
   * accepts the peer.
   */
  handshake?(socket: S, success: boolean, error: Error | null): void;
}

/** A listener. */
export interface BunListener {
  readonly port: number;
  readonly hostname: string;
  stop(closeActive: boolean): void;
  ref(): void;
  unref(): void;
}

/** The options of `Bun.listen`. */
export type BunListenOptions<T> =
  & { socket: BunHandlers<T>; allowHalfOpen: boolean }
  & (
    | {
      hostname: string;
      port: number;
      reusePort: boolean;
      ipv6Only: boolean;
    }
    | { unix: string }
  );

/** The global `Bun`. */
export const bun: {
  listen<T>(options: BunListenOptions<T>): BunListener;
  file(path: string): { text(): Promise<string> };
  fetch(
    url: string,
    options: { unix: string; signal: AbortSignal },
  ): Promise<unknown>;
} = (globalThis as unknown as { Bun: typeof bun }).Bun;
