/**
 * Taking a connection's socket from below its link.
 *
 * @module
 */
import type { Link } from "../../core/stream/conn.ts";
import { isSocketLink, releaseSocket } from "../node_api/net_conn.ts";
import type { Addr, Chunk } from "../../api/stream.ts";
import type { BunSocket } from "./api.ts";
import { BunLink, type RawEvents } from "./conn.ts";

/** A socket that was taken. */
export interface Taken {
  readonly socket: BunSocket<unknown>;
  /** What had come already, behind what the link has given on. */
  readonly early: readonly Chunk[];
  /** Lets `events` hear what the link heard. */
  hear(events: RawEvents): void;
}

/** Whether there is a socket right below a link. */
export function canTake(link: Link<Addr>): boolean {
  return BunLink.isUnder(link) || isSocketLink(link);
}

/** Takes it. */
export function take(link: Link<Addr>): Taken {
  if (BunLink.isUnder(link)) {
    return {
      socket: link.release(),
      early: [],
      hear: (events) => link.hearInstead(events),
    };
  }
  // One of `node:net`, as connecting gives them, is a hull around Bun's own.
  const hull = releaseSocket(link)!;
  const socket = (hull as unknown as { _handle: BunSocket<unknown> })._handle;
  const early: Chunk[] = [];
  while (hull.readableLength > 0) early.push(hull.read());
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
