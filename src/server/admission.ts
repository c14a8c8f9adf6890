/**
 * Who may connect, and how many at a time.
 *
 * @module
 */
import type { Addr } from "../api/stream.ts";
import { type AddressBlocks, hostOf } from "./address_blocks.ts";
import type { RejectReason } from "../api/serve.ts";

/** The limits, complete. */
export interface AdmissionLimits {
  readonly allow: AddressBlocks | undefined;
  readonly deny: AddressBlocks | undefined;
  readonly maxPerHost: number;
  /** How many bits of an IPv6 address tell one host from another. */
  readonly ipv6PrefixLength: number;
}

/** Lets connections in, or not. */
export class Admission {
  readonly #limits: AdmissionLimits;
  /** How many connections each host has, where that is limited. */
  readonly #hosts = new Map<string, number>();

  private constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** An admission, where not everybody may come in. */
  static for(limits: AdmissionLimits): Admission | undefined {
    const { allow, deny, maxPerHost } = limits;
    return allow === undefined && deny === undefined && maxPerHost === Infinity
      ? undefined
      : new Admission(limits);
  }

  /** Lets a connection in, which is to leave again, unless there is a reason not to. */
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

  /** A connection that was let in is closed. */
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
 * How fast connections are accepted.
 *
 * A quiet second saves up for as many connections as a second may have.
 */
export class AcceptPace {
  readonly #intervalMs: number;
  /** When the next connection is due. */
  #due = -Infinity;

  /** @param rate Connections a second. */
  constructor(rate: number) {
    this.#intervalMs = 1000 / rate;
  }

  /** Takes the next connection's turn. @returns Milliseconds until then; 0 or less for now. */
  take(): number {
    const now = performance.now();
    // At least one interval, so that a rate below one a second means something.
    const saved = Math.max(1000, this.#intervalMs) - this.#intervalMs;
    this.#due = Math.max(this.#due + this.#intervalMs, now - saved);
    return this.#due - now;
  }
}
