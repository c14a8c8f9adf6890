/**
 * The states of a SOCK_STREAM socket, and the effect of each call in them.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";
import type { Operation } from "../api/errors.ts";
import { adapter } from "../runtime/mod.ts";
import type { Addr, Conn, ConnectOptions, Listener } from "../api/stream.ts";
import {
  anyAddress,
  completed,
  isOf,
  type SocketAddress,
  wrongFamily,
} from "./addresses.ts";
import {
  AF_UNIX,
  type Family,
  type How,
  IPPROTO_TCP,
  SHUT_RD,
  SHUT_WR,
  SO_KEEPALIVE,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDTIMEO,
  SOL_SOCKET,
  SOMAXCONN,
  TCP_NODELAY,
} from "./constants.ts";
import { collides, keep } from "./bindings.ts";
import { asOf, stateError } from "./errors.ts";
import { open } from "./opening.ts";
import type { SocketOptions } from "./options.ts";
import { type Endpoint, type Received, Steps, waiting } from "./endpoint.ts";

/** The abort reason of receives that `shutdown` ends. */
const SHUT = Symbol("shut");

type State =
  | { readonly name: "fresh" | "closed" }
  | { readonly name: "bound"; readonly addr: Addr }
  | { readonly name: "listening"; readonly listener: Listener }
  | { readonly name: "connected"; readonly conn: Conn };

/** The endpoint of a `Socket` of SOCK_STREAM; `Socket` documents the calls. */
export class StreamEndpoint implements Endpoint {
  readonly #family: Family;
  readonly #options: SocketOptions;
  #state: State = { name: "fresh" };
  readonly #steps = new Steps(this);
  /** Aborts the pending connect. */
  #connecting: AbortController | undefined;
  /** Releases the address within the process. */
  #release: (() => void) | undefined;
  /** Aborts receives: SHUT_RD. */
  readonly #receiving = new AbortController();

  constructor(family: Family, options: SocketOptions) {
    this.#family = family;
    this.#options = options;
  }

  /** Creates the endpoint of an accepted connection. */
  static over(conn: Conn, family: Family, options: SocketOptions) {
    const endpoint = new StreamEndpoint(family, options);
    endpoint.#connected(conn);
    return endpoint;
  }

  async bind(address: SocketAddress): Promise<void> {
    await this.#steps.take("bind", async () => {
      if (this.#state.name !== "fresh") throw stateError("EINVAL", "bind");
      const asked = await completed(address, this.#family, "bind", "tcp");
      const binding = (addr: Addr) => ({
        addr,
        reuseAddr: this.#options.isOn(SOL_SOCKET, SO_REUSEADDR),
        reusePort: this.#options.isOn(SOL_SOCKET, SO_REUSEPORT),
      });
      if (collides(binding(asked))) {
        throw socketError("EADDRINUSE", "bind", asked);
      }
      const listener = await open(
        asked,
        undefined,
        this.#family,
        this.#options,
        "bind",
      );
      const { addr } = listener;
      listener.close();
      this.assertOpen("bind");
      this.#release = keep(binding(addr));
      this.#state = { name: "bound", addr };
    });
  }

