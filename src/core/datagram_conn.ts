/**
 * The datagram socket that every runtime gives: an inbox, and below it the link
 * that a wing supplies.
 *
 * @module
 */
import type {
  Datagram,
  DatagramConn,
  DatagramTarget,
  MulticastOptions,
} from "../datagram_types.ts";
import { socketError } from "../errno.ts";
import type { Operation, SocketError } from "../errors.ts";
import type { Addr, WaitOptions } from "../types.ts";
import { copyOf, isBytes } from "./bytes.ts";
import {
  checkInterface,
  checkMembership,
  checkTarget,
  checkTtl,
  type InboxLimits,
  isTarget,
  type Membership,
  type Target,
} from "./datagram_options.ts";
import { checkFlag } from "./options.ts";
import { Inbox, type InboxHooks } from "./inbox.ts";
import { checkWait, Waiter } from "./waiter.ts";

/** What a wing supplies for one datagram socket: the runtime's, tamed. */
export interface DatagramLink<A extends Addr> extends InboxHooks {
  /** This end's address, also after closing. */
  readonly addr: A;
  /** The peer, of a connected socket. */
  readonly remoteAddr: A | undefined;
  /** Hands the link the inbox that it feeds. */
  attach(inbox: Inbox<A>): void;
  /**
   * Makes it a socket of that one peer, in place of the one before. Rejects with
   * a {@linkcode SocketError}.
   */
  connect(peer: A): Promise<void>;
  /**
   * Hands a datagram to the system, which may look at `bytes` until it settles.
   *
   * @param to None on a connected socket.
   * @throws {SocketError} as a rejection
   */
  send(bytes: Uint8Array, to: A | undefined): Promise<number>;
  /** What a target comes to: looks up its name. Rejects with a {@linkcode SocketError}. */
  resolve(target: Target): A | Promise<A>;
  /** Lets the event loop turn once. */
  turn(): Promise<void>;
  /** What only UDP sockets have. */
  readonly udp: UdpControls | undefined;
  /** Frees the descriptor. */
  close(): void;
  /** See `DatagramConn.ref`. */
  ref(): void;
  /** See `DatagramConn.unref`. */
  unref(): void;
}

/** The options of a UDP socket that can be set at any time. All throw {@linkcode SocketError}s. */
export interface UdpControls {
  readonly family: 4 | 6;
  setBroadcast(broadcast: boolean): void;
  setTtl(ttl: number): void;
  setMulticastTtl(ttl: number): void;
  setMulticastLoopback(loopback: boolean): void;
  setMulticastInterface(name: string): void;
  joinMulticast(membership: Membership): void;
  leaveMulticast(membership: Membership): void;
}

/**
 * How many sends in a row may be done at once. A loop of sends would otherwise
 * stay in microtasks, and keep timers, signals and what comes in out.
 */
const MAX_SENDS_A_TURN = 64;

/** Makes the socket. */
export function datagramConnOver<A extends Addr>(
  link: DatagramLink<A>,
  limits: InboxLimits,
): DatagramConn<A> {
  return new LinkedDatagramConn(link, limits);
}

/**
 * Makes a socket one of that one peer, in place of the one before (`connect(2)`
 * of a socket that is bound).
 *
 * @param conn Of this library's making.
 */
export function connectTo<A extends Addr>(
  conn: DatagramConn<A>,
  target: DatagramTarget,
): Promise<void> {
  return LinkedDatagramConn.connect(conn, target);
}

class LinkedDatagramConn<A extends Addr> implements DatagramConn<A> {
  readonly #link: DatagramLink<A>;
  readonly #inbox: Inbox<A>;
  /** The sends that can be cancelled, or wait for a name. */
  readonly #waiting = new Set<Waiter<number>>();
  /** The memberships, as texts. */
  readonly #joined = new Set<string>();
  #inARow = 0;
  #closed = false;
  /** Whom the last send was to, and what that came to: most are to the same. */
  #lastTarget:
    | { readonly hostname: unknown; readonly port: unknown }
    | undefined;
  #lastTo: A | undefined;

