/**
 * The states of a SOCK_DGRAM socket, and the effect of each call in them.
 *
 * @module
 */
import { UdpConn } from "../core/datagram/conn.ts";
import { parseHostname, reachable } from "../core/options/hostname.ts";
import type { DatagramConn } from "../api/datagram.ts";
import { socketError } from "../core/errno.ts";
import { type Operation, TimedOut } from "../api/errors.ts";
import { adapter } from "../runtime/mod.ts";
import type { Addr, Conn, NetAddr, WaitOptions } from "../api/stream.ts";
import { anyAddress, completed, type SocketAddress } from "./addresses.ts";
import {
  type Family,
  type How,
  SHUT_RD,
  SHUT_WR,
  SO_BROADCAST,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOL_SOCKET,
} from "./constants.ts";
import { asOf, stateError } from "./errors.ts";
import { openDatagrams } from "./opening.ts";
import type { SocketOptions } from "./options.ts";
import { type Endpoint, type Received, Steps, waiting } from "./endpoint.ts";

/** The abort reason of receives that `shutdown` ends. */
const SHUT = Symbol("shut");

/** The endpoint of a `Socket` of SOCK_DGRAM; `Socket` documents the calls. */
export class DatagramEndpoint implements Endpoint {
  readonly #family: Family;
  readonly #options: SocketOptions;
  /** The underlying socket, opened by `bind` or by the first call that needs it. */
  #conn: DatagramConn | undefined;
  /** The open in progress; calls that need the socket share it and its failure. */
  #opening: Promise<DatagramConn> | undefined;
  readonly #steps = new Steps(this);
  #closed = false;
  /** Aborts the open in progress. */
  readonly #closing = new AbortController();
  /** Aborts receives: SHUT_RD. */
  readonly #receiving = new AbortController();
  /** False after SHUT_WR. */
  #sends = true;

  constructor(family: Family, options: SocketOptions) {
    this.#family = family;
    this.#options = options;
  }

