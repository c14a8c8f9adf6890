/**
 * What stands below a `Socket`: one of a stream, or one of datagrams.
 *
 * @module
 */
import type { Operation } from "../api/errors.ts";
import type { Addr, Conn } from "../api/stream.ts";
import type { SocketAddress } from "./addresses.ts";
import type { How } from "./constants.ts";

/** How many bytes were received, and their sender, where that is not known anyway. */
export type Received = readonly [size: number, from: Addr | null];

/** The calls of a socket, whose arguments were checked; they are described at `Socket`. */
export interface Endpoint {
  bind(address: SocketAddress): Promise<void>;
  listen(backlog: number): Promise<void>;
  accept(): Promise<Conn>;
  connect(address: SocketAddress): Promise<void>;
  send(p: Uint8Array): Promise<number>;
  sendTo(p: Uint8Array, address: SocketAddress): Promise<number>;
  receive(p: Uint8Array, operation: "recv" | "recvfrom"): Promise<Received>;
  shutdown(how: How): Promise<void> | void;
  close(): void;
  getsockname(): Addr;
  getpeername(): Addr;
  /** An option was set: where there is something to set it on, it takes effect at once. */
  optionSet(level: number, name: number, on: boolean): void;
  /** @throws {BadResource} EBADF, closed */
  assertOpen(operation: Operation): void;
}
