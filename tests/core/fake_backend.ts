/**
 * A backend without a socket, for tests of the queues and of what is built on them.
 *
 * @module
 */
import type { SocketError } from "../../src/api/errors.ts";
import type { Chunk, NetAddr } from "../../src/api/stream.ts";
import type { ConnBackend } from "../../src/core/stream/backend.ts";
import type { ReadQueue } from "../../src/core/stream/read_queue.ts";
import type { WriteQueue } from "../../src/core/stream/write_queue.ts";

/** The address of both ends. */
export const ADDRESS: NetAddr = {
  transport: "tcp",
  hostname: "127.0.0.1",
  port: 1,
};

/** Returns a chunk of these bytes. */
export function chunk(...bytes: number[]): Chunk {
  return new Uint8Array(bytes);
}

/** Records the calls of a connection; a test feeds the queues that it attaches. */
export class FakeBackend implements ConnBackend<NetAddr> {
  readonly remoteAddr = ADDRESS;
  readonly localAddr = ADDRESS;
  sendsByReference = false;
  /** The calls that are not of reading, such as `"send 3"`, `"close"`, `"reset"`. */
  readonly log: string[] = [];
  /** The calls of reading: `"demand"`, `"pause"`, `"waiting"` and `"idle"`. */
  readonly reading: string[] = [];
  /** The argument of each `send`. */
  readonly sent: Uint8Array[] = [];
  /** The queues of the connection. */
  reads!: ReadQueue;
  writes!: WriteQueue;
  /** The result of `send`; the kernel takes all at once by default. */
  take: (bytes: Uint8Array) => number | Promise<number> = ({ byteLength }) =>
    byteLength;
  /** The result of `shutdown`. */
  finish: () => Promise<void> = () => Promise.resolve();
  /** The result of `lookAhead`. */
  look: () => Promise<void> = () => Promise.resolve();
  turn?: () => Promise<void> | undefined;
  readDirect?: (p: Uint8Array) => Promise<number | null> | undefined;
  readsDirectly = false;
  readonly #closed = Promise.withResolvers<void>();

  /** Settles when `close` has been called. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  attach(reads: ReadQueue, writes: WriteQueue): void {
    this.reads = reads;
    this.writes = writes;
  }

  demand(): void {
    this.reading.push("demand");
  }

  pause(): void {
    this.reading.push("pause");
  }

  readWaiting(waiting: boolean): void {
    this.reading.push(waiting ? "waiting" : "idle");
  }

  writeWaiting(_waiting: boolean): void {}

  send(bytes: Uint8Array): number | Promise<number> {
    this.log.push(`send ${bytes.byteLength}`);
    this.sent.push(bytes);
    return this.take(bytes);
  }

  writeFailure(reason: unknown): SocketError {
    return reason as SocketError;
  }

  shutdown(): Promise<void> {
    this.log.push("shutdown");
    return this.finish();
  }

  lookAhead(): Promise<void> {
    return this.look();
  }

  close(reset: boolean): void {
    this.log.push(reset ? "reset" : "close");
    this.#closed.resolve();
  }

  setNoDelay(noDelay: boolean): void {
    this.log.push(`noDelay ${noDelay}`);
  }

  setKeepAlive(keepAlive: boolean, delayMs: number | undefined): void {
    this.log.push(`keepAlive ${keepAlive} ${delayMs}`);
  }

  ref(): void {
    this.log.push("ref");
  }

  unref(): void {
    this.log.push("unref");
  }
}
