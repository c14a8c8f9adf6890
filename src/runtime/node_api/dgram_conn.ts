/**
 * A `dgram.Socket` as the backend below a datagram socket.
 *
 * @module
 */
import type { Socket } from "node:dgram";
import type { Operation } from "../../api/errors.ts";
import type { Chunk, NetAddr } from "../../api/stream.ts";
import type {
  DatagramBackend,
  DatagramControls,
} from "../../core/datagram/backend.ts";
import type { ReceiveQueue } from "../../core/datagram/receive_queue.ts";
import { socketError } from "../../core/errno.ts";
import {
  isLinkLocal,
  systemAddress,
  withZone,
  zoneOf,
} from "../../core/options/addr.ts";
import type { Target } from "../../core/options/datagram.ts";
import { type Host, reachable } from "../../core/options/hostname.ts";
import { lostMeanwhile } from "../../core/stream/bytes.ts";
import { DgramControls } from "./dgram_controls.ts";
import type { DgramTraits, Holder } from "./dgram_traits.ts";
import { resolveName } from "./dns.ts";
import { translate } from "./errors.ts";

/**
 * errnos that an unconnected socket reports for single datagrams that it has sent. They
 * are ignored: a datagram can be lost without an error as well.
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

/** How often a send is retried that fails with the error of an earlier datagram. */
const MAX_RETRIES = 16;

export class DgramBackend implements DatagramBackend {
  readonly controls: DatagramControls;
  addr: NetAddr;
  remoteAddr: NetAddr | undefined;
  readonly #socket: Socket;
  readonly #family: 4 | 6;
  readonly #traits: DgramTraits;
  readonly #holder: Holder;
  /** The requested local address. */
  readonly #local: string;
  /** An address with the zone of the socket's link: its own, or its peer's. */
  #near: string;
  /** Zones of targets, and the runtime's spelling of each. */
  readonly #zones = new Map<string, string>();
  #broadcast: boolean;
  #isClosed = false;
  #receiveQueue!: ReceiveQueue;
  readonly #sends = new OneAtATime();
  /** The sender of the last datagram. Most datagrams have the same sender. */
  #from: NetAddr;

  /** @param local The requested local address. */
  constructor(
    socket: Socket,
    local: Host,
    broadcast: boolean,
    traits: DgramTraits,
  ) {
    this.#socket = socket;
    this.#family = local.family === 6 ? 6 : 4;
    this.#traits = traits;
    this.#local = this.#near = local.name;
    this.#holder = traits.holder(socket);
    this.#broadcast = broadcast;
    this.addr = this.#from = this.#ownAddr();
    this.controls = new DgramControls(this, socket, this.#family, traits);
    if (broadcast) this.setBroadcast(true);
    socket.on("error", (error) => this.#guarded(() => this.#onError(error)));
  }

  get errorAddr(): NetAddr {
    return this.remoteAddr ?? this.addr;
  }

  attach(receiveQueue: ReceiveQueue): void {
    this.#receiveQueue = receiveQueue;
    this.#socket.on("message", (data, { address, port }) => {
      try {
        this.#onMessage(data as Chunk, address, port);
      } catch (fault) {
        this.#receiveQueue.fail(translate(fault, "receive", this.errorAddr));
      }
    });
  }

