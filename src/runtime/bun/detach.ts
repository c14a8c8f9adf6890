/**
 * Taking a connection's socket from below its backend.
 *
 * @module
 */
import type { ConnBackend } from "../../core/stream/backend.ts";
import { NetConnBackend } from "../node_api/net_conn.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { BunSocket } from "./api.ts";
import { BunConnBackend, type RawEvents } from "./conn.ts";

/** A socket that was taken. */
export interface Taken {
  readonly socket: BunSocket<unknown>;
  /** What had come already, behind what the backend has given on. */
  readonly early: readonly Chunk[];
  /** Lets `events` hear what the backend heard. */
  hear(events: RawEvents): void;
}

/** Whether there is a socket right below a backend. */
export function canTake(backend: ConnBackend<Addr>): boolean {
  return BunConnBackend.isUnder(backend) || NetConnBackend.isUnder(backend);
}

/** Takes it. */
export function take(backend: ConnBackend<Addr>): Taken {
  if (BunConnBackend.isUnder(backend)) {
    return {
      socket: backend.release(),
      early: [],
      hear: (events) => backend.redirect(events),
    };
  }
  // One of `node:net`, as connecting gives them, wraps Bun's own.
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
