/**
 * The part of Bun's API that the adapter uses, so that it type-checks where
 * Bun's own types are not installed.
 *
 * @module
 */
import type { DetailedPeerCertificate } from "node:tls";
import type { Chunk } from "../../api/stream.ts";

/** A connection. None of its methods throws, also after closing. */
export interface BunSocket<T> {
  data: T;
  /** The descriptor's number. */
  readonly fd: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** `undefined` once the peer has reset the connection. */
  readonly remoteAddress: string | undefined;
  readonly remotePort: number;
  /** Returns how many bytes the system took, 0 when it is full, -1 when the connection is gone. */
  write(bytes: Uint8Array): number;
  /** Sends FIN and goes on reading. */
  shutdown(): void;
  /** Closes both ways, after what was written. */
  end(): void;
  /** Closes with a reset. */
  terminate(): void;
  pause(): void;
  resume(): void;
  ref(): void;
  unref(): void;
  setNoDelay(noDelay: boolean): boolean;
  setKeepAlive(keepAlive: boolean, delayMs?: number): boolean;
  /** Replaces what is called when something happens. */
  reload(options: { socket: BunHandlers<T> }): void;
  /**
   * Secures the connection.
   *
   * @returns The plain socket, whose handlers see the encrypted bytes, and the
   *   secured one; in place of this one.
   */
  upgradeTLS<D>(
    options: {
      isServer: boolean;
      tls: BunTlsOptions;
      socket: BunHandlers<D, BunTlsSocket<D>>;
      /** What the secured one is to have for its own. */
      data: D;
      /** What the peer has sent already. */
      initialData: Uint8Array | undefined;
    },
  ): [BunSocket<T>, BunTlsSocket<D>];
}

/** How a connection is secured. */
export interface BunTlsOptions {
  /** What `node:tls` keeps inside of its own. */
  readonly secureContext: unknown;
  /** Sent by clients. */
  readonly serverName?: string | undefined;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized: boolean;
  /** As it goes over the wire: each name behind its length. */
  readonly ALPNProtocols?: Uint8Array;
  checkServerIdentity?(): undefined;
}

/** A secured connection. */
export interface BunTlsSocket<T = unknown> extends BunSocket<T> {
  /** Whether the peer's certificate is trusted. */
  readonly authorized: boolean;
  readonly alpnProtocol: string | false | null;
  close(): void;
  /** Refuses it to the peer. */
  disableRenegotiation(): void;
  getTLSVersion(): string;
  getCipher(): { standardName: string };
  /** The name that the client has asked for. */
  getServername(): string | undefined;
  /** Whether the peer has resumed a session. */
  isSessionReused(): boolean;
  getPeerCertificate(abbreviated: boolean): DetailedPeerCertificate;
  getAuthorizationError(): Error | null;
}

/** What Bun calls when something happens. */
export interface BunHandlers<T, S = BunSocket<T>> {
  /** What `data` gets; a `Buffer` unless said otherwise. */
  binaryType: "uint8array";
  open(socket: S): void;
  data(socket: S, chunk: Chunk): void;
  drain(socket: S): void;
  end(socket: S): void;
  close(socket: S, error?: Error): void;
  error?(socket: S, error: Error): void;
  /** The handshake is over. @param success Whether the peer is also trusted. */
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

/** Where to listen, and what to do with the connections. */
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

/** Bun's global. */
export const bun: {
  listen<T>(options: BunListenOptions<T>): BunListener;
  file(path: string): { text(): Promise<string> };
  fetch(
    url: string,
    options: { unix: string; signal: AbortSignal },
  ): Promise<unknown>;
} = (globalThis as unknown as { Bun: typeof bun }).Bun;
