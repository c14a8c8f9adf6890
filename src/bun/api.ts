/**
 * The part of Bun's API that the wing uses, so that it type-checks where
 * Bun's own types are not installed.
 *
 * @module
 */
import type { Chunk } from "../types.ts";

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
}

/** What Bun calls when something happens. */
export interface BunHandlers<T> {
  /** What `data` gets; a `Buffer` unless said otherwise. */
  binaryType: "uint8array";
  open(socket: BunSocket<T>): void;
  data(socket: BunSocket<T>, chunk: Chunk): void;
  drain(socket: BunSocket<T>): void;
  end(socket: BunSocket<T>): void;
  close(socket: BunSocket<T>, error?: Error): void;
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
} = (globalThis as unknown as { Bun: typeof bun }).Bun;
