/**
 * Addresses that sockets of this process are bound to.
 *
 * The runtimes bind and listen in one step. So `bind` only tries whether it
 * could, and the address is kept from this process's other sockets here; from
 * other processes nothing keeps it until `listen`.
 *
 * @module
 */
import type { Addr } from "../api/stream.ts";

/** One of them. */
export interface Binding {
  readonly addr: Addr;
  /** SO_REUSEADDR: it may be shared with others of which that is so too. */
  readonly reuseAddr: boolean;
  /** SO_REUSEPORT. */
  readonly reusePort: boolean;
}

const bindings = new Set<Binding>();

/** Whether a new binding would be in the way of one there is. */
export function collides(wanted: Binding): boolean {
  return [...bindings].some((there) =>
    overlap(there.addr, wanted.addr) &&
    !(there.reuseAddr && wanted.reuseAddr) &&
    !(there.reusePort && wanted.reusePort)
  );
}

/** Keeps an address. @returns Gives it back. */
export function keep(binding: Binding): () => void {
  bindings.add(binding);
  return () => {
    bindings.delete(binding);
  };
}

function overlap(a: Addr, b: Addr): boolean {
  if (a.transport === "unix" || b.transport === "unix") {
    return a.transport === "unix" && b.transport === "unix" &&
      a.path === b.path;
  }
  if (a.port !== b.port || a.port === 0) return false;
  return a.hostname === b.hostname || isAny(a.hostname) || isAny(b.hostname);
}

function isAny(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}
