/**
 * A `dgram.Socket` as the link below a datagram socket.
 *
 * @module
 */
import type { Socket } from "node:dgram";
import { withZone } from "../core/addr.ts";
import type { DatagramLink, UdpControls } from "../core/datagram_conn.ts";
import type { Membership, Target, UdpPlan } from "../core/datagram_options.ts";
import type { Host } from "../core/hostname.ts";
import type { Inbox } from "../core/inbox.ts";
import { OneAtATime } from "../core/one_at_a_time.ts";
import { socketError } from "../errno.ts";
import type { Operation } from "../errors.ts";
import type { Chunk, NetAddr } from "../types.ts";
import { translate } from "./errors.ts";
import { resolveName } from "./names.ts";

/** What the runtimes' `node:dgram` differ in. */
export interface DgramTraits {
  /** Why a socket cannot be had as it is wanted, if so. */
  refusal(plan: UdpPlan): string | undefined;
  /** Whether the system connects a socket, and so tells of refusals. */
  readonly connects: boolean;
  /** Whether a datagram comes in a buffer of its own, no longer than it is. */
  readonly ownsBuffers: boolean;
  /** Whether sends that are under way at a time leave in the order of the calls. */
  readonly ordersSends: boolean;
  /** Whether 'error' also tells of a refusal that a send has heard of. */
  readonly refusesTwice: boolean;
  /** Whether numbers of hops, and sources of groups, are IPv6's too. */
  readonly controls6: boolean;
  /** Waits until what was closed here before can be had again. */
  addressesFree?(): Promise<void>;
  /** What to do with a socket before it is bound. */
  prepare?(socket: Socket): void;
  /** What to bind to, for that peer. */
  localFor(peer: Host): string;
  /** An address with its zone as this runtime knows it. */
  zoned(address: string): string | Promise<string>;
  /** What keeps the process alive. */
  holder(socket: Socket): Holder;
  /** A failure told better, where that is possible. */
  explain(error: Error, broadcast: boolean | undefined): Error;
}

/** Keeps the process alive while a receive waits, as `KeepAlive` does. */
export interface Holder {
  /** Receives have begun (`true`) or ended to wait. */
  waiting(begun: boolean): void;
  /** Lets them keep the process alive, which is the default. */
  ref(): void;
  /** Lets the process end though they wait. */
  unref(): void;
  /** The socket is about to be closed. */
  end(): void;
}

/**
 * What a socket that is not connected hears of single datagrams of the many it
 * has sent, each of which may be lost in other ways as well: nothing to fail for.
 */
const OF_ONE_DATAGRAM = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOPROTOOPT",
  "EPROTO",
  "EACCES",
  "EMSGSIZE",
]);

/** An address that says nothing without its zone, which not every runtime tells (RFC 4291 §2.5.6). */
const LINK_LOCAL = /^fe[89ab]/i;

/** How often a send is tried again that fails for what became of another. */
const MAX_RETRIES = 16;

export class DgramLink implements DatagramLink<NetAddr> {
  readonly udp: UdpControls;
  addr: NetAddr;
  remoteAddr: NetAddr | undefined;
  readonly #socket: Socket;
  readonly #family: 4 | 6;
  readonly #traits: DgramTraits;
  readonly #holder: Holder;
  readonly #zone: string;
  #broadcast: boolean;
  #inbox!: Inbox<NetAddr>;
  readonly #sends = new OneAtATime();
  /** Who sent the last datagram: most are from the same. */
  #from: NetAddr;

  /** @param local What it is bound to, as asked for. */
  constructor(
    socket: Socket,
    local: Host,
    broadcast: boolean,
    traits: DgramTraits,
  ) {
    this.#socket = socket;
    this.#family = local.family === 6 ? 6 : 4;
    this.#traits = traits;
    this.#zone = local.name;
    this.#holder = traits.holder(socket);
    this.#broadcast = broadcast;
    this.addr = this.#from = this.#ownAddr();
    this.udp = new Controls(this, socket, this.#family, traits);
    if (broadcast) this.setBroadcast(true);
    socket.on("error", (error) => this.#onError(error));
  }

  get address(): NetAddr {
    return this.remoteAddr ?? this.addr;
  }

  attach(inbox: Inbox<NetAddr>): void {
    this.#inbox = inbox;
    this.#socket.on("message", (data, { address, port }) => {
      this.#onMessage(data as Chunk, address, port);
    });
  }