  async bind(address: SocketAddress): Promise<void> {
    await this.#steps.take("bind", async () => {
      if (this.#conn !== undefined || this.#opening !== undefined) {
        throw stateError("EINVAL", "bind");
      }
      await this.#open(async () => {
        const asked = await completed(address, this.#family, "bind", "udp");
        return await this.#openAt(asked as NetAddr);
      });
    });
  }

  listen(): Promise<void> {
    this.assertOpen("listen");
    throw stateError("EOPNOTSUPP", "listen");
  }

  accept(): Promise<Conn> {
    this.assertOpen("accept");
    throw stateError("EOPNOTSUPP", "accept");
  }

  async connect(address: SocketAddress): Promise<void> {
    await this.#steps.take("connect", async () => {
      const to = await this.#destination(address, "connect");
      await waiting(
        this.#options,
        "connect",
        SO_SNDTIMEO,
        to,
        async (limit) => {
          const conn = this.#conn ?? await this.#opening;
          if (conn !== undefined) await this.#reconnect(conn, to);
          else await this.#open(() => this.#openFor(to, limit));
        },
      );
    });
  }

  async send(p: Uint8Array): Promise<number> {
    this.#assertSends("send");
    const conn = this.#conn;
    const peer = conn?.remoteAddr;
    if (conn === undefined || peer === undefined) {
      throw stateError("EDESTADDRREQ", "send");
    }
    return await waiting(
      this.#options,
      "send",
      SO_SNDTIMEO,
      peer,
      (limit) => conn.send(p, limit),
    );
  }

  async sendTo(p: Uint8Array, address: SocketAddress): Promise<number> {
    this.#assertSends("sendto");
    const to = await this.#destination(address, "sendto");
    return await waiting(
      this.#options,
      "sendto",
      SO_SNDTIMEO,
      to,
      async (limit) => {
        const conn = await this.#opened();
        return isSame(conn.remoteAddr, to)
          ? await conn.send(p, limit)
          : await conn.send(p, to, limit);
      },
    );
  }

  async receive(
    p: Uint8Array,
    operation: "recv" | "recvfrom",
  ): Promise<Received> {
    this.assertOpen(operation);
    return await waiting(
      this.#options,
      operation,
      SO_RCVTIMEO,
      this.#conn?.remoteAddr,
      async (limit) => await this.#next(await this.#opened(), p, limit),
    );
  }

  shutdown(how: How): void {
    this.assertOpen("shutdown");
    if (this.#conn?.remoteAddr === undefined) {
      throw stateError("ENOTCONN", "shutdown");
    }
    if (how !== SHUT_WR) this.#receiving.abort(SHUT);
    if (how !== SHUT_RD) this.#sends = false;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort(stateError("EBADF", "bind"));
    this.#conn?.close();
  }

  getsockname(): Addr {
    this.assertOpen("getsockname");
    return this.#conn?.addr ?? anyAddress(this.#family, "udp");
  }

  getpeername(): Addr {
    this.assertOpen("getpeername");
    const peer = this.#conn?.remoteAddr;
    if (peer === undefined) throw stateError("ENOTCONN", "getpeername");
    return peer;
  }

  optionSet(level: number, name: number, on: boolean): void {
    if (level === SOL_SOCKET && name === SO_BROADCAST) {
      this.#conn?.setBroadcast(on);
    }
  }

  assertOpen(operation: Operation): void {
    if (this.#closed) throw stateError("EBADF", operation);
  }

  #assertSends(operation: "send" | "sendto"): void {
    this.assertOpen(operation);
    if (!this.#sends) {
      throw socketError("EPIPE", operation, this.#conn?.remoteAddr, {
        reason: "sending was shut down",
      });
    }
  }

  /** Checks the address of a peer. */
  async #destination(
    address: SocketAddress,
    operation: "connect" | "sendto",
  ): Promise<NetAddr> {
    const to = await completed(address, this.#family, operation, "udp");
    const { hostname, port } = to as NetAddr;
    if (port === 0) {
      throw socketError("EINVAL", operation, to, {
        reason: "no socket has port 0",
      });
    }
    const { name } = reachable(parseHostname(hostname, `${operation} to`));
    return { transport: "udp", hostname: name, port };
  }

  async #opened(): Promise<DatagramConn> {
    if (this.#conn !== undefined) return this.#conn;
    return await (this.#opening ??
      this.#open(() =>
        this.#openAt(anyAddress(this.#family, "udp") as NetAddr)
      ));
  }

  /** Opens the socket; called only if it is neither open nor being opened. */
  #open(
    make: () => Promise<DatagramConn>,
  ): Promise<DatagramConn> {
    const open = async () => {
      try {
        const conn = await make();
        if (this.#closed) {
          conn.close();
          throw stateError("EBADF", "bind");
        }
        conn.setBroadcast(this.#options.isOn(SOL_SOCKET, SO_BROADCAST));
        return this.#conn = conn;
      } finally {
        this.#opening = undefined;
      }
    };
    return this.#opening = open();
  }

  #openAt(addr: NetAddr): Promise<DatagramConn> {
    const { signal } = this.#closing;
    return openDatagrams(addr, this.#family, this.#options, signal);
  }

  /** Opens a connected socket, whose local address the runtime reports. */
  async #openFor(
    { hostname, port }: NetAddr,
    limit: WaitOptions | undefined,
  ): Promise<DatagramConn> {
    const any = anyAddress(this.#family, "udp") as NetAddr;
    const isName = parseHostname(hostname, "connect to").family === 0;
    const { connectDatagram } = await adapter();
    return await connectDatagram({
      hostname,
      port,
      // Selects an address of the socket's family for a name.
      localHostname: isName ? any.hostname : undefined,
      broadcast: this.#options.isOn(SOL_SOCKET, SO_BROADCAST),
      signal: this.#closing.signal,
      ...limit,
    });
  }

  async #reconnect(conn: DatagramConn, to: NetAddr): Promise<void> {
    const before = conn.remoteAddr;
    try {
      await UdpConn.connect(conn, to);
    } catch (error) {
      this.assertOpen("connect");
      // The runtimes disconnect from the old peer first; connect(2) does not.
      if (before !== undefined && conn.remoteAddr === undefined) {
        await UdpConn.connect(conn, before);
      }
      throw asOf(error, "connect", to);
    }
  }

  /** Receives a datagram; after SHUT_RD a queued one, or nothing. */
  async #next(
    conn: DatagramConn,
    p: Uint8Array,
    limit: WaitOptions | undefined,
  ): Promise<Received> {
    const { signal } = this.#receiving;
    const wait = signal.aborted ? { timeoutMs: 0 } : { signal, ...limit };
    try {
      const [data, from] = await conn.receive(p, wait);
      return [data.byteLength, from];
    } catch (error) {
      const shut = signal.aborted && error instanceof TimedOut;
      if (error === SHUT || shut) return [0, null];
      throw error;
    }
  }
}

function isSame(one: NetAddr | undefined, other: NetAddr): boolean {
  return one?.hostname === other.hostname && one.port === other.port;
}
