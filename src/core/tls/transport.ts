/**
 * The plain connection below a secured one.
 *
 * @module
 */
import type { SocketError } from "../../api/errors.ts";
import type { Addr } from "../../api/stream.ts";
import type { ConnBackend } from "../stream/conn.ts";
import { ReadQueue } from "../stream/read_queue.ts";
import type { ReadHooks } from "../stream/read_queue.ts";
import type { WriteHooks } from "../stream/write_hooks.ts";
import { WriteQueue } from "../stream/write_queue.ts";

/** Its backend and its queues, which keep no process alive by being read. */
export class Transport implements ReadHooks, WriteHooks {
  readonly address: Addr;
  readonly sendsByReference: boolean;
  readonly backend: ConnBackend<Addr>;
  readonly incoming: ReadQueue;
  readonly outgoing: WriteQueue;

  constructor(backend: ConnBackend<Addr>) {
    this.backend = backend;
    this.address = backend.address;
    this.sendsByReference = backend.sendsByReference;
    this.incoming = new ReadQueue(this);
    this.outgoing = new WriteQueue(this);
    backend.attach(this.incoming, this.outgoing);
  }

  demand(): void {
    this.backend.demand();
  }

  pause(): void {
    this.backend.pause();
  }

  readWaiting(): void {}

  writeWaiting(waiting: boolean): void {
    this.backend.writeWaiting(waiting);
  }

  send(bytes: Uint8Array): number | Promise<number> {
    return this.backend.send(bytes);
  }

  writeFailure(reason: unknown): SocketError {
    return this.backend.writeFailure(reason);
  }

  shutdown(): Promise<void> {
    return this.backend.shutdown();
  }

  turn(): Promise<void> | undefined {
    return this.backend.turn?.();
  }
}
