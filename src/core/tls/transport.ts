/**
 * The plain connection below a secured one.
 *
 * @module
 */
import type { SocketError } from "../../api/errors.ts";
import type { Addr } from "../../api/stream.ts";
import type { Link } from "../stream/conn.ts";
import { ReadQueue } from "../stream/read_queue.ts";
import type { ReadHooks } from "../stream/read_queue.ts";
import type { WriteHooks } from "../stream/write_hooks.ts";
import { WriteQueue } from "../stream/write_queue.ts";

/** Its link and its queues, which keep no process alive by being read. */
export class Transport implements ReadHooks, WriteHooks {
  readonly address: Addr;
  readonly sendsByReference: boolean;
  readonly link: Link<Addr>;
  readonly incoming: ReadQueue;
  readonly outgoing: WriteQueue;

  constructor(link: Link<Addr>) {
    this.link = link;
    this.address = link.address;
    this.sendsByReference = link.sendsByReference;
    this.incoming = new ReadQueue(this);
    this.outgoing = new WriteQueue(this);
    link.attach(this.incoming, this.outgoing);
  }

  demand(): void {
    this.link.demand();
  }

  pause(): void {
    this.link.pause();
  }

  readWaiting(): void {}

  writeWaiting(waiting: boolean): void {
    this.link.writeWaiting(waiting);
  }

  send(bytes: Uint8Array): number | Promise<number> {
    return this.link.send(bytes);
  }

  writeFailure(reason: unknown): SocketError {
    return this.link.writeFailure(reason);
  }

  shutdown(): Promise<void> {
    return this.link.shutdown();
  }

  turn(): Promise<void> | undefined {
    return this.link.turn?.();
  }
}