  constructor(link: DatagramLink<A>, limits: InboxLimits) {
    this.#link = link;
    this.#inbox = new Inbox(link, limits);
    link.attach(this.#inbox);
  }

  static async connect<A extends Addr>(
    conn: DatagramConn<A>,
    target: DatagramTarget,
  ): Promise<void> {
    const link = (conn as LinkedDatagramConn<A>).#link;
    const checked = checkTarget(target, link.addr.transport);
    await link.connect(await link.resolve(checked));
  }

  get addr(): A {
    return this.#link.addr;
  }

  get remoteAddr(): A | undefined {
    return this.#link.remoteAddr;
  }

  get dropped(): number {
    return this.#inbox.dropped;
  }

  receive(
    first?: Uint8Array | WaitOptions,
    second?: WaitOptions,
  ): Promise<Datagram<A>> {
    return this.#inbox.receive(first, second);
  }

  send(
    p: Uint8Array,
    first?: DatagramTarget | WaitOptions,
    second?: WaitOptions,
  ): Promise<number> {
    try {
      if (!isBytes(p)) {
        throw new TypeError(
          `Cannot send ${p === null ? "null" : typeof p}: give a Uint8Array`,
        );
      }
      const { target, options } = sendArguments(first, second);
      const limited = options !== undefined && checkWait(options);
      const to = this.#checkSend(target);
      if (!limited && !(to instanceof Promise)) return this.#sendNow(p, to);
      // The caller may get its buffer back before the bytes are gone.
      const sending = this.#sendLater(copyOf(p), to);
      return this.#waitFor(sending, limited ? options : {});
    } catch (error) {
      return Promise.reject(error);
    }
  }

  setBroadcast(broadcast = true): void {
    const on = checkFlag("broadcast", broadcast, true);
    this.#udp("setBroadcast").setBroadcast(on);
  }

  setTtl(ttl: number): void {
    this.#udp("setTtl").setTtl(checkTtl(ttl, "setTtl"));
  }

  setMulticastTtl(ttl: number): void {
    const udp = this.#udp("setMulticastTtl");
    udp.setMulticastTtl(checkTtl(ttl, "setMulticastTtl"));
  }

  setMulticastLoopback(loopback: boolean): void {
    const udp = this.#udp("setMulticastLoopback");
    udp.setMulticastLoopback(checkFlag("loopback", loopback, true));
  }

  setMulticastInterface(name: string): void {
    const udp = this.#udp("setMulticastInterface");
    udp.setMulticastInterface(checkInterface(name, udp.family));
  }

  joinMulticast(group: string, options?: MulticastOptions): void {
    const udp = this.#udp("joinMulticast");
    const membership = checkMembership(group, options, udp.family);
    const key = JSON.stringify(membership);
    // Asked here, because not every runtime tells what the system says.
    if (this.#joined.has(key)) {
      throw socketError("EADDRINUSE", "joinMulticast", this.#link.addr, {
        reason: `it has joined ${membership.group} already`,
      });
    }
    udp.joinMulticast(membership);
    this.#joined.add(key);
  }

