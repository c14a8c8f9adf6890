/**
 * What a conformance case is, and what nearly every case begins with: a
 * listener, a connection to it, and its accepted other end.
 *
 * @module
 */
import type {
  Conn,
  connectDatagram,
  ConnectOptions,
  connectTls,
  listenDatagram,
  Listener,
  ListenOptions,
  listenTls,
  NetAddr,
  serve,
  startTls,
  TcpConnectOptions,
  TcpListenOptions,
} from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { bytes, readText } from "./bytes.ts";

/** What makes connections. */
export interface Streams {
  listen(options: TcpListenOptions): Promise<Listener<NetAddr>>;
  listen(options: ListenOptions): Promise<Listener>;
  connect(options: TcpConnectOptions): Promise<Conn<NetAddr>>;
  connect(options: ConnectOptions): Promise<Conn>;
}

/** What is put to the test: the module's functions. */
export interface Net extends Streams {
  readonly serve: typeof serve;
  readonly listenDatagram: typeof listenDatagram;
  readonly connectDatagram: typeof connectDatagram;
  readonly listenTls: typeof listenTls;
  readonly connectTls: typeof connectTls;
  readonly startTls: typeof startTls;
}

/** What not every runtime or system can do; `capabilities.ts` tells. */
export type Capability =
  | "unix"
  | "loopbackNet"
  | "largeDatagrams"
  | "reusePort"
  | "bytesBeforeReset"
  | "resetBeforeAccept"
  | "dualStack"
  | "writesWait"
  | "resetOnClose"
  | "ipv6Only"
  | "backlogQueue"
  | "systemBacklog"
  | "unixBacklog"
  | "linux"
  | "keepAliveDelay"
  | "refusals"
  | "socketBuffers"
  | "datagramReusePort"
  | "hops6"
  | "unixDatagrams"
  | "services"
  | "openssl"
  | "tlsWithinTls"
  | "clientAnchors"
  | "rsaPss"
  | "criticalPolicies"
  | "cipherChoice"
  | "cipherChoice13"
  | "dheSuites"
  | "tlsClientAlerts";

/** One promise, and how to see whether it is kept. */
export interface Case {
  /** Subject, verb, condition. */
  readonly name: string;
  /** What it cannot be shown without. */
  readonly needs?: readonly Capability[];
  run(net: Net): Promise<void>;
}

/** The kinds of stream that a case can be run over. */
export type Transport = "tcp" | "unix";

/** A listener, and both ends of a connection to it. */
export interface Pair extends Disposable {
  readonly listener: Listener;
  readonly client: Conn;
  readonly server: Conn;
}

/** Where a listener of that transport listens, unlike any other. */
export function place(transport: Transport): Disposable & {
  readonly listen: ListenOptions;
} {
  if (transport === "tcp") {
    return {
      listen: { hostname: "127.0.0.1", port: 0 },
      [Symbol.dispose]() {},
    };
  }
  const directory = socketDirectory();
  return {
    listen: { path: join(directory.path, "socket") },
    [Symbol.dispose]() {
      directory[Symbol.dispose]();
    },
  };
}

/** A directory for socket files, with a path short enough for them. */
export function socketDirectory(): Disposable & { readonly path: string } {
  const root = process.platform === "darwin" ? "/tmp" : tmpdir();
  const path = mkdtempSync(join(root, "anyport-"));
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Options that connect to a listener, or a server. */
export function to({ addr }: Pick<Listener, "addr">): ConnectOptions {
  return addr.transport === "unix"
    ? { path: addr.path }
    : { hostname: addr.hostname, port: addr.port };
}

/** Connects a client to a listener of its own. */
export async function pair(
  net: Streams,
  transport: Transport = "tcp",
): Promise<Pair> {
  const where = place(transport);
  const listener = await net.listen(where.listen);
  const [client, server] = await Promise.all([
    net.connect(to(listener)),
    listener.accept(),
  ]);
  return {
    listener,
    client,
    server,
    [Symbol.dispose]() {
      client.close();
      server.close();
      listener.close();
      where[Symbol.dispose]();
    },
  };
}

/** A client connects, and gets its answer. */
export async function assertServes(
  net: Net,
  listener: Listener,
): Promise<void> {
  const [client, conn] = await Promise.all([
    net.connect(to(listener)),
    listener.accept(),
  ]);
  await client.write(bytes("ping"));
  assertEquals(await readText(conn), "ping");
  client.close();
  conn.close();
}

/** The same promise over each kind of stream. */
export function overEach(
  name: string,
  run: (net: Net, transport: Transport) => Promise<void>,
  needs: readonly Capability[] = [],
): Case[] {
  return [
    { name: `${name} (tcp)`, needs, run: (net) => run(net, "tcp") },
    {
      name: `${name} (unix)`,
      needs: [...needs, "unix"],
      run: (net) => run(net, "unix"),
    },
  ];
}