  async connect(peer: NetAddr): Promise<void> {
    if (this.#traits.connects) {
      if (this.remoteAddr !== undefined) this.#socket.disconnect();
      this.remoteAddr = undefined;
      await new Promise<void>((resolve, reject) => {
        this.#socket.connect(peer.port, peer.hostname, (error?: Error) => {
          if (error) reject(translate(error, "connectDatagram", peer));
          else resolve();
        });
      });
      this.addr = this.#ownAddr();
    }
    this.remoteAddr = this.#from = peer;
  }

  resolve(target: Target): NetAddr | Promise<NetAddr> {
    const { host, port } = target as Extract<Target, { port: number }>;
    if (host.family === 0) return this.#lookUp(host.name, port);
    const to = this.#addrOf(host, port, "send");
    const zoned = this.#traits.zoned(to.hostname);
    if (typeof zoned === "string") return to;
    return zoned.then((hostname) => ({ ...to, hostname }));
  }

  send(bytes: Uint8Array, to: NetAddr | undefined): Promise<number> {
    return this.#traits.ordersSends
      ? this.#sendNow(bytes, to)
      : this.#sends.do(() => this.#sendNow(bytes, to));
  }

  #sendNow(bytes: Uint8Array, to: NetAddr | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      let retries = 0;
      const done = (error: Error | null) => {
        if (error === null || error === undefined) resolve(bytes.byteLength);
        else if (retries++ < MAX_RETRIES && this.#isOfAnother(error)) {
          this.#hand(bytes, to, done);
        } else reject(this.#sendFailure(error, to ?? this.remoteAddr!));
      };
      this.#hand(bytes, to, done);
    });
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  receiveWaiting(waiting: boolean): void {
    this.#holder.waiting(waiting);
  }

  close(): void {
    this.#holder.end();
    this.#socket.close();
  }

  ref(): void {
    this.#holder.ref();
  }

  unref(): void {
    this.#holder.unref();
  }

  setBroadcast(broadcast: boolean): void {
    this.#socket.setBroadcast(broadcast);
    this.#broadcast = broadcast;
  }

  #hand(
    bytes: Uint8Array,
    to: NetAddr | undefined,
    done: (error: Error | null) => void,
  ): void {
    try {
      if (to !== undefined) {
        this.#socket.send(bytes, to.port, to.hostname, done);
      } else if (this.#traits.connects) this.#socket.send(bytes, done);
      else {
        const { port, hostname } = this.remoteAddr!;
        this.#socket.send(bytes, port, hostname, done);
      }
    } catch (error) {
      done(error as Error);
    }
  }

  /**
   * Whether a send failed for what became of a datagram before it, and is to be
   * tried again: the system has told that now. Who is to hear of it, does.
   */
  #isOfAnother(error: Error): boolean {
    if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") return false;
    if (this.remoteAddr === undefined || this.#traits.refusesTwice) return true;
    if (!this.#inbox.wanted) return false;
    this.#inbox.fail(translate(error, "receive", this.remoteAddr));
    return true;
  }

  #sendFailure(error: Error, to: NetAddr): Error {
    // Closing ends what waits, whatever it is then called.
    if (this.#inbox.closed) return socketError("EINTR", "send", to);
    return this.#traits.explain(translate(error, "send", to), this.#broadcast);
  }

  #onMessage(data: Chunk, address: string, port: number): void {
    let from = this.#from;
    if (from.port !== port || from.hostname !== address) {
      const hostname = LINK_LOCAL.test(address)
        ? withZone(address, this.#zone)
        : address;
      from = { transport: "udp", hostname, port };
      const peer = this.remoteAddr;
      if (peer !== undefined) {
        // The system may have kept some of others from before it connected; or
        // the runtime does not let it connect at all.
        if (peer.port !== port || bare(peer) !== bare(from)) return;
        from = peer;
      } else if (hostname === address) this.#from = from;
    }
    this.#inbox.push(data, from, this.#traits.ownsBuffers);
  }

  #onError(error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    const { remoteAddr } = this;
    if (remoteAddr === undefined && OF_ONE_DATAGRAM.has(code ?? "")) return;
    this.#inbox.fail(translate(error, "receive", this.address));
  }

  async #lookUp(name: string, port: number): Promise<NetAddr> {
    const named: NetAddr = { transport: "udp", hostname: name, port };
    const found = await resolveName(name, "send", named).catch((error) => {
      throw this.#traits.explain(error, this.#broadcast);
    });
    const fit = found.find(({ family }) => family === this.#family) ?? found[0];
    const host: Host = { name: fit.address, family: fit.family === 6 ? 6 : 4 };
    return this.#addrOf(host, port, "send");
  }

  /** The address as this socket reaches it: an IPv6 one has IPv4's, too (RFC 4291 §2.5.5.2). */
  #addrOf({ name, family }: Host, port: number, operation: Operation): NetAddr {
    const addr: NetAddr = { transport: "udp", hostname: name, port };
    if (family === this.#family) return addr;
    if (family === 4) return { ...addr, hostname: `::ffff:${name}` };
    throw socketError("EAFNOSUPPORT", operation, addr, {
      reason: "an IPv4 socket does not reach an IPv6 address",
    });
  }

  #ownAddr(): NetAddr {
    const { address, port } = this.#socket.address();
    return {
      transport: "udp",
      hostname: withZone(address, this.#zone),
      port,
    };
  }
}