  leaveMulticast(group: string, options?: MulticastOptions): void {
    const udp = this.#udp("leaveMulticast");
    const membership = checkMembership(group, options, udp.family);
    if (!this.#joined.delete(JSON.stringify(membership))) {
      throw socketError("EADDRNOTAVAIL", "leaveMulticast", this.#link.addr, {
        reason: `it has not joined ${membership.group} with these options`,
      });
    }
    udp.leaveMulticast(membership);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox.close();
    this.#link.close();
    for (const waiter of this.#waiting) {
      waiter.reject(socketError("EINTR", "send", this.#link.address));
    }
    this.#waiting.clear();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram<A>> {
    return new Datagrams(this.#inbox);
  }

  ref(): void {
    this.#link.ref();
  }

  unref(): void {
    this.#link.unref();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @returns Whom to send to; nobody in particular on a connected socket. */
  #checkSend(target: DatagramTarget | undefined): A | Promise<A> | undefined {
    const { address, addr, remoteAddr } = this.#link;
    if (this.#closed) throw socketError("EBADF", "send", address);
    if (remoteAddr !== undefined) {
      if (target !== undefined) {
        throw socketError("EISCONN", "send", address, {
          reason: "it is connected, and sends to its peer only; leave out to",
        });
      }
      const failure = this.#inbox.takeFailure();
      if (failure !== undefined) throw ofSend(failure);
      return undefined;
    }
    if (target === undefined) {
      throw socketError("EDESTADDRREQ", "send", undefined, {
        reason: "it is not connected; say whom to send to",
      });
    }
    const { hostname, port } = target as { hostname: unknown; port: unknown };
    const last = this.#lastTarget;
    if (
      last !== undefined && last.port === port && last.hostname === hostname
    ) {
      return this.#lastTo;
    }
    const to = this.#link.resolve(checkTarget(target, addr.transport));
    if (!(to instanceof Promise) && !("path" in target)) {
      this.#lastTarget = { hostname, port };
      this.#lastTo = to;
    }
    return to;
  }

  #sendNow(p: Uint8Array, to: A | undefined): Promise<number> {
    const sending = this.#link.send(p, to);
    if (++this.#inARow < MAX_SENDS_A_TURN) return sending;
    this.#inARow = 0;
    return this.#turnAfter(sending);
  }

  async #turnAfter(sending: Promise<number>): Promise<number> {
    const sent = await sending;
    await this.#link.turn();
    return sent;
  }

  async #sendLater(
    p: Uint8Array,
    to: A | Promise<A> | undefined,
  ): Promise<number> {
    const found = to instanceof Promise ? await to : to;
    if (this.#closed) throw socketError("EINTR", "send", this.#link.address);
    return await this.#sendNow(p, found);
  }

  #waitFor(sending: Promise<number>, options: WaitOptions): Promise<number> {
    const waiter = new Waiter<number>();
    this.#waiting.add(waiter);
    const forget = () => this.#waiting.delete(waiter);
    waiter.limit(options, "send", this.#link, forget);
    sending.then((sent) => {
      forget();
      if (!waiter.settled) waiter.resolve(sent);
    }, (error) => {
      forget();
      if (!waiter.settled) waiter.reject(error);
    });
    return waiter.promise;
  }

  #udp(operation: Operation): UdpControls {
    const { udp, addr } = this.#link;
    if (this.#closed) throw socketError("EBADF", operation, addr);
    if (udp !== undefined) return udp;
    throw socketError("ENOTSUP", operation, addr, {
      reason: "it is not a UDP socket",
    });
  }
}

/** Receives until the socket is closed. By hand: a generator costs a third more. */
class Datagrams<A extends Addr> implements AsyncIterableIterator<Datagram<A>> {
  readonly #inbox: Inbox<A>;
  #over = false;

  constructor(inbox: Inbox<A>) {
    this.#inbox = inbox;
  }

  next(): Promise<IteratorResult<Datagram<A>, undefined>> {
    if (this.#over || this.#inbox.closed) return this.return();
    return this.#inbox.receive(undefined, undefined).then(yielded, (error) => {
      this.#over = true;
      if (this.#inbox.closed) return ENDED;
      throw error;
    });
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#over = true;
    return Promise.resolve(ENDED);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram<A>> {
    return this;
  }
}

const ENDED: IteratorReturnResult<undefined> = { done: true, value: undefined };

function yielded<T>(value: T): IteratorYieldResult<T> {
  return { done: false, value };
}

function sendArguments(
  first: DatagramTarget | WaitOptions | undefined,
  second: WaitOptions | undefined,
): {
  target: DatagramTarget | undefined;
  options: WaitOptions | undefined;
} {
  if (first === undefined) return { target: undefined, options: second };
  if (typeof first !== "object" || first === null) {
    throw new TypeError(
      `Cannot send a datagram to ${
        String(first)
      }: give { hostname, port } or { path }`,
    );
  }
  return isTarget(first)
    ? { target: first, options: second }
    : { target: undefined, options: first };
}

/** What went wrong before, told to a send. */
function ofSend({ code, address, cause }: SocketError): SocketError {
  return socketError(code, "send", address, { cause });
}
