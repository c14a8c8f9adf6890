/**
 * The interface between the library and a runtime, and the adapter built from it.
 *
 * @module
 */
import type {
  ConnectDatagramOptions,
  DatagramConn,
  ListenDatagramOptions,
} from "../api/datagram.ts";
import type {
  Addr,
  Conn,
  ConnectOptions,
  Listener,
  ListenOptions,
  NetAddr,
  UnixAddr,
} from "../api/stream.ts";
import type {
  ConnectTlsOptions,
  ListenTlsOptions,
  StartTlsOptions,
  TlsConn,
  TlsListener,
} from "../api/tls.ts";
import {
  planListen,
  type TcpListenPlan,
  type UnixListenPlan,
} from "../core/options/stream.ts";
import type { System } from "../core/options/system.ts";
import type { TlsBackend } from "../core/tls/backend.ts";

/** The methods behind the public functions of `mod.ts`. */
export interface Adapter extends DatagramAdapter {
  listen(options: ListenOptions): Promise<Listener>;
  connect(options: ConnectOptions): Promise<Conn>;
  listenTls(options: ListenTlsOptions): Promise<TlsListener>;
  connectTls(options: ConnectTlsOptions): Promise<TlsConn>;
  startTls<A extends Addr>(
    conn: Conn<A>,
    options?: StartTlsOptions,
  ): Promise<TlsConn<A>>;
  /** Returns the text of the system's services file (`services(5)`). */
  services(): Promise<string>;
  /**
   * Calls `call` on each stop signal, which then does not end the process. The handler
   * does not keep the process alive.
   *
   * @returns A function that removes the handler.
   */
  onStopSignal(call: () => void): () => void;
}

/** Opens datagram sockets. */
export interface DatagramAdapter {
  listenDatagram(options: ListenDatagramOptions): Promise<DatagramConn>;
  connectDatagram(options: ConnectDatagramOptions): Promise<DatagramConn>;
}

/**
 * The parts that a runtime supplies. The methods that return a module load it on their
 * first call. At start-up each module would cost 0.1 ms on Deno, and `node:` modules
 * more.
 */
export interface RuntimeParts {
  readonly system: System;
  listenTcp(plan: TcpListenPlan): Promise<Listener<NetAddr>>;
  unix(): Promise<{
    listenUnix(plan: UnixListenPlan): Promise<Listener<UnixAddr>>;
  }>;
  /** Returns the module of `connect()`; without a promise if it is loaded anyway. */
  connecting(): MaybePromise<{
    connect(options: ConnectOptions): Promise<Conn>;
  }>;
  datagrams(): Promise<DatagramAdapter>;
  tls(): Promise<{ readonly tlsBackend: TlsBackend }>;
  services: Adapter["services"];
  onStopSignal: Adapter["onStopSignal"];
}

type MaybePromise<T> = T | Promise<T>;

/** The differences between a runtime's TCP and Unix listeners. */
export interface ListenerKind<A extends Addr, Inner, Socket> {
  /** Returns the address that the runtime's listener is bound to. */
  bound(inner: Inner): A;
  /**
   * Returns the addresses of an accepted connection; `undefined` once the peer has
   * reset it.
   *
   * @param addr The listener's address.
   */
  ends(socket: Socket, addr: A): Ends<A> | undefined;
  /** Sets the options of an accepted connection that the listener does not set. */
  prepare?(socket: Socket): void;
  /**
   * Closes the runtime's listener by `stop`, and removes its socket file, if it has
   * one.
   */
  close(stop: () => void | Promise<void>): void;
}

/** The two addresses of a connection. */
export interface Ends<A extends Addr> {
  readonly localAddr: A;
  readonly remoteAddr: A;
}

/** Creates the adapter of a runtime. */
export function adapterOf(runtime: RuntimeParts): Adapter {
  const { system, services, onStopSignal } = runtime;

  async function listen(options: ListenOptions): Promise<Listener> {
    const plan = planListen(options, system);
    return plan.transport === "tcp"
      ? await runtime.listenTcp(plan)
      : await (await runtime.unix()).listenUnix(plan);
  }

  async function connect(options: ConnectOptions): Promise<Conn> {
    return await (await runtime.connecting()).connect(options);
  }

  async function tls() {
    const [{ tlsOver }, { tlsBackend }] = await Promise.all([
      import("../core/tls/network.ts"),
      runtime.tls(),
    ]);
    return tlsOver({ listen, connect }, tlsBackend);
  }

  let loaded: ReturnType<typeof tls> | undefined;
  const secured = () => loaded ??= tls();
  return {
    listen,
    connect,
    services,
    onStopSignal,
    listenTls: async (options) => (await secured()).listenTls(options),
    connectTls: async (options) => (await secured()).connectTls(options),
    startTls: async (conn, options) =>
      (await secured()).startTls(conn, options),
    listenDatagram: async (options) =>
      (await runtime.datagrams()).listenDatagram(options),
    connectDatagram: async (options) =>
      (await runtime.datagrams()).connectDatagram(options),
  };
}