  async listen(backlog: number): Promise<void> {
    await this.#steps.take("listen", async () => {
      const state = this.#state;
      if (state.name === "listening") return;
      const addr = state.name === "bound"
        ? state.addr
        : anyAddress(this.#family, "tcp");
      const unnamed = addr.transport === "unix" && addr.path === "";
      if (state.name === "connected" || unnamed) {
        throw stateError("EINVAL", "listen");
      }
      const bounded = Math.max(0, Math.min(Math.trunc(backlog), SOMAXCONN));
      const listener = await open(
        addr,
        bounded,
        this.#family,
        this.#options,
        "listen",
      );
      if (this.#state !== state) {
        listener.close();
        throw stateError("EBADF", "listen");
      }
      this.#state = { name: "listening", listener };
    });
  }

  async accept(): Promise<Conn> {
    this.assertOpen("accept");
    if (this.#state.name !== "listening") throw stateError("EINVAL", "accept");
    const { listener } = this.#state;
    return await waiting(
      this.#options,
      "accept",
      SO_RCVTIMEO,
      listener.addr,
      (limit) => listener.accept(limit),
    );
  }

  async connect(address: SocketAddress): Promise<void> {
    await this.#steps.take("connect", async () => {
      const { name } = this.#state;
      if (name === "connected") throw stateError("EISCONN", "connect");
      if (name === "listening") {
        const code = this.#family === AF_UNIX ? "EINVAL" : "EISCONN";
        throw stateError(code, "connect");
      }
      const to = await completed(address, this.#family, "connect", "tcp");
      if (name === "bound") {
        throw socketError("ENOTSUP", "connect", to, {
          reason: "a socket that is bound cannot; leave out bind()",
        });
      }
      if (to.transport !== "unix" && to.port === 0) {
        throw socketError("ECONNREFUSED", "connect", to);
      }
      const { signal } = this.#connecting = new AbortController();
      const { connect } = await adapter();
      const options: ConnectOptions = to.transport === "unix"
        ? { path: to.path }
        : { hostname: to.hostname, port: to.port, noDelay: false };
      const conn = await waiting(
        this.#options,
        "connect",
        SO_SNDTIMEO,
        to,
        (limit) => connect({ ...options, signal, ...limit }),
      );
      if (!isOf(conn.remoteAddr, this.#family)) {
        conn.close();
        throw wrongFamily("connect", conn.remoteAddr);
      }
      if (this.#state.name === "closed") conn.close();
      else this.#connected(conn);
    });
  }

  async send(p: Uint8Array): Promise<number> {
    return await this.#send(p, "send");
  }

  async sendTo(p: Uint8Array): Promise<number> {
    if (this.#family === AF_UNIX) {
      this.assertOpen("sendto");
      const connected = this.#state.name === "connected";
      throw stateError(connected ? "EISCONN" : "EOPNOTSUPP", "sendto");
    }
    return await this.#send(p, "sendto");
  }

  async receive(
    p: Uint8Array,
    operation: "recv" | "recvfrom",
  ): Promise<Received> {
    const code = this.#family === AF_UNIX ? "EINVAL" : "ENOTCONN";
    const conn = this.#conn(operation, code);
    const { signal } = this.#receiving;
    if (signal.aborted || p.byteLength === 0) return [0, null];
    try {
      const n = await waiting(
        this.#options,
        operation,
        SO_RCVTIMEO,
        conn.remoteAddr,
        (limit) => conn.read(p, { signal, ...limit }),
      );
      return [n ?? 0, null];
    } catch (error) {
      if (error === SHUT) return [0, null];
      throw error;
    }
  }

  async shutdown(how: How): Promise<void> {
    this.assertOpen("shutdown");
    const state = this.#state;
    if (state.name === "listening") {
      if (how === SHUT_WR) return;
      const { addr } = state.listener;
      state.listener.close();
      this.#state = { name: "bound", addr };
      return;
    }
    if (state.name !== "connected") {
      if (this.#family === AF_UNIX) return;
      throw stateError("ENOTCONN", "shutdown");
    }
    if (how !== SHUT_WR) this.#receiving.abort(SHUT);
    if (how === SHUT_RD) return;
    try {
      await state.conn.closeWrite();
    } catch (error) {
      throw asOf(error, "shutdown", state.conn.remoteAddr);
    }
  }

  close(): void {
    const state = this.#state;
    this.#state = { name: "closed" };
    this.#release?.();
    this.#connecting?.abort(socketError("EBADF", "connect", undefined));
    if (state.name === "listening") state.listener.close();
    else if (state.name === "connected") state.conn.close();
  }

  getsockname(): Addr {
    this.assertOpen("getsockname");
    const state = this.#state;
    switch (state.name) {
      case "bound":
        return state.addr;
      case "listening":
        return state.listener.addr;
      case "connected":
        return state.conn.localAddr;
      default:
        return anyAddress(this.#family, "tcp");
    }
  }

  getpeername(): Addr {
    return this.#conn("getpeername", "ENOTCONN").remoteAddr;
  }

  optionSet(level: number, name: number, on: boolean): void {
    const state = this.#state;
    if (state.name !== "connected" || this.#family === AF_UNIX) return;
    if (level === IPPROTO_TCP && name === TCP_NODELAY) {
      state.conn.setNoDelay(on);
    } else if (level === SOL_SOCKET && name === SO_KEEPALIVE) {
      state.conn.setKeepAlive(on);
    }
  }

  assertOpen(operation: Operation): void {
    if (this.#state.name === "closed") throw stateError("EBADF", operation);
  }

  async #send(p: Uint8Array, operation: "send" | "sendto"): Promise<number> {
    const code = this.#family === AF_UNIX ? "ENOTCONN" : "EPIPE";
    const conn = this.#conn(operation, code);
    return await waiting(
      this.#options,
      operation,
      SO_SNDTIMEO,
      conn.remoteAddr,
      (limit) => conn.write(p, limit),
    );
  }

  #connected(conn: Conn): void {
    this.#state = { name: "connected", conn };
    if (this.#family === AF_UNIX) return;
    if (this.#options.isOn(IPPROTO_TCP, TCP_NODELAY)) conn.setNoDelay(true);
    if (this.#options.isOn(SOL_SOCKET, SO_KEEPALIVE)) conn.setKeepAlive(true);
  }

  #conn(operation: Operation, code: string): Conn {
    this.assertOpen(operation);
    if (this.#state.name !== "connected") throw stateError(code, operation);
    return this.#state.conn;
  }
}
