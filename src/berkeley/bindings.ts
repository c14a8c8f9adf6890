/**
 * Addresses that sockets of this process are bound to.
 *
 * The runtimes bind and listen in one step. So `bind` only tests whether binding
 * succeeds, and this table reserves the address within the process. Another process
 * may take it until `listen`.
 *
 * @module
 */
import type { Addr } from "../api/stream.ts";

/** A bound address. */
export interface Binding {
  readonly addr: Addr;
  /** SO_REUSEADDR: bindings that all set it may share the address. */
  readonly reuseAddr: boolean;
  /** SO_REUSEPORT. */
  readonly reusePort: boolean;
}

const bindings = new Set<Binding>();

/** Whether a new binding conflicts with an existing one. */
export function collides(wanted: Binding): boolean {
  return [...bindings].some((there) =>
    overlap(there.addr, wanted.addr) &&
    !(there.reuseAddr && wanted.reuseAddr) &&
    !(there.reusePort && wanted.reusePort)
  );
}

/** Reserves an address. @returns Releases it. */
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