  /**
   * Passes an exception of an event listener to the receive queue. Uncaught, it would
   * end the process.
   */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (fault) {
      this.#receiveQueue?.fail(translate(fault, "receive", this.errorAddr));
    }
  }

  async connect(peer: NetAddr): Promise<void> {
    this.#near = isLinkLocal(this.#local) ? this.#local : peer.hostname;
    if (this.#traits.connects) {
      const before = this.remoteAddr;
      try {
        await this.#connectNow(peer, before !== undefined);
      } catch (error) {
        // Connects to the previous peer again: `disconnect()` has removed it, but the
        // kernel would have kept it.
        if (before !== undefined) await this.#connectNow(before, false);
        throw translate(error, "connectDatagram", peer);
      }
      this.addr = this.#ownAddr();
    }
    this.remoteAddr = this.#from = peer;
  }

  #connectNow(
    { hostname, port }: NetAddr,
    connected: boolean,
  ): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (connected) this.#socket.disconnect();
      const known = this.#known(hostname);
      this.#socket.connect(port, known, (error?: Error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  resolve({ host, port }: Target): NetAddr | Promise<NetAddr> {
    if (host.family === 0) return this.#lookUp(host.name, port);
    const name = systemAddress(host.name);
    const literal = reachable({ name, family: host.family });
    const to = this.#addrOf(literal, port, "send");
    const zoned = this.#traits.zoned(to.hostname, "send", to);
    if (typeof zoned === "string") return to;
    return zoned.then((known) => {
      this.#zones.set(zoneOf(to.hostname)!, zoneOf(known)!);
      return to;
    });
  }

  /** Returns an address with its zone in the runtime's spelling. */
  #known(hostname: string): string {
    if (!hostname.includes("%")) return hostname;
    const zone = this.#zones.get(zoneOf(hostname)!);
    return zone === undefined ? hostname : withZone(hostname, `%${zone}`);
  }

  send(bytes: Uint8Array, to: NetAddr | undefined): Promise<number> {
    const size = bytes.byteLength;
    return this.#traits.ordersSends
      ? this.#sendNow(bytes, size, to)
      : this.#sends.do(() => this.#sendNow(bytes, size, to));
  }

  /**
   * @param size The length when `send()` was called: the buffer may be transferred
   *   meanwhile.
   */
  #sendNow(
    bytes: Uint8Array,
    size: number,
    to: NetAddr | undefined,
  ): Promise<number> {
    if (bytes.byteLength !== size) {
      return Promise.reject(lostMeanwhile("send", 0, size));
    }
    return new Promise((resolve, reject) => {
      this.#hand(bytes, to, (error) => {
        if (error) this.#failed(error, 0, bytes, size, to, resolve, reject);
        else resolve(size);
      });
    });
  }

  /** Retries a send, or rejects it. */
  #failed(
    error: Error,
    retries: number,
    bytes: Uint8Array,
    size: number,
    to: NetAddr | undefined,
    resolve: (sent: number) => void,
    reject: (error: Error) => void,
  ): void {
    if (retries === MAX_RETRIES || !this.#isOfAnother(error)) {
      reject(this.#sendFailure(error, to ?? this.remoteAddr!));
      return;
    }
    if (bytes.byteLength !== size) {
      reject(lostMeanwhile("send", 0, size));
      return;
    }
    this.#hand(bytes, to, (error) => {
      if (error) {
        this.#failed(error, retries + 1, bytes, size, to, resolve, reject);
      } else resolve(size);
    });
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  receiveWaiting(waiting: boolean): void {
    this.#holder.waiting(waiting);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
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
        this.#socket.send(bytes, to.port, this.#known(to.hostname), done);
      } else if (this.#traits.connects) this.#socket.send(bytes, done);
      else {
        const { port, hostname } = this.remoteAddr!;
        this.#socket.send(bytes, port, this.#known(hostname), done);
      }
    } catch (error) {
      done(error as Error);
    }
  }

  /**
   * Whether a send failed with the error of an earlier datagram, so that it is retried:
   * the kernel reports an error once. On a connected socket a pending receive rejects
   * with the error; without one, the send does.
   */
  #isOfAnother(error: Error): boolean {
    if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") return false;
    if (this.remoteAddr === undefined || this.#traits.refusesTwice) return true;
    if (!this.#receiveQueue.isAwaited) return false;
    this.#receiveQueue.fail(translate(error, "receive", this.remoteAddr));
    return true;
  }

  #sendFailure(error: Error, to: NetAddr): Error {
    // After a close the code of a failed send varies; it becomes EINTR.
    if (this.#receiveQueue.closed) return socketError("EINTR", "send", to);
    return this.#traits.explain(translate(error, "send", to), this.#broadcast);
  }

  #onMessage(data: Chunk, address: string, port: number): void {
    let from = this.#from;
    if (from.port !== port || from.hostname !== address) {
      const hostname = withZone(address, this.#near);
      from = { transport: "udp", hostname, port };
      const peer = this.remoteAddr;
      if (peer !== undefined) {
        // The kernel may have queued datagrams of others before the socket connected.
        // Or the runtime does not connect it in the kernel.
        if (peer.port !== port || bare(peer) !== bare(from)) return;
        from = peer;
      } else if (hostname === address) this.#from = from;
    }
    this.#receiveQueue.push(data, from, this.#traits.ownsBuffers);
  }

  #onError(error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    const { remoteAddr } = this;
    if (remoteAddr === undefined && OF_ONE_DATAGRAM.has(code ?? "")) return;
    if (this.#traits.isOfOne?.(error)) return;
    // Windows reports a refusal as ECONNRESET (`WSARecvFrom`). UDP has no reset.
    this.#receiveQueue.fail(
      code === "ECONNRESET"
        ? socketError("ECONNREFUSED", "receive", this.errorAddr, {
          cause: error,
        })
        : translate(error, "receive", this.errorAddr),
    );
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

  /**
   * Returns the address in the family of this socket. An IPv6 socket reaches IPv4
   * addresses in mapped form (RFC 4291 §2.5.5.2).
   */
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
      hostname: withZone(address, this.#near),
      port,
    };
  }
}

/** Returns the hostname without its zone, which runtimes spell differently or omit. */
function bare({ hostname }: NetAddr): string {
  return hostname.split("%")[0];
}

/** Serializes calls: each begins once the one before it has settled. */
export class OneAtATime {
  #last: Promise<unknown> | undefined;

  /** Begins a call, at once if none is pending. */
  do<T>(begin: () => Promise<T>): Promise<T> {
    const call = this.#last === undefined
      ? begin()
      : this.#last.then(begin, begin);
    this.#last = call;
    const done = () => {
      if (this.#last === call) this.#last = undefined;
    };
    call.then(done, done);
    return call;
  }
}
