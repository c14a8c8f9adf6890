/**
 * Detaches the socket of a connection from its backend, for a TLS engine.
 *
 * @module
 */
import type { ConnBackend } from "../../core/stream/backend.ts";
import { NetConnBackend } from "../node_api/net_conn.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { BunSocket } from "./api.ts";
import { BunConnBackend, type RawEvents } from "./conn.ts";

/** A detached socket. */
export interface Taken {
  readonly socket: BunSocket<unknown>;
  /** Received bytes that follow those that the backend has passed on. */
  readonly early: readonly Chunk[];
  /** Passes the socket's events to `events` instead of the backend. */
  hear(events: RawEvents): void;
}

/** Whether a backend is directly over a socket. */
export function canTake(backend: ConnBackend<Addr>): boolean {
  return BunConnBackend.isUnder(backend) || NetConnBackend.isUnder(backend);
}

/** Detaches the socket of such a backend. */
export function take(backend: ConnBackend<Addr>): Taken {
  if (BunConnBackend.isUnder(backend)) {
    return {
      socket: backend.release(),
      early: [],
      hear: (events) => backend.redirect(events),
    };
  }
  // `connect()` creates sockets of `node:net`, which wrap Bun's own.
  const outer = NetConnBackend.release(backend)!;
  const socket = (outer as unknown as { _handle: BunSocket<unknown> })._handle;
  const early: Chunk[] = [];
  while (outer.readableLength > 0) early.push(outer.read());
  return {
    socket,
    early,
    hear(events) {
      const guarded = (run: () => void) => {
        try {
          run();
        } catch (fault) {
          events.onFault(fault);
        }
      };
      socket.reload({
        socket: {
          binaryType: "uint8array",
          open() {},
          data: (_socket, bytes) => guarded(() => events.onData(bytes)),
          drain: () => guarded(() => events.onDrain()),
          end: () => guarded(() => events.onEnd()),
          close: (_socket, error) => guarded(() => events.onClose(error)),
          error() {},
        },
      });
    },
  };
}
