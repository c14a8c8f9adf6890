/**
 * Access control of a server: address lists, connections per host, and accept rate.
 *
 * @module
 */
import type { Addr } from "../api/stream.ts";
import { type AddressBlocks, hostOf } from "./address_blocks.ts";
import type { RejectReason } from "../api/serve.ts";

/** The limits, with defaults filled in. */
export interface AdmissionLimits {
  readonly allow: AddressBlocks | undefined;
  readonly deny: AddressBlocks | undefined;
  readonly maxPerHost: number;
  /** How many leading bits of an IPv6 address identify a host. */
  readonly ipv6PrefixLength: number;
}

/** Admits connections, or rejects them with a reason. */
export class Admission {
  readonly #limits: AdmissionLimits;
  /** Open connections per host, if they are limited. */
  readonly #hosts = new Map<string, number>();

  private constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Creates an admission; `undefined` if there is nothing to check. */
  static for(limits: AdmissionLimits): Admission | undefined {
    const { allow, deny, maxPerHost } = limits;
    return allow === undefined && deny === undefined && maxPerHost === Infinity
      ? undefined
      : new Admission(limits);
  }

  /** Admits a connection, or returns why not. Call `leave` when an admitted one closes. */
  enter(addr: Addr): RejectReason | undefined {
    if (addr.transport === "unix") return undefined;
    const { allow, deny, maxPerHost } = this.#limits;
    const { hostname } = addr;
    if (deny?.has(hostname)) return "denied";
    if (allow !== undefined && !allow.has(hostname)) return "denied";
    if (maxPerHost === Infinity) return undefined;
    const host = this.#hostOf(hostname);
    const open = this.#hosts.get(host) ?? 0;
    if (open >= maxPerHost) return "tooMany";
    this.#hosts.set(host, open + 1);
    return undefined;
  }

  /** Called when an admitted connection is closed. */
  leave(addr: Addr): void {
    if (addr.transport === "unix" || this.#hosts.size === 0) return;
    const host = this.#hostOf(addr.hostname);
    const open = this.#hosts.get(host)! - 1;
    if (open > 0) this.#hosts.set(host, open);
    else this.#hosts.delete(host);
  }

  #hostOf(hostname: string): string {
    return hostOf(hostname, this.#limits.ipv6PrefixLength);
  }
}

/**
 * Limits the accept rate (a token bucket).
 *
 * After an idle second, one second's worth of connections is accepted at once.
 */
export class AcceptPace {
  readonly #intervalMs: number;
  /** When the next connection may be accepted. */
  #due = -Infinity;

  /** @param rate Connections per second. */
  constructor(rate: number) {
    this.#intervalMs = 1000 / rate;
  }

  /** Reserves the next connection. @returns Milliseconds to wait for it; 0 or less for none. */
  take(): number {
    const now = performance.now();
    // At least one interval, so that rates below one per second work.
    const saved = Math.max(1000, this.#intervalMs) - this.#intervalMs;
    this.#due = Math.max(this.#due + this.#intervalMs, now - saved);
    return this.#due - now;
  }
}