/** Without a zone, which the runtimes call differently, or leave out. */
function bare({ hostname }: NetAddr): string {
  return hostname.split("%")[0];
}

/** The options that can be set at any time. */
class Controls implements UdpControls {
  readonly family: 4 | 6;
  readonly #link: DgramLink;
  readonly #socket: Socket;
  readonly #traits: DgramTraits;

  constructor(
    link: DgramLink,
    socket: Socket,
    family: 4 | 6,
    traits: DgramTraits,
  ) {
    this.#link = link;
    this.#socket = socket;
    this.family = family;
    this.#traits = traits;
  }

  setBroadcast(broadcast: boolean): void {
    this.#try("setBroadcast", () => this.#link.setBroadcast(broadcast));
  }

  setTtl(ttl: number): void {
    this.#check6("setTtl");
    this.#try("setTtl", () => this.#socket.setTTL(ttl));
  }

  setMulticastTtl(ttl: number): void {
    this.#check6("setMulticastTtl");
    this.#try("setMulticastTtl", () => this.#socket.setMulticastTTL(ttl));
  }

  setMulticastLoopback(loopback: boolean): void {
    this.#try(
      "setMulticastLoopback",
      () => this.#socket.setMulticastLoopback(loopback),
    );
  }

  setMulticastInterface(name: string): void {
    this.#try(
      "setMulticastInterface",
      () => this.#socket.setMulticastInterface(name),
    );
  }

  joinMulticast({ group, interface: name, source }: Membership): void {
    if (source !== undefined) this.#check6("joinMulticast");
    this.#try("joinMulticast", () => {
      if (source === undefined) this.#socket.addMembership(group, name);
      else this.#socket.addSourceSpecificMembership(source, group, name);
    });
  }

  leaveMulticast({ group, interface: name, source }: Membership): void {
    if (source !== undefined) this.#check6("leaveMulticast");
    this.#try("leaveMulticast", () => {
      if (source === undefined) this.#socket.dropMembership(group, name);
      else this.#socket.dropSourceSpecificMembership(source, group, name);
    });
  }

  #check6(operation: Operation): void {
    if (this.family === 4 || this.#traits.controls6) return;
    throw socketError("ENOTSUP", operation, this.#link.addr, {
      reason: "this runtime can do that for IPv4 only",
    });
  }

  #try(operation: Operation, set: () => void): void {
    try {
      set();
    } catch (error) {
      throw translate(error, operation, this.#link.addr);
    }
  }
}
