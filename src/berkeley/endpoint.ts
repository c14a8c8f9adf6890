/**
 * The interface below `Socket`, implemented for streams and for datagrams.
 *
 * @module
 */
import type { Operation } from "../api/errors.ts";
import type { Addr, Conn } from "../api/stream.ts";
import type { SocketAddress } from "./addresses.ts";
import type { How } from "./constants.ts";

/** How many bytes were received, and the sender of a datagram; `null` for a stream. */
export type Received = readonly [size: number, from: Addr | null];

/** The calls of a socket, with checked arguments; `Socket` documents them. */
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
  /** Called after an option is set; applies it to an open socket or connection. */
  optionSet(level: number, name: number, on: boolean): void;
  /** @throws {BadResource} EBADF, closed */
  assertOpen(operation: Operation): void;
}
